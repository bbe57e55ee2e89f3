import pytest

from catalog.models import Credit, Hidden, Link
from tests.factories import make_person, make_title


def test_titles_are_told_briefly(anonymous):
    title = make_title("The Matrix", year=1999, genres=("Action", "Science fiction"))

    assert anonymous.get("titles/").json()["results"] == [
        {
            "id": title.pk,
            "title": "The Matrix",
            "year": 1999,
            "kind": "film",
            "genres": ["Action", "Science fiction"],
        }
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "game"}, ["Chess"]),
        ({"genre": "Drama"}, ["Ikiru"]),
        ({"genre": "drama"}, ["Ikiru"]),
        ({"genre": "science-fiction"}, ["Alien", "Brazil"]),
        ({"year_min": 1979, "year_max": 1980}, ["Alien"]),
        ({"year_min": 1985}, ["Brazil", "Chess"]),
        ({"year_max": 1952}, ["Ikiru"]),
        ({"genre": "Science fiction", "year_min": 1980}, ["Brazil"]),
        ({"franchise": "Alien"}, ["Alien"]),
        ({"franchise": "alien", "year_max": 1979}, []),
        ({"kind": ""}, ["Alien", "Brazil", "Chess", "Ikiru"]),
    ],
)
def test_filters_narrow_the_list(anonymous, query, found):
    make_title("Alien", year=1979, genres=("Science fiction",), franchise="Alien")
    make_title("Brazil", year=1985, genres=("Science fiction",))
    make_title("Chess", year=1990, kind="game", genres=("Board",))
    make_title("Ikiru", year=1952, genres=("Drama",))

    assert [row["title"] for row in anonymous.get("titles/", **query).json()["results"]] == found


@pytest.mark.parametrize(("path", "more"), [("titles/", {}), ("search/", {"q": "alien"})])
def test_an_unknown_genre_is_named_with_the_way_out(anonymous, path, more):
    make_title("Alien", genres=("Science fiction",))
    answer = anonymous.get(path, genre="Nope", **more)

    assert answer.status_code == 400
    assert answer.json()["errors"] == {
        "genre": ["There is no genre “Nope”; genres/ lists those there are."]
    }


def test_a_title_is_told_whole(anonymous):
    title = make_title(
        "Cleo from 5 to 7",
        director="Agnès Varda",
        minutes=90,
        description="Two hours.",
        franchise="Cleo",
    )
    Link.objects.create(title=title, label="Archive", url="https://example.org/cleo")

    told = anonymous.get(f"titles/{title.pk}/").json()

    varda = make_person("Agnès Varda")
    assert told["people"] == [{"id": varda.pk, "name": "Agnès Varda", "role": "director"}]
    assert told["links"] == [{"label": "Archive", "url": "https://example.org/cleo"}]
    assert (told["minutes"], told["description"]) == (90, "Two hours.")
    assert told["franchise"] == "Cleo"
    assert told["url"] == f"http://testserver{title.get_absolute_url()}"
    assert told["poster"].startswith(f"http://testserver/posters/{title.pk}/")
    assert anonymous.client.get(told["poster"]).status_code == 200


def test_search_finds_words_and_beginnings_whatever_their_accents(anonymous):
    wanted = make_title("Amélie")
    make_title("Alien")

    assert anonymous.ids("search/", q="amelie") == [wanted.pk]
    assert anonymous.ids("search/", q="AMÉL") == [wanted.pk]
    assert anonymous.ids("search/", q="amelei") == [wanted.pk]
    assert anonymous.ids("search/", q="amelie", kind="game") == []
    assert anonymous.ids("search/", q="amelie", year_min=2050) == []
    assert anonymous.ids("search/", q="!?") == []


def test_search_tells_what_it_looked_for_instead_of_a_typo(anonymous):
    make_title("Amélie")

    assert "corrected" not in anonymous.get("search/", q="amelie").json()
    assert anonymous.get("search/", q="amelei").json()["corrected"] == "amelie"


def test_what_a_child_may_not_see_is_not_replaced_by_what_it_did_not_ask_for(child):
    make_title("The Godfather", minimum_age=17)
    make_title("Father of the Bride", minimum_age=0)

    assert child.get("search/", q="godfather").json() == {
        "results": [],
        "next": None,
        "previous": None,
    }


