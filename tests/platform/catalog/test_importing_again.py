"""A second import, of the same or another source, keeps what its file does not speak of."""

import json

import pytest

from catalog.models import Link, Title
from tests.factories import make_title
from tests.platform.catalog.test_importing import everything, run

pytestmark = pytest.mark.django_db

CSV = """kind,source_id,name,year,age,description,genres,directors,actors,links
film,1,The Third Man,1949,13,Vienna.,Film-Noir,Carol Reed,Orson Welles|Alida Valli,https://example.org/
"""
HEAT = {
    "title": "Heat",
    "year": 1995,
    "cast": ["Al Pacino"],
    "href": "Heat_(1995_film)",
    "extract": "A film.",
}
ARTICLE = "https://en.wikipedia.org/wiki/Heat_(1995_film)"


def import_csv(tmp_path, text):
    path = tmp_path / "titles.csv"
    path.write_text(text, encoding="utf-8")
    return run("import_csv", path)


def import_films(tmp_path, *films):
    path = tmp_path / "films.jsonl"
    path.write_text("".join(json.dumps(film) + "\n" for film in films))
    return run("import_wikipedia_films", path)


def test_columns_that_the_file_does_not_have_stay(tmp_path):
    import_csv(tmp_path, CSV)
    before = everything()
    out, _ = import_csv(tmp_path, "kind,source_id,name\nfilm,1,The Third Man\n")
    assert everything() == before
    assert "0 changed, 1 as before" in out


def test_a_franchise_stays_until_a_file_has_the_column(tmp_path):
    import_csv(tmp_path, "kind,source_id,name,franchise\nfilm,1,Alien,Alien  saga\n")
    import_csv(tmp_path, "kind,source_id,name\nfilm,1,Alien\n")
    assert Title.objects.get().franchise == "Alien saga"
    import_csv(tmp_path, "kind,source_id,name,franchise\nfilm,1,Alien,\n")
    assert Title.objects.get().franchise == ""


def test_a_franchise_that_is_too_long_refuses_its_row(tmp_path):
    _, err = import_csv(tmp_path, f"kind,source_id,name,franchise\nfilm,1,Alien,{'a' * 121}\n")
    assert "franchise is longer than 120 characters" in err


def test_the_roles_that_the_file_does_not_have_stay(tmp_path):
    import_csv(tmp_path, CSV)
    import_csv(tmp_path, "name,kind,source_id,actors\nThe Third Man,film,1,Alida Valli\n")
    film = Title.objects.get()
    assert [credit.person.name for credit in film.directors] == ["Carol Reed"]
    assert [credit.person.name for credit in film.actors] == ["Alida Valli"]


def test_an_empty_cell_of_a_column_that_the_file_has_empties_it(tmp_path):
    import_csv(tmp_path, CSV)
    import_csv(
        tmp_path,
        "kind,source_id,name,year,description,genres,actors,links\nfilm,1,The Third Man,,,,,\n",
    )
    film = Title.objects.get()
    assert (film.year, film.minimum_age, film.description) == (None, 13, "")
    assert (film.genres.count(), film.links.count(), len(film.actors)) == (0, 0, 0)
    assert len(film.directors) == 1


def test_a_file_with_a_header_and_no_row_imports_nothing(tmp_path):
    out, _ = import_csv(tmp_path, "kind,source_id,name\n")
    assert "0 rows read" in out


def test_an_unpublished_title_stays_so(tmp_path):
    import_csv(tmp_path, CSV)
    Title.objects.update(published=False)
    import_csv(tmp_path, CSV.replace("1949", "1950"))
    film = Title.objects.get()
    assert (film.year, film.published) == (1950, False)


def test_a_film_that_has_a_link_gets_the_article_beside_it(tmp_path):
    there = make_title("Heat", year=1995, description="")
    Link.objects.create(title=there, label="Trailer", url="https://example.org/heat")
    import_films(tmp_path, HEAT)
    out, _ = import_films(tmp_path, HEAT)
    there.refresh_from_db()
    assert there.description == "A film."
    assert set(there.links.values_list("label", "url")) == {
        ("Trailer", "https://example.org/heat"),
        ("Wikipedia", ARTICLE),
    }
    assert "0 changed, 1 as before" in out


def test_an_age_that_staff_gave_stays_where_the_source_knows_none(tmp_path):
    import_films(tmp_path, HEAT)
    Title.objects.update(minimum_age=17)
    import_films(tmp_path, HEAT | {"extract": "A better text."})
    film = Title.objects.get()
    assert (film.minimum_age, film.description) == (17, "A better text.")


def test_a_film_with_a_director_and_no_actors_gets_the_cast(tmp_path):
    there = make_title("Heat", year=1995, director="Michael Mann")
    import_films(tmp_path, HEAT)
    assert [credit.person.name for credit in there.directors] == ["Michael Mann"]
    assert [credit.person.name for credit in there.actors] == ["Al Pacino"]


def test_a_link_that_is_there_keeps_its_label(tmp_path):
    there = make_title("Heat", year=1995, description="")
    Link.objects.create(title=there, label="Article", url=ARTICLE)
    import_films(tmp_path, HEAT)
    assert there.links.get().label == "Article"


def test_a_text_without_an_article_to_credit_is_not_taken(tmp_path):
    import_films(tmp_path, HEAT | {"href": None})
    assert Title.objects.get().description == ""


def test_the_second_article_on_one_film_of_another_source_is_refused(tmp_path):
    there = make_title("Heat", year=1995, description="", source="movielens", source_id="6")
    second = HEAT | {"href": "Heat_(other)", "extract": "Another.", "cast": ["Somebody Else"]}
    _, err = import_films(tmp_path, HEAT, second)
    there.refresh_from_db()
    assert "films.jsonl, line 2: 'Heat' (movielens '6') is already in line 1" in err
    assert (Title.objects.count(), there.description) == (1, "A film.")
    assert [credit.person.name for credit in there.actors] == ["Al Pacino"]
    assert there.links.get().url == ARTICLE


def test_two_articles_of_one_name_and_year_are_two_films_when_nobody_else_has_one(tmp_path):
    import_films(tmp_path, HEAT, HEAT | {"href": "Heat_(other)"})
    assert Title.objects.count() == 2
