import pytest

from recommendations.rule_models import Rule, RuleEntry
from tests.factories import make_genre, make_title

LEAVE_OUT = {"name": "No films", "effect": "leave_out", "condition": {"kinds": ["film"]}}


@pytest.fixture
def rule(db) -> Rule:
    return Rule.objects.create(**LEAVE_OUT)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "rules/"),
        ("post", "rules/"),
        ("get", "rules/{id}/"),
        ("patch", "rules/{id}/"),
        ("delete", "rules/{id}/"),
    ],
)
def test_rules_are_for_staff(rule, owner, anonymous, method, path):
    path = path.format(id=rule.pk)

    assert getattr(anonymous, method)(path).status_code == 401
    assert getattr(owner, method)(path).status_code == 403
    assert Rule.objects.kept().count() == 1
    assert not RuleEntry.objects.exists()


def test_staff_write_a_rule_down(staff):
    make_title(genres=("Drama",), year=1995)
    genre = make_genre("Drama")
    body = {
        "name": "Room for drama",
        "effect": "explore",
        "amount": 0.1,
        "condition": {"genres": [genre.pk, genre.pk], "year_min": 1990, "year_max": None},
        "shelves": ["picked"],
        "ends_at": "2099-01-01T00:00:00Z",
    }
    answer = staff.post("rules/", body)

    assert answer.status_code == 201
    told = answer.json()
    assert told["condition"] == {"genres": [genre.pk], "year_min": 1990}
    assert (told["is_on"], told["state"], told["titles"]) == (True, "on", 1)
    assert told["said"].startswith("Drama from 1990 on: 1 place in 10. On: Picked for you.")
    assert [(entry["action"], entry["by"]) for entry in told["entries"]] == [
        ("created", staff.user.email)
    ]
    assert staff.get(f"rules/{told['id']}/").json() == told
    listed = staff.get("rules/").json()["results"]
    assert listed == [{name: told[name] for name in told if name != "entries"}]


def test_what_is_sent_is_changed_and_the_rest_stays(staff, rule):
    told = staff.patch(f"rules/{rule.pk}/", {"condition": {"kinds": ["game"]}}).json()
    assert (told["name"], told["condition"]) == ("No films", {"kinds": ["game"]})

    told = staff.patch(f"rules/{rule.pk}/", {"is_on": False, "name": "No games"}).json()
    assert (told["name"], told["state"]) == ("No games", "off")
    assert [entry["action"] for entry in told["entries"]] == ["off", "changed", "changed"]


def test_a_change_is_made_as_a_whole_or_not_at_all(staff, rule):
    answer = staff.patch(f"rules/{rule.pk}/", {"is_on": False, "amount": 1})

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"amount": ["This effect takes no amount."]}
    rule.refresh_from_db()
    assert rule.is_on
    assert not RuleEntry.objects.exists()


def test_a_removed_rule_is_gone_and_its_trail_is_kept(staff, rule):
    assert staff.delete(f"rules/{rule.pk}/").status_code == 204
    assert staff.get(f"rules/{rule.pk}/").status_code == 404
    assert staff.patch(f"rules/{rule.pk}/", {"is_on": True}).status_code == 404
    assert staff.delete(f"rules/{rule.pk}/").status_code == 404
    assert staff.get("rules/").json()["results"] == []
    assert [entry.action for entry in RuleEntry.objects.all()] == ["removed"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\0"}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"effect": "forbid"}, "effect"),
        ({"condition": {}}, "condition"),
        ({"condition": {"genre": [1]}}, "condition.genre"),
        ({"condition": {"kinds": ["book"]}}, "condition.kinds.0"),
        ({"condition": {"genres": [10**30]}}, "condition.genres.0"),
        ({"condition": {"genres": [999_999]}}, "condition.genres"),
        ({"condition": {"people": [999_999]}}, "condition.people"),
        ({"condition": {"titles": [999_999]}}, "condition.titles"),
        ({"condition": {"franchises": ["No such"]}}, "condition.franchises"),
        ({"condition": {"year_min": 2000, "year_max": 1999}}, "condition.year_max"),
        ({"condition": {"added_days": 10**9}}, "condition.added_days"),
        ({"amount": 1}, "amount"),
        ({"effect": "boost", "amount": "nan"}, "amount"),
        ({"effect": "boost", "amount": 4}, "amount"),
        ({"effect": "boost"}, "amount"),
        ({"effect": "pin", "amount": 1.5, "condition": {}}, "amount"),
        ({"effect": "pin", "amount": 1}, "condition.titles"),
        ({"effect": "variety", "amount": 0.5}, "condition"),
        ({"effect": "cap", "amount": 1, "condition": {}}, "group"),
        ({"group": "genre"}, "group"),
        ({"within": 5}, "within"),
        ({"shelves": ["cellar"]}, "shelves.0"),
        ({"starts_at": "soon"}, "starts_at"),
        ({"starts_at": "2027-01-02T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_a_rule_that_makes_no_sense_is_not_written_down(staff, change, field):
    answer = staff.post("rules/", LEAVE_OUT | change)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert field in answer.json()["errors"]
    assert not Rule.objects.exists()


@pytest.mark.parametrize("word", ["shelf", "start_at", "ison"])
def test_a_misspelt_field_is_refused_instead_of_widening_the_rule(staff, rule, word):
    made = staff.post("rules/", LEAVE_OUT | {word: False})
    changed = staff.patch(f"rules/{rule.pk}/", {word: False})

    for answer in (made, changed):
        assert answer.status_code == 400
        assert answer.json()["errors"] == {word: ["There is no such field."]}
    assert list(Rule.objects.all()) == [rule]
    assert not RuleEntry.objects.exists()


def test_lists_of_any_length_take_the_same_queries(staff, django_assert_max_num_queries):
    for n in range(12):
        genre = make_genre(f"Genre {n}")
        body = {"name": str(n), "effect": "only", "condition": {"genres": [genre.pk]}}
        Rule.objects.create(**body)

    with django_assert_max_num_queries(8):
        assert len(staff.get("rules/").json()["results"]) == 12


def test_a_second_pin_of_a_title_to_a_place_is_refused_when_written_changed_or_switched_on(staff):
    title = make_title()
    pin = {"effect": "pin", "amount": 1, "condition": {"titles": [title.pk]}}
    first = staff.post("rules/", {"name": "First", **pin}).json()["id"]
    answer = staff.post("rules/", {"name": "Second", **pin})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["amount"])
    assert "First" in answer.json()["errors"]["amount"][0]

    third = staff.post("rules/", {"name": "Third", **pin, "amount": 2}).json()["id"]
    assert staff.patch(f"rules/{third}/", {"amount": 1}).status_code == 400
    waiting = staff.post("rules/", {"name": "Waiting", **pin, "is_on": False})
    assert waiting.status_code == 201
    assert staff.patch(f"rules/{waiting.json()['id']}/", {"is_on": True}).status_code == 400

    assert staff.patch(f"rules/{first}/", {"is_on": False}).status_code == 200
    assert staff.patch(f"rules/{waiting.json()['id']}/", {"is_on": True}).status_code == 200
