"""The import commands: what they read, refuse, repeat and leave alone."""

import gzip
import json

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Credit, Genre, Link, Person, Title
from tests.factories import make_title

pytestmark = pytest.mark.django_db

CSV = """kind,source_id,name,year,age,genres,directors,actors,links
film,1,The Third Man,1949,13,Film-Noir|Mystery,Carol Reed,Orson Welles|Alida Valli,https://example.org/
game,2,Chess,,0,Board game,,,Project page=https://example.org/chess
"""


def run(command, path, **options):
    from io import StringIO

    out, err = StringIO(), StringIO()
    call_command(command, str(path), no_progress=True, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "titles.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def everything() -> list[tuple]:
    return [
        *Title.objects.order_by("pk").values_list(
            "pk", "name", "year", "minimum_age", "description"
        ),
        *Credit.objects.order_by("pk").values_list(
            "pk", "title", "person__name", "role", "position"
        ),
        *Title.genres.through.objects.order_by("pk").values_list("pk", "title", "genre__name"),
        *Link.objects.order_by("pk").values_list("pk", "title", "label", "url"),
    ]


def test_a_csv_row_becomes_a_title_with_people_genres_and_links(csv_file):
    run("import_csv", csv_file)
    film = Title.objects.get(source="csv", source_id="1")
    assert (film.name, film.sort_name, film.year, film.minimum_age) == (
        "The Third Man",
        "third man",
        1949,
        13,
    )
    assert [genre.name for genre in film.genres.all()] == ["Film-Noir", "Mystery"]
    assert [credit.person.name for credit in film.directors] == ["Carol Reed"]
    assert [credit.person.name for credit in film.actors] == ["Orson Welles", "Alida Valli"]
    game = Title.objects.get(source_id="2")
    assert (game.kind, game.links.get().label) == ("game", "Project page")


def test_the_same_file_twice_changes_no_row(csv_file):
    run("import_csv", csv_file)
    before = everything()
    out, _ = run("import_csv", csv_file)
    assert everything() == before
    assert "0 titles new, 0 changed, 2 as before" in out


def test_a_changed_row_changes_its_title_and_keeps_its_id(csv_file):
    run("import_csv", csv_file)
    film = Title.objects.get(source_id="1")
    csv_file.write_text(
        CSV.replace("Film-Noir|Mystery", "Mystery")
        .replace("1949", "1950")
        .replace("|Alida Valli", "")
    )
    run("import_csv", csv_file)
    again = Title.objects.get(source_id="1")
    assert (again.pk, again.year, again.genres.count(), len(again.actors)) == (film.pk, 1950, 1, 1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("film,9,Bad,abc,,,,,", "year is 'abc'"),
        ("film,9,Bad,1200,,,,,", "year is 1200"),
        ("book,9,Bad,1990,,,,,", "kind is 'book'"),
        ("film,9,,1990,,,,,", "name is empty"),
        ("film,,Bad,1990,,,,,", "source_id is empty"),
        ("film,9,Bad,1990,99,,,,", "age is 99"),
        ("film,9,Bad,1990,,,,,javascript:alert(1)", "no http(s) address"),
        ("film,9,Bad,1990,,!!!,,,", "has no letter"),
        ("film,9,Bad,1990", "4 cells; the header has 9"),
        ("film,1,Again,1990,,,,,", "already in line 2"),
    ],
)
def test_a_bad_row_is_told_with_file_line_and_reason_and_the_rest_goes_on(csv_file, row, reason):
    lines = CSV.splitlines()
    csv_file.write_text("\n".join([lines[0], lines[1], row, lines[2]]) + "\n")
    _, err = run("import_csv", csv_file)
    assert "titles.csv, line 3: " in err
    assert reason in err
    assert set(Title.objects.values_list("source_id", flat=True)) == {"1", "2"}


def test_bytes_that_are_no_utf8_refuse_their_row_only(csv_file):
    csv_file.write_bytes(CSV.encode() + b"film,9,Am\xe9lie,2001,,,,,\n")
    _, err = run("import_csv", csv_file)
    assert "titles.csv, line 4: name holds bytes that are no UTF-8 text" in err
    assert Title.objects.count() == 2


def test_with_strict_a_bad_row_stops_everything_and_nothing_is_written(csv_file):
    csv_file.write_text(CSV + "film,9,,1990,,,,,\n")
    with pytest.raises(CommandError, match="line 4: name is empty") as failure:
        run("import_csv", csv_file, strict=True)
    assert failure.value.returncode == 1
    assert (Title.objects.count(), Person.objects.count(), Genre.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("kind,name\n", "column source_id is missing"),
        ("kind,source_id,name,colour\n", "unknown column colour"),
    ],
)
def test_a_file_with_wrong_columns_is_refused_as_a_whole(csv_file, text, reason):
    csv_file.write_text(text)
    with pytest.raises(CommandError, match=reason):
        run("import_csv", csv_file)


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="cannot read .*No such file"):
        run("import_csv", tmp_path / "absent.csv")


@pytest.mark.slow
def test_a_cut_gzip_file_imports_nothing(tmp_path):
    path = tmp_path / "titles.csv.gz"
    many = CSV + "".join(f"film,x{i},Film {i * 7919},1990,,,,,\n" for i in range(5000))
    whole = gzip.compress(many.encode())
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CommandError, match="nothing imported"):
        run("import_csv", path)
    assert not Title.objects.exists()


