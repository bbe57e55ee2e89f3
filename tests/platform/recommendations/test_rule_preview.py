"""What a rule would do to the list of one person, seen before it holds; nothing is written."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from events.models import Event
from recommendations.models import LoggedList
from recommendations.rule_models import Rule, RuleEntry, ShelfKind
from recommendations.rule_preview import LENGTH, NEW_RULE, Against, Preview, Row, preview
from tests.factories import make_event, make_title, make_titles, make_user
from tests.platform.recommendations.asking import recommend

pytestmark = pytest.mark.django_db
PREVIEW = "/dashboard/rules/preview/"


@pytest.fixture
def popular() -> list[int]:
    """Ids of thirty titles, the most popular first; every other one is horror."""
    made = make_titles(
        each=[
            {
                "name": f"Number {n}",
                "genres": ("Horror" if n % 2 else "Drama",),
                "popularity": 30.0 - n,
            }
            for n in range(30)
        ]
    )
    return [title.pk for title in made]


def new_rule(effect: str, amount: float | None = None, **condition) -> Rule:
    return Rule(pk=NEW_RULE, name="New", effect=effect, amount=amount, condition=condition)


def shown(rule: Rule | None, against: str = Against.FORM, user=None, **more) -> Preview:
    given = {"shelf": ShelfKind.LIST, "now": timezone.now()} | more
    return preview(user=user or AnonymousUser(), rule=rule, against=against, **given)


def ids(rows: list[Row]) -> list[int]:
    return [row.title.pk for row in rows]


def test_a_title_left_out_goes_and_the_next_ones_move_up(popular):
    found = shown(new_rule("leave_out", titles=[popular[0]]))
    assert ids(found.now) == popular[:LENGTH]
    assert ids(found.then) == popular[1 : LENGTH + 1]
    assert (found.n_gone, found.n_came, found.n_moved) == (1, 1, LENGTH - 1)
    gone, second, came = found.now[0], found.then[0], found.then[-1]
    assert (gone.mark.kind, gone.causes) == ("went", ["left out by “New”"])
    assert (second.mark.kind, second.mark.text, second.causes) == ("up", "from 2", [])
    assert (came.mark.kind, came.causes) == ("came", [])


@pytest.mark.parametrize(
    ("effect", "amount", "place", "cause"),
    [
        ("pin", 1, 0, "pinned by “New”"),
        ("boost", 3, 0, "raised by “New”"),
        ("explore", 0.5, 1, "a place kept by “New”"),
    ],
)
def test_a_title_that_a_rule_brings_is_marked_with_it(effect, amount, place, cause, popular):
    found = shown(new_rule(effect, amount, titles=[popular[-1]]))
    row = found.then[place]
    assert row.title.pk == popular[-1]
    assert (row.mark.kind, row.causes) == ("came", [cause])


def test_a_title_that_a_cap_keeps_back_says_from_where(popular):
    rule = Rule(pk=NEW_RULE, name="Few", effect="cap", amount=1, group="genre", within=LENGTH)
    found = shown(rule)
    assert ids(found.then) == popular[:2]
    assert found.now[2].causes == ["kept from place 3 by “Few”"]


def test_titles_outside_the_only_ones_go(popular):
    found = shown(new_rule("only", titles=popular[5:10]))
    assert ids(found.then) == popular[5:10]
    assert found.now[0].causes == ["not among “New”"]


def test_a_rule_that_holds_is_shown_beside_the_list_without_it(popular):
    rule = Rule.objects.create(
        name="First", effect="pin", amount=1, condition={"titles": [popular[3]]}
    )
    found = shown(rule, Against.OFF)
    assert found.now[0].title.pk == popular[3]
    assert ids(found.then) == popular[:LENGTH]
    assert found.then[3].causes == ["no longer: pinned by “First”"]
    assert shown(rule, Against.FORM).is_same
    changed = Rule(pk=rule.pk, name="First", effect="pin", amount=2, condition=rule.condition)
    found = shown(changed)
    assert [row.title.pk for row in (found.now[0], found.then[1])] == [popular[3]] * 2


def test_all_rules_are_shown_beside_no_rule(popular):
    for place in (3, 4):
        Rule.objects.create(
            name=str(place), effect="leave_out", condition={"titles": [popular[place]]}
        )
    found = shown(None, Against.NONE)
    assert set(ids(found.then)) - set(ids(found.now)) == {popular[3], popular[4]}


def test_a_rule_is_previewed_as_if_it_held_already(popular):
    rule = Rule.objects.create(
        name="Later", effect="leave_out", condition={"titles": [popular[0]]}, is_on=False
    )
    found = shown(rule)
    assert found.now[0].title.pk == popular[0]
    assert popular[0] not in ids(found.then)


def test_age_limit_and_hidden_titles_hold_in_the_preview(popular):
    child = make_user(age_limit=8)
    grown = make_title("Grown", minimum_age=18, popularity=99)
    make_event(child, hidden := make_title("Hidden", popularity=98), Event.Kind.HIDE)
    found = shown(new_rule("only", titles=[grown.pk, hidden.pk, popular[0]]), user=child)
    assert ids(found.now) == popular[:LENGTH]
    assert ids(found.then) == [popular[0]]
    pinned = shown(new_rule("pin", 1, titles=[grown.pk]), user=child)
    assert pinned.is_same


def test_the_preview_of_a_member_is_what_they_are_served(live, titles):
    member = make_user()
    for title in titles[:3]:
        make_event(member, title)
    rule = Rule.objects.create(
        name="First", effect="pin", amount=1, condition={"titles": [titles[-1].pk]}
    )
    found = shown(rule, Against.OFF, user=member)
    assert ids(found.now) == [pick.title.pk for pick in recommend(member, limit=LENGTH).picks]
    assert ids(found.now)[0] == titles[-1].pk
    assert not {title.pk for title in titles[:3]} & set(ids(found.now))


@pytest.mark.parametrize("shelf", ShelfKind.values)
def test_every_shelf_obeys_in_the_preview(shelf, live, titles):
    member = make_user()
    make_event(member, titles[0])
    first = shown(None, Against.NONE, user=member, shelf=shelf).now[0].title
    found = shown(new_rule("leave_out", titles=[first.pk]), user=member, shelf=shelf)
    assert ids(found.now)[0] == first.pk
    assert first.pk not in ids(found.then)
    assert len(found.then) >= min(len(found.now), 5)


def test_without_a_model_and_a_past_shelves_are_popular_or_empty(popular):
    assert not shown(None, Against.NONE, shelf=ShelfKind.BECAUSE).now
    near = shown(None, Against.NONE, shelf=ShelfKind.SIMILAR)
    assert near.heading == "Similar to Number 0"
    assert ids(near.now) == popular[2::2]


def test_the_page_shows_the_unsaved_rule_of_the_form_and_writes_nothing(
    popular, staff_client, member
):
    make_event(member, make_title("Seen", popularity=50))
    n_events = Event.objects.count()
    form = {"name": "Start", "effect": "pin", "place": "1", "titles": str(popular[7])}
    answer = staff_client.post(PREVIEW, form | {"member": member.email, "shelf": "list"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "pinned by “Start”" in page
    assert "With the rule as it stands here" in page
    assert 'value="Start"' in page  # to go on changing it
    for table in (Rule, RuleEntry, LoggedList):
        assert not table.objects.exists()
    assert Event.objects.count() == n_events


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"member": "nobody@example.org"}, "There is no member nobody@example.org."),
        ({"member": "999999"}, "There is no member 999999."),
        ({"titles": "999999"}, "Not found: 999999."),
        ({"shelf": "cellar"}, "cellar"),
        ({"against": "off"}, "off"),
    ],
)
def test_what_cannot_be_previewed_is_said_and_what_was_typed_is_kept(
    change, words, popular, staff_client
):
    form = {"name": "Start", "effect": "pin", "place": "1", "titles": str(popular[7])}
    answer = staff_client.post(PREVIEW, form | change)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="Start"' in page


def test_a_rule_that_is_written_down_has_an_address_for_its_preview(popular, staff_client, member):
    rule = Rule.objects.create(
        name="First", effect="pin", amount=1, condition={"titles": [popular[3]]}
    )
    page = staff_client.get(PREVIEW, {"rule": rule.pk, "member": member.pk}).content.decode()
    assert "Preview of First" in page
    assert "Without the rule" in page
    assert "no longer: pinned by “First”" in page
    assert staff_client.get(PREVIEW, {"rule": 999999}).status_code == 404
    assert staff_client.get(PREVIEW, {"rule": "x"}).status_code == 404
    assert "Preview of all rules" in staff_client.get(PREVIEW).content.decode()