@pytest.mark.parametrize("path", ["titles/", "search/", "recommendations/"])
def test_an_unknown_kind_is_refused(anonymous, path):
    answer = anonymous.get(path, kind="book", q="alien")
    assert answer.status_code == 400
    assert "kind" in answer.json()["errors"]


def test_people_and_genres_tell_what_is_there(anonymous):
    title = make_title("Vagabond", director="Agnès Varda", genres=("Drama",))
    person = make_person("Agnès Varda")

    assert anonymous.get("people/").json()["results"] == [{"id": person.pk, "name": "Agnès Varda"}]
    assert anonymous.get("people/", q="varda").json()["results"]
    for nobody in ("hitchcock", "%", "_", "?!", "\\"):
        assert anonymous.get("people/", q=nobody).json()["results"] == [], nobody
    told = anonymous.get(f"people/{person.pk}/").json()
    assert [(row["role"], row["title"]["id"]) for row in told["titles"]] == [("director", title.pk)]
    genre = anonymous.get("genres/").json()["results"][0]
    assert (genre["name"], genre["slug"], genre["titles"]) == ("Drama", "drama", 1)


@pytest.fixture
def forbidden(child):
    """Titles that an age limit of 8 forbids, of the same genre and person."""
    return [
        make_title("Secret of the old", director="Agnès Varda", minimum_age=17),
        make_title("Secret of nobody knows", director="Agnès Varda", minimum_age=None),
        make_title("Secret unpublished", director="Agnès Varda", published=False),
    ]


def test_an_age_limit_holds_everywhere(child, forbidden):
    allowed = make_title("Secret of the young", director="Agnès Varda", minimum_age=8)
    person = make_person("Agnès Varda")
    other = make_title("Another for the young", minimum_age=0)

    assert child.ids("titles/") == [other.pk, allowed.pk]
    assert child.ids("titles/", genre="Drama") == [other.pk, allowed.pk]
    assert child.ids("search/", q="secret") == [allowed.pk]
    assert child.ids("recommendations/") in ([allowed.pk, other.pk], [other.pk, allowed.pk])
    assert child.ids(f"titles/{allowed.pk}/similar/") == [other.pk]
    assert child.ids(f"titles/{allowed.pk}/similar/", by="content") == [other.pk]
    shelves = child.get("home/").json()["shelves"]
    shown = {row["title"]["id"] for shelf in shelves for row in shelf["results"]}
    assert shown <= {allowed.pk, other.pk}
    assert [row["title"]["id"] for row in child.get(f"people/{person.pk}/").json()["titles"]] == [
        allowed.pk
    ]
    assert child.get("genres/").json()["results"][0]["titles"] == 2
    for title in forbidden:
        assert child.get(f"titles/{title.pk}/").status_code == 404
        assert child.get(f"titles/{title.pk}/similar/").status_code == 404
        event = {"title": title.pk, "kind": "click", "key": str(title.pk)}
        assert child.post("events/", event).status_code == 400


def test_a_person_of_forbidden_titles_only_is_not_there(child, forbidden):
    person = make_person("Agnès Varda")

    assert child.get("people/").json()["results"] == []
    assert child.get(f"people/{person.pk}/").status_code == 404
    assert child.get("genres/").json()["results"] == []


def test_what_an_age_limit_came_to_forbid_leaves_the_own_lists(owner):
    title = make_title(minimum_age=17)
    for kind, value in (("rate", 4), ("save", None), ("hide", None)):
        body = {"title": title.pk, "kind": kind, "key": kind}
        assert owner.post("events/", body | ({"value": value} if value else {})).status_code == 201
    owner.patch("me/", {"age_limit": 8})

    assert [owner.ids(path) for path in ("ratings/", "saved/", "hidden/")] == [[], [], []]


def test_a_hidden_title_is_hidden_from_its_hider_only(owner, stranger):
    title = make_title()
    Hidden.objects.create(user=owner.user, title=title)

    assert owner.ids("titles/") == []
    assert owner.get(f"titles/{title.pk}/").status_code == 404
    assert stranger.ids("titles/") == [title.pk]


def test_an_actor_may_have_two_roles(anonymous):
    title = make_title("Citizen Kane", director="Orson Welles")
    welles = make_person("Orson Welles")
    Credit.objects.create(title=title, person=welles, role=Credit.Role.ACTOR)

    assert len(anonymous.get("people/").json()["results"]) == 1
    assert len(anonymous.get(f"people/{welles.pk}/").json()["titles"]) == 2
