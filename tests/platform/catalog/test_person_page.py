"""The page of a person."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Credit
from tests.factories import make_person, make_title

pytestmark = pytest.mark.django_db


def test_titles_stand_under_what_the_person_did_in_them():
    person = make_person("Orson Welles")
    both = make_title("Citizen Kane", director=person.name)
    for title in (both, make_title("The Third Man")):
        Credit.objects.create(title=title, person=person, role=Credit.Role.ACTOR)
    parts = Client().get(person.get_absolute_url()).context["parts"]
    assert [(part["heading"], [card.title.name for card in part["cards"]]) for part in parts] == [
        ("Directed", ["Citizen Kane"]),
        ("Acted in", ["Citizen Kane", "The Third Man"]),
    ]


def test_an_old_name_in_the_address_leads_to_the_right_one():
    person = make_person("Agnès Varda")
    make_title(director=person.name)
    response = Client().get(f"/people/{person.pk}/somebody/")
    assert (response.status_code, response.headers["Location"]) == (301, person.get_absolute_url())


def test_a_number_alone_leads_to_the_whole_address():
    person = make_person("Agnès Varda")
    make_title(director=person.name)
    response = Client().get(f"/people/{person.pk}/")
    assert (response.status_code, response.headers["Location"]) == (301, person.get_absolute_url())


def test_the_number_of_somebody_of_forbidden_titles_only_tells_nothing():
    person = make_person("Agnès Varda")
    make_title(director=person.name, published=False)
    assert Client().get(f"/people/{person.pk}/").status_code == 404


def test_nobody_is_a_404():
    assert Client().get("/people/999999/nobody/").status_code == 404


def test_the_number_of_queries_is_the_same_at_2_and_20_titles():
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            Client().get(make_person().get_absolute_url())
        return len(captured)

    for _ in range(2):
        make_title(director="Agnès Varda")
    few = queries()
    for number in range(18):
        make_title(director="Agnès Varda", genres=(f"Genre {number}",))
    assert queries() == few