GAME = {
    "id": "org.example.Game",
    "name": "A Game",
    "summary": "Push boxes",
    "description": "Boxes are pushed.",
    "genres": ["LogicGame", "KidsGame", "Player"],
    "developer": "Ada",
    "content_rating": {"oars-1.1": {"violence-cartoon": "moderate", "social-chat": "mild"}},
    "released": 1677715200,
    "homepage": "https://example.org/",
}


@pytest.mark.parametrize(
    ("rating", "age"),
    [
        (GAME["content_rating"], 4),
        ({"oars-1.1": {}}, 0),
        ({}, None),
        ({"oars-1.0": {"violence-bloodshed": "intense", "drugs-alcohol": "mild"}}, 18),
    ],
)
def test_the_age_of_a_game_follows_its_oars_answers(tmp_path, rating, age):
    path = tmp_path / "games.jsonl"
    path.write_text(json.dumps(GAME | {"content_rating": rating}) + "\n")
    run("import_appstream", path)
    assert Title.objects.get().minimum_age == age


def test_a_game_brings_its_text_genres_developer_and_page(tmp_path):
    path = tmp_path / "games.jsonl"
    path.write_text(json.dumps(GAME) + "\nno json\n" + json.dumps(GAME | {"id": 7}) + "\n")
    _, err = run("import_appstream", path)
    game = Title.objects.get()
    assert (game.kind, game.year, game.description) == (
        "game",
        2023,
        "Push boxes.\n\nBoxes are pushed.",
    )
    assert {genre.name for genre in game.genres.all()} == {"Puzzle", "Children"}
    assert game.directors[0].person.name == "Ada"
    assert "games.jsonl, line 2: no JSON" in err
    assert "games.jsonl, line 3: id must be a text" in err


def test_film_facts_complete_movielens_titles_and_leave_their_genres(tmp_path):
    title = make_title(
        "Heat", source="movielens", source_id="6", minimum_age=None, genres=("Crime",)
    )
    path = tmp_path / "films.csv"
    path.write_text(
        "movie_id,title,year,directors,actors,age_rating,country,synopsis\n"
        "6,Heat,1995,Michael Mann,Al Pacino|Robert De Niro,R,"
        "United States|France,A thief and a detective.\n"
        "7,Unknown,1995,,,R,,\n"
        "8,Odd,1995,,,XYZ,,\n"
    )
    _, err = run("import_film_facts", path)
    title = Title.objects.get(pk=title.pk)
    assert (title.name, title.minimum_age, title.country) == ("Heat", 17, "United States, France")
    assert [credit.person.name for credit in title.actors] == ["Al Pacino", "Robert De Niro"]
    assert [genre.name for genre in title.genres.all()] == ["Crime"]
    assert "line 3: no title with MovieLens id '7'" in err


def test_film_facts_tell_the_franchise_and_leave_it_where_their_file_has_no_such_column(tmp_path):
    make_title("Alien", source="movielens", source_id="1214", franchise="Aliens")
    header = "movie_id,title,year,directors,actors,age_rating,country,synopsis"
    path = tmp_path / "films.csv"
    path.write_text(f"{header}\n1214,Alien,1979,,,R,,\n")
    run("import_film_facts", path)
    assert Title.objects.get().franchise == "Aliens"
    path.write_text(f"{header},franchise\n1214,Alien,1979,,,R,,,Alien\n")
    run("import_film_facts", path)
    assert Title.objects.get().franchise == "Alien"


def test_a_game_keeps_the_franchise_that_its_file_does_not_speak_of(tmp_path):
    make_title("A Game", source="appstream", source_id="org.example.Game", franchise="Games")
    path = tmp_path / "games.jsonl"
    path.write_text(json.dumps(GAME) + "\n")
    run("import_appstream", path)
    assert (Title.objects.get().year, Title.objects.get().franchise) == (2023, "Games")


def test_a_wikipedia_film_that_is_there_already_is_completed_not_doubled(tmp_path):
    there = make_title("Heat", year=1995, description="")
    films = [
        {
            "title": "Heat",
            "year": 1995,
            "cast": ["Al Pacino", "(voices)"],
            "genres": ["Crime"],
            "href": "Heat_(1995_film)",
            "extract": "A film.",
        },
        {
            "title": "Ronin",
            "year": 1998,
            "cast": [],
            "genres": ["Action"],
            "href": "Ronin_(film)",
            "extract": "Another.",
        },
        {"title": "Undated", "year": None},
    ]
    path = tmp_path / "films.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, films)).encode()))
    _, err = run("import_wikipedia_films", path)
    run("import_wikipedia_films", path)
    there = Title.objects.get(pk=there.pk)
    assert (Title.objects.count(), there.description) == (2, "A film.")
    assert [credit.person.name for credit in there.actors] == ["Al Pacino"]
    assert there.links.get().url == "https://en.wikipedia.org/wiki/Heat_(1995_film)"
    assert [genre.name for genre in there.genres.all()] == ["Drama"]  # what it had stays
    assert "line 3: a film needs a title" in err
