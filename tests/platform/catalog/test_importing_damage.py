"""What is wrong in a file costs its row, or the whole import one clear line; never a traceback."""

import gzip
import json

import pytest
from django.core.management import CommandError

from catalog.models import Title
from tests.platform.catalog.test_importing import CSV, GAME, run

pytestmark = pytest.mark.django_db

FILM = {"title": "Heat", "year": 1995, "href": "Heat_(1995_film)", "extract": "A film."}
GOOD_FILM, GOOD_GAME = FILM | {"title": "Ronin", "href": "Ronin"}, GAME | {"id": "org.example.Good"}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"title": 5}, "title must be a text"),
        ({"title": None}, "a film needs a title"),
        ({"year": "1995"}, "a film needs a title"),
        ({"href": 5}, "href must be a text"),
        ({"href": "Heat\ud800"}, "href holds bytes that are no UTF-8 text"),
        ({"href": 0}, "href must be a text"),
        ({"extract": []}, "extract must be a text"),
        ({"cast": "Al Pacino"}, "cast must be a list of texts"),
        ({"cast": 0}, "cast must be a list of texts"),
        ({"genres": [1]}, "genres must be a list of texts"),
    ],
)
def test_a_film_with_a_wrong_type_is_refused_alone(tmp_path, wrong, reason):
    path = tmp_path / "films.jsonl"
    path.write_text(json.dumps(FILM | wrong) + "\n" + json.dumps(GOOD_FILM) + "\n")
    _, err = run("import_wikipedia_films", path)
    assert f"films.jsonl, line 1: {reason}" in err
    assert Title.objects.get().name == "Ronin"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"id": None}, "id is empty"),
        ({"name": 3}, "name must be a text"),
        ({"summary": 3}, "summary must be a text"),
        ({"description": {}}, "description must be a text"),
        ({"developer": 3}, "developer must be a text"),
        ({"homepage": ["https://example.org/"]}, "homepage must be a text"),
        ({"homepage": "https://example.org/\udfff"}, "homepage holds bytes"),
        ({"released": "today"}, "released is 'today'"),
        ({"content_rating": []}, "no OARS rating"),
        ({"content_rating": {"oars-1.1": ["mild"]}}, "no OARS rating"),
        ({"content_rating": {"oars-1.1": {"social-chat": ["mild"]}}}, "no OARS rating"),
        ({"content_rating": {"oars-1.1": {"violence-bloodshed": "Intense"}}}, "no OARS rating"),
    ],
)
def test_a_game_with_a_wrong_type_or_age_is_refused_alone(tmp_path, wrong, reason):
    path = tmp_path / "games.jsonl"
    path.write_text(json.dumps(GAME | wrong) + "\n" + json.dumps(GOOD_GAME) + "\n")
    _, err = run("import_appstream", path)
    assert "games.jsonl, line 1: " in err
    assert reason in err
    assert Title.objects.get().source_id == "org.example.Good"


@pytest.mark.parametrize(
    "line", ['{"id": ' + "9" * 5000 + "}", '{"id": ' + "[" * 200_000, "no json", "[]", '"text"']
)
def test_a_line_that_python_cannot_read_is_refused_alone(tmp_path, line):
    path = tmp_path / "games.jsonl"
    path.write_text(line + "\n" + json.dumps(GOOD_GAME) + "\n")
    _, err = run("import_appstream", path)
    assert err.startswith("games.jsonl, line 1: no JSON")
    assert Title.objects.get().source_id == "org.example.Good"


@pytest.mark.parametrize(
    ("command", "name", "text"),
    [
        ("import_csv", "titles.csv.gz", CSV + "film,9,Nine,1990,,,,,\n" * 3000),
        ("import_appstream", "games.jsonl.gz", (json.dumps(GOOD_GAME) + "\n") * 3000),
    ],
)
def test_a_gzip_file_with_flipped_bytes_imports_nothing(tmp_path, command, name, text):
    whole = bytearray(gzip.compress(text.encode()))
    whole[40:60] = bytes(byte ^ 0xFF for byte in whole[40:60])
    path = tmp_path / name
    path.write_bytes(whole)
    with pytest.raises(CommandError, match=f"nothing imported: {name}") as failure:
        run(command, path)
    assert "\n" not in str(failure.value)
    assert not Title.objects.exists()
