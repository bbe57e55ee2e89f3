"""MovieLens folders become titles, demo members and their ratings."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from catalog.importing import Report
from catalog.models import Title
from events.importing import import_movielens
from events.models import Event, Rating
from tests.factories import make_title, make_user

pytestmark = pytest.mark.django_db

MOVIES = """movieId,title,year,genres
1,"Matrix, The",1999,Action|Sci-Fi
2,"Seven Samurai (Shichinin no samurai)",1954,Drama
3,(500) Days of Summer,2009,(no genres listed)
4,,,Comedy
"""
RATINGS = """userId,movieId,rating,timestamp
7,1,4.5,1260759144
7,2,3.0,1260759179
8,1,2.0,1260759200
8,4,2.0,1260759201
8,2,5.5,1260759201
8,3,4.0,soon
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "movies.csv").write_text(MOVIES)
    (tmp_path / "ratings.csv").write_text(RATINGS)
    return tmp_path


def test_titles_get_the_names_people_say_and_no_made_up_genre(folder):
    import_movielens(folder, Report())
    assert list(Title.objects.order_by("pk").values_list("name", "year")) == [
        ("The Matrix", 1999),
        ("Seven Samurai", 1954),
        ("(500) Days of Summer", 2009),
    ]
    assert not Title.objects.get(source_id="3").genres.exists()


def test_ratings_keep_their_real_times_and_make_the_stars_that_stand(folder):
    import_movielens(folder, Report())
    event = Event.objects.get(user__email="demo-7@example.invalid", title__source_id="1")
    assert (event.kind, event.value) == ("rate", 4.5)
    assert event.happened_at == datetime.fromtimestamp(1260759144, UTC)
    rating = Rating.objects.get(user=event.user, title=event.title)
    assert (rating.stars, rating.rated_at) == (4.5, event.happened_at)


def test_demo_members_cannot_sign_in(folder):
    import_movielens(folder, Report())
    member = User.objects.get(email="demo-8@example.invalid")
    assert member.is_demo
    assert not member.has_usable_password()


def test_bad_rows_are_told_and_skipped(folder):
    report = Report()
    assert import_movielens(folder, report) == 3
    assert report.problems == [
        "movies.csv, line 5: film 4 has no title",
        "ratings.csv, line 5: film '4' is not in movies.csv, or was refused there",
        "ratings.csv, line 6: rating is 5.5; it must be 0.5 to 5 in halves",
        "ratings.csv, line 7: rating '4.0' at 'soon': "
        "invalid literal for int() with base 10: 'soon'",
    ]


def test_with_strict_nothing_is_left_of_it(folder):
    with pytest.raises(CommandError, match="movies.csv, line 5"):
        call_command("import_movielens", str(folder), strict=True, no_progress=True)
    assert (Title.objects.count(), Event.objects.count(), User.objects.count()) == (0, 0, 0)


def test_the_same_folder_twice_is_the_same_as_once(folder):
    import_movielens(folder, Report())
    before = [
        list(model.objects.order_by("pk").values_list("pk"))
        for model in (Title, User, Event, Rating)
    ]
    import_movielens(folder, Report())
    assert before == [
        list(model.objects.order_by("pk").values_list("pk"))
        for model in (Title, User, Event, Rating)
    ]


def test_what_others_wrote_about_a_title_survives_a_second_import(folder):
    import_movielens(folder, Report())
    Title.objects.filter(source_id="1").update(description="A hacker.", minimum_age=17)
    import_movielens(folder, Report())
    title = Title.objects.get(source_id="1")
    assert (title.description, title.minimum_age) == ("A hacker.", 17)


def test_the_form_of_later_years_with_the_year_in_the_title_is_read(folder):
    (folder / "movies.csv").write_text(
        'movieId,title,genres\n1,"Usual Suspects, The (1995)",Crime\n'
    )
    import_movielens(folder, Report())
    assert list(Title.objects.values_list("name", "year")) == [("The Usual Suspects", 1995)]


def test_cards_show_counts_and_means_right_after_the_import(folder):
    other = make_title()
    import_movielens(folder, Report())
    title = Title.objects.get(source_id="1")
    assert (title.rating_count, title.rating_mean) == (2, 3.25)
    other.refresh_from_db()
    assert (other.rating_count, other.rating_mean, other.popularity) == (0, None, 0)


def test_a_folder_without_ratings_is_refused_in_one_line(tmp_path):
    (tmp_path / "movies.csv").write_text(MOVIES)
    make_user()
    with pytest.raises(CommandError, match=r"neither ratings\.csv nor ratings\.csv\.gz"):
        call_command("import_movielens", str(tmp_path), no_progress=True)
    assert not Title.objects.exists()
