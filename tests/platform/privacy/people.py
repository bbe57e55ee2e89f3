"""People with something in every table, and the tables that point to people."""

from allauth.account.models import EmailAddress
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import AccessToken, User
from recommendations.models import Artifact, Promotion, Run
from tests.factories import make_event, make_job, make_title, make_user

PASSWORD = "correct horse battery"


def models_about_a_person() -> list:
    """Every relation of any model to the user, found by looking."""
    return [
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete
        and not field.auto_created
        and field.related_model is User
        and not field.many_to_many
    ]


def make_full_user(**changes) -> User:
    """A person with a row in every model that can point to them."""
    user = make_user(password=PASSWORD, name="Ada", **changes)
    title = make_title("Heat")
    make_event(user, title, "rate", value=4)
    make_event(user, title, "save")
    make_event(user, make_title("Hidden one"), "hide")
    AccessToken.issue(owner=user, name="phone")
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    make_job(owner=user, label="A private job")
    Run.objects.create(job=make_job(owner=user, label="Training"), note="nightly")
    artifact = Artifact.objects.create(name=f"a{user.pk}", format=1, data_sha256="0" * 64, bytes=1)
    Promotion.objects.create(artifact=artifact, promoted_by=user, reason="better")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return user
