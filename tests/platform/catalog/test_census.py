"""The census in memory says of every title what the database says, at every moment."""

import random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from catalog import census
from catalog.census import current_census, forget_census
from catalog.changes import changes, forget_old_changes, now
from catalog.models import Hidden, Title
from tests.factories import make_title, make_user

KINDS = [kind.value for kind in Title.Kind]


def agree(user):
    """Both say the same, of all kinds and of each."""
    census = current_census()
    hidden = list(Hidden.objects.filter(user=user.pk).values_list("title", flat=True))
    for kind in (None, *KINDS):
        titles = Title.objects.visible_to(user).order_by("pk")
        if kind:
            titles = titles.filter(kind=kind)
        mask = census.visible_to(user, hidden=hidden)
        if kind:
            mask = mask & census.of_kind(kind)
        assert census.ids[mask].tolist() == list(titles.values_list("pk", flat=True))


@pytest.mark.slow
def test_it_agrees_with_the_database_through_random_changes(db):
    rng = random.Random(0)
    people = [AnonymousUser(), make_user(), make_user(age_limit=12), make_user(age_limit=0)]
    titles = []

    def add():
        age = rng.choice([None, 0, 8, 13, 18])
        titles.append(make_title(kind=rng.choice(KINDS), minimum_age=age))

    def toggle():
        title = rng.choice(titles)
        title.published = not title.published
        title.save(update_fields=["published"])

    def rate_age():
        few = Title.objects.filter(pk__in=[title.pk for title in rng.sample(titles, 2)])
        few.update(minimum_age=rng.choice([None, 8, 18]))

    def remove():
        titles.pop(rng.randrange(len(titles))).delete()

    def hide():
        Hidden.objects.get_or_create(user=people[1], title=rng.choice(titles))

    for _ in range(4):
        add()
    for _ in range(60):
        rng.choice([add, add, toggle, rate_age, remove, hide] if len(titles) > 3 else [add])()
        agree(rng.choice(people))


def test_nothing_new_makes_no_other_census(db):
    title = make_title()
    before = current_census()
    Title.objects.update(popularity=3.0)  # says nothing of who may see what
    title.save()
    assert current_census().number == before.number
    assert current_census().ids.tolist() == [title.pk]


def test_a_change_that_is_told_twice_counts_once(db):
    make_title()
    forget_census()
    current_census()
    make_title()
    assert current_census().number == current_census().number == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_emptied_is_read_anew():
    make_title()
    assert len(current_census()) == 1
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_title CASCADE")
    assert len(current_census()) == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_not_missed():
    """Its row is older than others that were read already."""
    import threading

    make_title()
    current_census()
    written, go_on = threading.Event(), threading.Event()

    def publish_slowly():
        with transaction.atomic():
            make_title(name="Slow")
            written.set()
            go_on.wait(20)
        connection.close()

    slow = threading.Thread(target=publish_slowly)
    slow.start()
    written.wait(20)
    make_title(name="Quick")
    assert len(current_census()) == 2
    go_on.set()
    slow.join()
    assert len(current_census()) == 3


def test_old_changes_are_forgotten_and_new_ones_kept(db):
    since = now()
    title = make_title()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_titlechange (title_ids, noted_at) "
            "VALUES ('{7}', now() - interval '3 days')"
        )
    assert changes(since).title_ids == {title.pk, 7}
    assert forget_old_changes() == 1
    assert changes(since).title_ids == {title.pk}


@pytest.mark.django_db(transaction=True)
def test_a_change_while_another_transaction_runs_is_not_taken_for_the_one_before():
    """As many notes as before, from the same moment on: but they are others."""
    import threading

    title = make_title(minimum_age=0)
    current_census()
    Title.objects.update(year=2001)
    current_census()
    begun, go_on = threading.Event(), threading.Event()

    def work_slowly():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            begun.set()
            go_on.wait(20)
        connection.close()

    slow = threading.Thread(target=work_slowly)
    slow.start()
    begun.wait(20)
    try:
        Title.objects.filter(pk=title.pk).update(minimum_age=18)
        assert not census.current_census().visible_to(make_user(age_limit=13), hidden=()).any()
        Title.objects.filter(pk=title.pk).update(minimum_age=0)
        assert census.current_census().is_current()
        assert census.current_census().visible_to(make_user(age_limit=13), hidden=()).all()
    finally:
        go_on.set()
        slow.join()
