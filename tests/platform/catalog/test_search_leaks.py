"""Search answers as if a title that somebody may not see did not exist, typos included."""

from dataclasses import asdict
from typing import Any

import pytest

from accounts.models import User
from catalog.models import Credit, Hidden, Title
from catalog.search import search
from tests.factories import client_of, make_person, make_title, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NAME, DIRECTOR = "Zanzibar Lighthouse", "Iris Vanderloo"
TYPED = [
    "zanzibar",
    "zanz",
    "zanzibar lighthouse",
    "zanzibarlighthouse",
    "zanzibra",  # two letters swapped
    "zanzibra lihgthouse",
    "zanzobar",  # another letter
    "zanzibar lightouse",
    "iris vanderloo",
    "irsi vanderlo",
    "irsi",
    "ada stone",  # who also made what may be seen
    "smuggler",  # of the description
    "smugglers",
]
ADDRESSES = [
    "/search/?q={}",
    "/search/panel/?q={}",
    "/api/v1/search/?q={}",
    "/api/v1/people/?q={}",
]


def above_the_age(user: User) -> Title:
    return concealed(minimum_age=18)


def of_unknown_age(user: User) -> Title:
    return concealed(minimum_age=None)


def unpublished(user: User) -> Title:
    return concealed(published=False)


def hidden_by_them(user: User) -> Title:
    title = concealed()
    Hidden.objects.create(user=user, title=title)
    return title


def concealed(**changes: Any) -> Title:
    title = make_title(NAME, director=DIRECTOR, description="A smuggler comes home.", **changes)
    Credit.objects.create(title=title, person=make_person("Ada Stone"), role=Credit.Role.ACTOR)
    return title


CONCEALED = [above_the_age, of_unknown_age, unpublished, hidden_by_them]


@pytest.fixture
def child() -> User:
    """Below a limit, with titles to see: one tells of Zanzibar, two have names like the hidden."""
    make_title("Harbour", description="A boat to Zanzibar, and an iris.", director="Ada Stone")
    make_title("Zebra House", director="Ira Vander")
    make_title("Light Music")
    return make_user(age_limit=13)


@pytest.mark.parametrize("conceal", CONCEALED)
def test_search_answers_as_if_it_did_not_exist(conceal, child):
    before = [asdict(search(child, text)) for text in TYPED]
    conceal(child)
    assert [asdict(search(child, text)) for text in TYPED] == before


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("conceal", CONCEALED)
def test_no_answer_says_its_name_or_whose_it_is(conceal, address, child):
    title = conceal(child)
    client = client_of(child)
    for text in TYPED:
        answer = client.get(address.format(text)).content.decode().casefold()
        for said in (NAME, "lighthouse", "vanderloo", DIRECTOR, title.get_absolute_url()):
            assert said.casefold() in text or said.casefold() not in answer, (text, said)


def test_who_may_see_it_finds_it_by_the_same_words(child):
    title = concealed(minimum_age=13)
    for text in TYPED:
        found = search(child, text)
        assert title in [*found.titles, *found.lead_titles], text
