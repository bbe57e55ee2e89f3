"""Rows with working defaults; every test says only what it is about."""

from itertools import count
from typing import Any

from django.utils.text import slugify

from accounts.models import User
from catalog.models import Credit, Genre, Person, Title
from catalog.names import search_form, sort_form
from events.models import Event
from events.services import record_event
from jobs.models import Job

numbers = count(1)


def make_user(**changes: Any) -> User:
    number = next(numbers)
    fields = {"email": f"member{number}@example.org", "password": "correct horse battery"} | changes
    return User.objects.create_user(**fields)


def make_genre(name: str = "Drama") -> Genre:
    return Genre.objects.get_or_create(name=name, defaults={"slug": slugify(name)})[0]


def make_person(name: str = "Agnès Varda") -> Person:
    return Person.objects.get_or_create(name=name, defaults={"search_name": search_form(name)})[0]


def make_title(
    name: str = "", *, genres: tuple[str, ...] = ("Drama",), director: str = "", **changes: Any
) -> Title:
    number = next(numbers)
    name = name or f"Title {number}"
    fields = {
        "source": "test",
        "source_id": str(number),
        "year": 1994,
        "minimum_age": 0,
        "sort_name": sort_form(name),
        "search_name": search_form(name),
    } | changes
    title = Title.objects.create(name=name, **fields)
    title.genres.set([make_genre(genre) for genre in genres])
    if director:
        Credit.objects.create(title=title, person=make_person(director), role=Credit.Role.DIRECTOR)
    return title


def make_event(user: User, title: Title, kind: str = Event.Kind.FINISH, **changes: Any) -> Event:
    return record_event(user=user, title=title, kind=kind, **changes)[0]


def make_job(**changes: Any) -> Job:
    fields = {"label": "A job", "task": "tests.nothing"} | changes
    return Job.objects.create(**fields)
