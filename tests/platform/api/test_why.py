"""GET titles/{id}/why/: a sentence for the one who asks, the whole chain for staff."""

import pytest

from events.services import refresh_statistics
from recommendations.models import Rule
from tests.factories import make_event, make_title, make_titles, make_user


@pytest.fixture
def titles(db):
    made = make_titles(6)
    make_event(make_user(), made[2])
    refresh_statistics()
    return made


def test_a_listed_title_has_its_place_as_in_the_list(owner, titles):
    served = owner.ids("recommendations/")
    for place, pk in enumerate(served, 1):
        told = owner.get(f"titles/{pk}/why/").json()
        assert (told["listed"], told["place"], told["rung"]) == (True, place, "popular")
        assert told["sentence"] == "Popular with people here"
        assert (told["carriers"], told["shared"]) == ([], [])
        assert "chain" not in told


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("finish", None, "You saw it on"),
        ("rate", 4.0, "You rated it on"),
        ("save", None, "You saved it on"),
        ("play", None, "You played it on"),
        ("dislike", None, "You said that you are not interested in it."),
    ],
)
def test_what_they_did_themselves_is_told(kind, value, words, owner, titles):
    make_event(owner.user, titles[0], kind, value=value)
    told = owner.get(f"titles/{titles[0].pk}/why/").json()
    assert (told["listed"], told["place"]) == (False, None)
    assert told["sentence"].startswith(words)


def test_a_rule_is_not_told_from_a_full_list(owner, titles, monkeypatch):
    monkeypatch.setattr("recommendations.lists.LONGEST_LIST", 3)
    last = owner.ids("recommendations/")[-1]
    below = next(t.pk for t in titles if t.pk not in owner.ids("recommendations/"))
    full = owner.get(f"titles/{below}/why/").json()
    Rule.objects.create(name="No", effect="leave_out", condition={"titles": [last]})
    ruled = owner.get(f"titles/{last}/why/").json()
    assert ruled == full | {"sentence": "It is not in your list at the moment."}


def test_what_the_one_who_asks_may_not_see_is_not_there(owner, child, anonymous, titles):
    grown, kept = make_title(minimum_age=17), make_title(published=False)
    hidden = titles[1]
    make_event(owner.user, hidden, "hide")
    assert owner.get(f"titles/{grown.pk}/why/").status_code == 200
    assert child.get(f"titles/{grown.pk}/why/").status_code == 404
    for api in (owner, child, anonymous):
        assert api.get(f"titles/{kept.pk}/why/").status_code == 404
    assert owner.get(f"titles/{hidden.pk}/why/").status_code == 404


def test_a_visitor_asks_for_themselves(anonymous, titles):
    told = anonymous.get(f"titles/{titles[2].pk}/why/").json()
    assert (told["listed"], told["place"], told["rung"]) == (True, 1, "popular")


def test_whose_list_is_for_staff_to_say(owner, stranger, anonymous, titles):
    path = f"titles/{titles[0].pk}/why/"
    assert owner.get(path, member=owner.user.pk).status_code == 403
    assert stranger.get(path, member=owner.user.pk).status_code == 403
    assert anonymous.get(path, member=owner.user.pk).status_code == 401


def test_staff_see_the_whole_chain_of_a_member(staff, owner, titles):
    rule = Rule.objects.create(name="No", effect="leave_out", condition={"titles": [titles[3].pk]})
    told = staff.get(f"titles/{titles[3].pk}/why/", member=owner.user.pk).json()
    assert told["listed"] is False
    chain = told["chain"]
    assert chain["verdict"] == "filters"
    assert [step["step"] for step in chain["steps"]] == [
        "published", "age", "hidden", "kind", "seen", "not_interested", "filters",
    ]  # fmt: skip
    assert chain["steps"][-1]["outcome"] == "dropped"
    assert chain["steps"][-1]["rules"] == [rule.pk]
    assert chain["rules"] == [
        {"id": rule.pk, "name": "No", "effect": "leave_out", "step": "filters"}
    ]


def test_staff_may_ask_for_what_the_member_cannot_see(staff, child):
    grown = make_title(minimum_age=17)
    told = staff.get(f"titles/{grown.pk}/why/", member=child.user.pk).json()
    assert told["chain"]["verdict"] == "age"
    assert told["sentence"] == "For them there is no such title."


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"shelf": "genre"}, 400),
        ({"kind": "opera"}, 400),
        ({"member": "x"}, 400),
        ({"member": 2**62}, 400),
        ({"shelf": "picked"}, 200),
        ({"shelf": "popular", "kind": "film"}, 200),
    ],
)
def test_a_wrong_question_is_refused(query, status, staff, titles):
    assert staff.get(f"titles/{titles[0].pk}/why/", **query).status_code == status
