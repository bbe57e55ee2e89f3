"""What somebody writes into the form of a rule, and what is said about what makes no sense."""

from datetime import UTC, datetime

import pytest

from recommendations.rule_conditions import Condition
from recommendations.rule_forms import RuleForm
from recommendations.rule_lines import franchises_in, people_in, titles_in
from recommendations.rule_models import Rule
from recommendations.rule_settings import RuleSettings
from tests.factories import make_genre, make_person, make_title, make_titles

pytestmark = pytest.mark.django_db


def form_of(effect: str, **given) -> RuleForm:
    return RuleForm({"name": "A rule", "effect": effect, **given})


def errors_of(effect: str, **given) -> dict[str, list[str]]:
    return dict(form_of(effect, **given).errors)


def settings_of(effect: str, **given) -> RuleSettings:
    form = form_of(effect, **given)
    assert form.is_valid(), form.errors
    return form.settings()


def test_a_condition_is_read_from_all_its_fields():
    drama, person = make_genre("Drama"), make_person("Agnès Varda")
    title = make_title("Cléo", franchise="Left Bank")
    settings = settings_of(
        "leave_out",
        kinds=["film", "series"],
        genres=[drama.pk],
        people="Agnès Varda",
        franchises="Left Bank",
        titles=str(title.pk),
        year_min="1990",
        year_max="1999",
        added_days="30",
        shelves=["picked", "new"],
        starts_at="2026-12-01T18:00",
        ends_at="2026-12-02T18:00",
    )
    assert settings.condition == Condition(
        kinds=("film", "series"),
        genres=(drama.pk,),
        people=(person.pk,),
        franchises=("Left Bank",),
        titles=(title.pk,),
        year_min=1990,
        year_max=1999,
        added_days=30,
    )
    assert settings.shelves == ("picked", "new")
    assert settings.starts_at == datetime(2026, 12, 1, 18, tzinfo=UTC)
    assert settings.ends_at == datetime(2026, 12, 2, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("effect", "given", "amount"),
    [
        ("boost", {"boost": "-1.5", "kinds": ["film"]}, -1.5),
        ("explore", {"share": "10", "kinds": ["film"]}, 0.1),
        ("variety", {"variety": "40"}, 0.4),
        ("cap", {"most": "2", "group": "person", "within": "10"}, 2),
        ("leave_out", {"kinds": ["film"]}, None),
    ],
)
def test_each_effect_has_an_amount_of_its_own(effect, given, amount):
    assert settings_of(effect, **given).amount == amount


def test_what_belongs_to_another_effect_is_not_looked_at():
    settings = settings_of("variety", variety="40", boost="ten", kinds=["film"], group="genre")
    assert (settings.amount, settings.group) == (0.4, "")
    assert settings.condition.says_nothing()
    title = make_title()
    pin = settings_of("pin", place="3", titles=str(title.pk), people="Nobody", year_min="1990")
    assert (pin.amount, pin.condition) == (3, Condition(titles=(title.pk,)))


