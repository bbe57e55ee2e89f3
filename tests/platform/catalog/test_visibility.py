"""What a person may not see appears in no list, search, page or picture."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from catalog.models import Credit, Hidden, Person, Title
from catalog.search import search
from tests.factories import make_person, make_title, make_user

pytestmark = pytest.mark.django_db

AGES = st.one_of(st.none(), st.sampled_from([0, 8, 13, 17, 18]))
TITLES = st.lists(st.tuples(AGES, st.booleans(), st.booleans()), min_size=1, max_size=5)


def allowed(age: int | None, published: bool, hidden: bool, limit: int) -> bool:
    return published and not hidden and (limit >= 18 or (age is not None and age <= limit))


def found_by(user: User, text: str) -> set[int]:
    """Ids of the titles that a search finds, and of those of the people it finds."""
    found = search(user, text)
    credits = [credit for person in found.people for credit in person.credits.all()]
    return {title.pk for title in found.titles} | {credit.title_id for credit in credits}


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(titles=TITLES, limit=st.sampled_from([0, 8, 13, 17, 18]))
def test_lists_search_people_and_pictures_show_exactly_what_is_allowed(db, titles, limit):
    Title.objects.all().delete()
    Person.objects.all().delete()
    user = make_user(age_limit=limit)
    client = Client()
    client.force_login(user)
    expected = set()
    made = []
    for number, (age, published, hidden) in enumerate(titles):
        title = make_title(
            f"Lantern {number}", minimum_age=age, published=published, director=f"Iris Vane{number}"
        )
        if hidden:
            Hidden.objects.create(user=user, title=title)
        if allowed(age, published, hidden, limit):
            expected.add(title.pk)
        made.append(title)

    assert set(Title.objects.visible_to(user).values_list("pk", flat=True)) == expected
    browse = client.get("/browse/")
    assert {card.title.pk for card in browse.context["cards"]} == expected
    for text in ("lantern", "lantren", "iris", "irsi"):
        assert found_by(user, text) <= expected
    assert {title.pk for title in search(user, "lantern").titles} == expected
    drawn = set(Title.objects.allowed_to(user).values_list("pk", flat=True))
    assert (
        expected
        <= drawn
        <= {title.pk for title in made if allowed(title.minimum_age, title.published, False, limit)}
    )
    for title in made:
        status = 200 if title.pk in drawn else 404  # what one hid keeps its picture in the history
        assert client.get(title.poster_url).status_code == status
        assert client.get(title.glow_url).status_code == status
        status = 200 if title.pk in expected else 404
        director = title.credits.get().person
        assert client.get(director.get_absolute_url()).status_code == status


def test_an_unknown_age_is_hidden_below_a_limit_and_shown_without_one():
    title = make_title(minimum_age=None)
    assert title not in Title.objects.visible_to(make_user(age_limit=17))
    assert title in Title.objects.visible_to(make_user())
    assert title in Title.objects.visible_to(AnonymousUser())


def test_hiding_is_one_persons_own():
    title = make_title()
    user, other = make_user(), make_user()
    Hidden.objects.create(user=user, title=title)
    assert title not in Title.objects.visible_to(user)
    assert title in Title.objects.visible_to(other)


def test_a_person_page_lists_only_the_visible_part_of_their_work():
    seen = make_title("Shown", minimum_age=0, director="Agnès Varda")
    secret = make_title("Concealed", minimum_age=18)
    Credit.objects.create(title=secret, person=make_person(), role=Credit.Role.ACTOR)
    client = Client()
    client.force_login(make_user(age_limit=8))
    page = client.get(make_person().get_absolute_url()).content.decode()
    assert seen.name in page
    assert secret.name not in page
    assert "1 title here" in page


def test_the_filter_chips_count_only_what_is_visible():
    make_title(genres=("Comedy",), minimum_age=0)
    make_title(genres=("Horror",), minimum_age=18)
    client = Client()
    client.force_login(make_user(age_limit=8))
    page = client.get("/browse/")
    assert [choice.label for choice in page.context["genres"]] == ["Comedy"]
