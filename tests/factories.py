"""Rows with working defaults; every test says only what it is about."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from accounts.models import User
from catalog.models import Credit, Genre, Person, Title
from catalog.names import search_form, sort_form
from events.models import Event
from events.services import record_event
from jobs.models import Job
from recommendations.models import Experiment, LoggedList

numbers = count(1)


def make_user(**changes: Any) -> User:
    number = next(numbers)
    fields = {"email": f"member{number}@example.org", "password": "correct horse battery"} | changes
    return User.objects.create_user(**fields)


def client_of(user: User | None) -> Client:
    """A browser in which somebody is logged in, by one statement instead of a login's fifteen."""
    client = Client()
    if user:
        known = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        session = Session.objects.create(
            session_key=get_random_string(32, VALID_KEY_CHARS),
            session_data=SessionStore().encode(known),
            expire_date=timezone.now() + timedelta(days=14),
        )
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def make_genre(name: str = "Drama") -> Genre:
    return Genre.objects.get_or_create(name=name, defaults={"slug": slugify(name)})[0]


def make_person(name: str = "Agnès Varda") -> Person:
    return Person.objects.get_or_create(name=name, defaults={"search_name": search_form(name)})[0]


def make_title(
    name: str = "", *, genres: tuple[str, ...] = ("Drama",), director: str = "", **changes: Any
) -> Title:
    title = unsaved_title(name, **changes)
    title.save()
    link_genres({title: genres})
    if director:
        Credit.objects.create(title=title, person=make_person(director), role=Credit.Role.DIRECTOR)
    return title


def make_titles(
    count: int = 0, *, each: Iterable[dict[str, Any]] = (), genres: tuple[str, ...] = ("Drama",)
) -> list[Title]:
    """Many in three statements: `count` plain ones, or one for every dict of what it is about."""
    about = [dict(changes) for changes in each] or [{} for _ in range(count)]
    linked = [changes.pop("genres", genres) for changes in about]
    titles = Title.objects.bulk_create(unsaved_title(**changes) for changes in about)
    link_genres(dict(zip(titles, linked, strict=True)))
    return titles


def unsaved_title(name: str = "", **changes: Any) -> Title:
    number = next(numbers)
    name = name or f"Title {number}"
    fields = {
        "source": "test",
        "source_id": str(number),
        "year": 1994,
        "minimum_age": 0,
        "sort_name": sort_form(name),
        "search_name": search_form(name),
    }
    return Title(name=name, **fields | changes)


def link_genres(genres_of: dict[Title, tuple[str, ...]]) -> None:
    """By names, made where they are not there yet."""
    names = dict.fromkeys(name for genres in genres_of.values() for name in genres)
    known = {genre.name: genre for genre in Genre.objects.filter(name__in=names)}
    genre_of = {name: known.get(name) or make_genre(name) for name in names}
    link = Title.genres.through
    link.objects.bulk_create(
        link(title=title, genre=genre_of[name])
        for title, genres in genres_of.items()
        for name in genres
    )


def make_event(user: User, title: Title, kind: str = Event.Kind.FINISH, **changes: Any) -> Event:
    return record_event(user=user, title=title, kind=kind, **changes)[0]


def make_job(**changes: Any) -> Job:
    fields = {"label": "A job", "task": "tests.nothing"} | changes
    return Job.objects.create(**fields)


def make_served(
    user: User | None, titles: Sequence[Title], *, at: datetime, **changes: Any
) -> LoggedList:
    """A list that somebody was served."""
    fields = {"list_id": uuid4(), "surface": "home", "shelf": "picked", "rung": "personal"}
    fields |= {"artifact": "first", "title_ids": [title.pk for title in titles]}
    fields |= {"scores": [0.5] * len(titles), "sources": ["personal"] * len(titles)}
    return LoggedList.objects.create(user=user, served_at=at, **fields | changes)


def make_experiment(**changes: Any) -> Experiment:
    fields = {"name": f"Experiment {next(numbers)}", "arm_b": {"variety": 0.3}} | changes
    return Experiment.objects.create(**fields)