@pytest.mark.parametrize(
    ("effect", "given", "field", "words"),
    [
        ("pin", {"place": "1"}, "titles", "exactly one title"),
        ("pin", {"place": "0", "titles": "{one}"}, "place", "whole number from 1"),
        ("pin", {"place": "1", "titles": "{one}\n{other}"}, "titles", "exactly one title"),
        ("pin", {"titles": "{one}"}, "place", "whole number from 1"),
        ("cap", {"most": "2"}, "group", "person, franchise or genre"),
        ("cap", {"group": "genre"}, "most", "whole number from 1"),
        ("cap", {"most": "3", "group": "genre", "within": "3"}, "within", "make it longer"),
        ("only", {}, "__all__", "Say which titles"),
        ("leave_out", {}, "__all__", "Say which titles"),
        ("boost", {"boost": "1"}, "__all__", "Say which titles"),
        ("explore", {"share": "10"}, "__all__", "Say which titles"),
        ("boost", {"boost": "0", "kinds": ["film"]}, "boost", "not 0"),
        ("boost", {"boost": "3.1", "kinds": ["film"]}, "boost", "From -3 to 3"),
        ("explore", {"share": "0", "kinds": ["film"]}, "share", "above 0"),
        ("explore", {"share": "101", "kinds": ["film"]}, "share", "at most 1: 100 %"),
        ("variety", {"variety": "101"}, "variety", "0 to 100 %"),
        ("leave_out", {"year_min": "2000", "year_max": "1999"}, "year_max", "before the first"),
        ("leave_out", {"year_min": "99999"}, "year_min", "0 to 9999"),
        ("leave_out", {"added_days": "0"}, "added_days", "Days go from 1"),
        (
            "variety",
            {"variety": "5", "starts_at": "2026-12-02T18:00", "ends_at": "2026-12-02T18:00"},
            "ends_at",
            "after the start",
        ),
        ("leave_out", {"people": "Nobody Atall, Agnès Varda"}, "people", "Nobody Atall."),
        ("leave_out", {"franchises": "No Such"}, "franchises", "No Such"),
        ("leave_out", {"titles": "Nothing (1901)"}, "titles", "Nothing (1901)"),
        ("leave_out", {"titles": "\n".join(map(str, range(10_001)))}, "titles", "10,000"),
        ("leave_out", {"kinds": ["book"]}, "kinds", "book"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(effect, given, field, words):
    make_person("Agnès Varda")
    one, other = make_title(), make_title()
    given = {
        name: value.format(one=one.pk, other=other.pk) if name == "titles" else value
        for name, value in given.items()
    }
    errors = errors_of(effect, **given)
    assert list(errors) == [field]
    assert words in " ".join(errors[field])


@pytest.mark.parametrize(
    ("other", "given", "is_refused"),
    [
        ({}, {}, True),
        ({"shelves": ["new", "picked"]}, {"shelves": ["picked"]}, True),
        ({"shelves": ["new"]}, {}, True),
        ({}, {"shelves": ["new"]}, True),
        ({"starts_at": datetime(2098, 1, 1, tzinfo=UTC)}, {"ends_at": "2098-01-02T00:00"}, True),
        ({"shelves": ["new"]}, {"shelves": ["picked"]}, False),
        ({"amount": 2}, {}, False),
        ({"effect": "boost"}, {}, False),
        ({"is_on": False}, {}, False),
        ({"removed_at": datetime(2026, 1, 1, tzinfo=UTC)}, {}, False),
        ({"ends_at": datetime(2026, 1, 1, tzinfo=UTC)}, {}, False),
        ({"starts_at": datetime(2098, 1, 1, tzinfo=UTC)}, {"ends_at": "2098-01-01T00:00"}, False),
        ({"ends_at": datetime(2098, 1, 1, tzinfo=UTC)}, {"starts_at": "2098-01-01T00:00"}, False),
    ],
)
def test_a_title_is_pinned_to_a_place_of_a_list_by_one_rule(other, given, is_refused):
    title = make_title()
    pin = {"name": "First", "effect": "pin", "amount": 1, "condition": {"titles": [title.pk]}}
    rule = Rule.objects.create(**pin | other)
    errors = errors_of("pin", place="1", titles=str(title.pk), is_on="on", **given)
    assert list(errors) == (["place"] if is_refused else [])
    assert ("“First”" in str(errors)) == is_refused
    typed = {"name": "First", "effect": "pin", "place": "1", "titles": str(title.pk)}
    assert RuleForm(typed, rule=rule).is_valid()  # it does not stand in its own way
    assert not errors_of("pin", place="1", titles=str(make_title().pk), is_on="on")
    assert not errors_of("pin", place="1", titles=str(title.pk), **given)  # holds nowhere yet


def test_all_that_is_wrong_is_said_at_once():
    errors = errors_of("pin", name="", titles="Nothing (1901)", boost="ten")
    assert set(errors) == {"name", "place", "titles"}
    errors = errors_of("leave_out", people="Nobody Atall", ends_at="soon")
    assert set(errors) == {"people", "ends_at"}


def test_a_rule_is_shown_as_it_was_written():
    person, title = make_person("Agnès Varda"), make_title("Cléo", franchise="Left Bank")
    rule = Rule.objects.create(
        name="Room",
        effect="explore",
        amount=0.1,
        condition={"people": [person.pk], "titles": [title.pk], "franchises": ["Left Bank"]},
        shelves=["picked"],
        starts_at=datetime(2026, 12, 1, 18, tzinfo=UTC),
    )
    shown = {name: value for name, value in RuleForm(rule=rule).initial.items() if value}
    assert shown["share"] == "10"
    again = RuleForm(shown | {"starts_at": "2026-12-01T18:00"}, rule=rule)
    assert again.is_valid(), again.errors
    assert again.settings() == RuleSettings.of(rule)


def test_people_are_read_by_lines_and_commas_accents_forgiven():
    varda, downey = make_person("Agnès Varda"), make_person("Robert Downey, Jr.")
    read = people_in("agnes varda, Nobody\nRobert Downey, Jr.\n\nAgnès Varda")
    assert read.found == [varda.pk, downey.pk]
    assert read.unknown == ["Nobody"]


def test_two_people_who_are_written_alike_are_told_apart_by_the_exact_name():
    jose, jose_accented = make_person("Jose Garcia"), make_person("José García")
    assert people_in("José García").found == [jose_accented.pk]
    read = people_in("JOSE GARCIA")
    assert read.found == []
    assert str(jose.pk) in read.unclear[0]
    assert str(jose_accented.pk) in read.unclear[0]


def test_titles_are_read_by_number_address_and_name_with_year():
    heat = make_title("Heat", year=1995)
    number = make_title("1984", year=1984)
    runner = make_title("Blade Runner 2049", year=2017)
    accented = make_title("Amélie", year=2001)
    lines = f"""
        {number.pk}
        http://example.org{heat.get_absolute_url()}
        /title/{heat.pk}/
        Blade Runner 2049 (2017)
        amelie, 2001
        1984 (1984)
        Heat (1901)
        /title/999999-gone/
    """
    read = titles_in(lines)
    assert read.found == [number.pk, heat.pk, runner.pk, accented.pk]
    assert read.unknown == ["Heat (1901)", "/title/999999-gone/"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Heat", "heat"), ("Amélie", "AMELIE"), ("Blade Runner 2049", "Blade Runner 2049")],
)
def test_a_name_without_its_year_finds_the_only_title_of_that_name(name, typed):
    title = make_title(name)
    make_title(f"{name} Again")
    assert settings_of("pin", place="1", titles=typed).condition.titles == (title.pk,)


def test_a_title_whose_name_is_a_number_is_found_by_it():
    title = make_title("999917")
    assert titles_in("999917").found == [title.pk]


def test_a_name_of_several_titles_asks_which_by_their_years():
    make_title("Heat", year=1995)
    make_title("Heat", year=1986)
    errors = errors_of("leave_out", titles="Heat\nNothing (1901)")["titles"]
    assert errors == ["Not found: Nothing (1901).", "Heat: which of Heat (1986), Heat (1995)?"]


def test_titles_of_one_name_and_year_are_told_apart_by_number():
    film, series = make_title("Fargo", year=1996), make_title("Fargo", year=1996, kind="series")
    make_title("Fargo", year=2014, kind="series")
    known = f"{film.pk} (Fargo, Film), {series.pk} (Fargo, Series)"
    assert titles_in("Fargo (1996)").unclear == [f"Fargo (1996): which of {known}?"]
    assert titles_in("Fargo").unclear == [f"Fargo: which of {known}, Fargo (2014)?"]
    assert titles_in("Fargo").found == []


def test_franchises_are_read_by_lines():
    make_title(franchise="Alien")
    read = franchises_in("Alien\nPredator\n")
    assert (read.found, read.unknown) == (["Alien"], ["Predator"])


def test_many_titles_take_two_queries(django_assert_num_queries):
    titles = make_titles(each=[{"name": f"Number {n}", "year": 1990} for n in range(30)])
    lines = "\n".join(
        str(title.pk) if place % 2 else f"{title.name} (1990)" for place, title in enumerate(titles)
    )
    with django_assert_num_queries(2):
        assert titles_in(lines).found == [title.pk for title in titles]
