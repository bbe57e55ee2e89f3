"""A year typed into the form that is none: the results that come back say so."""

import pytest
from django.urls import reverse

from tests.factories import make_title

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_year_that_is_none_is_said_above_the_results(client):
    make_title()
    page = client.get(f"{reverse('browse')}?year_max=20001", headers=HTMX).content.decode()
    assert page.index("A year has four digits") < page.index('id="browse-grid"')


@pytest.mark.parametrize("query", ["", "year_min=1950&year_max="])
def test_nothing_is_said_of_years_that_count(client, query):
    make_title()
    page = client.get(f"{reverse('browse')}?{query}", headers=HTMX).content.decode()
    assert "four digits" not in page


def test_a_wrong_address_is_told_once_and_above_the_results(client):
    make_title()
    page = client.get(f"{reverse('browse')}?year_min=abc").content.decode()
    assert page.count("left out") == 1
    assert page.index("left out") < page.index('id="results"')
