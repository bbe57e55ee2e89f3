"""Which rung serves, what happens to a broken artifact, and how lists are paged."""

from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from catalog.changes import Changes
from events.models import Event
from recommendations import cold, lists, loading, snapshots
from recommendations.cold import encode_new_titles
from recommendations.models import Promotion
from recommendations.services import PromotionRefused, promote, roll_back
from tests.factories import make_event, make_title, make_titles, make_user
from tests.platform.recommendations.asking import recommend
from tests.recsys.toy import PER_GENRE


def test_a_visitor_gets_the_popular_list(live, titles):
    served = recommend(AnonymousUser(), limit=5)
    assert served.rung == "popular"
    assert served.picks[0].title.pk == titles[3].pk  # the only one with an event


def test_a_title_added_after_the_training_stands_last_until_it_is_encoded(member, live, titles):
    cold = make_title("Horror night thirteen", genres=("Horror",))
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    last = recommend(member, limit=30).picks[-1]
    assert (last.title.pk, last.sources) == (cold.pk, ("popular",))
    assert encode_new_titles() == 1
    picks = {pick.title.pk: pick for pick in recommend(member, limit=30).picks}
    assert picks[cold.pk].sources == ("cold",)
    assert encode_new_titles() == 0


def test_a_corrupt_artifact_is_refused_and_the_one_before_keeps_serving(
    member, live, titles, go_live, settings
):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    assert recommend(member, limit=5).artifact == "toy"
    broken = go_live("broken")
    next((Path(settings.ARTIFACTS_DIR) / "broken").glob("*.safetensors")).write_bytes(b"nothing")
    loading._live = None  # as a process that starts now
    served = recommend(member, limit=5)
    assert (served.artifact, served.rung) == ("toy", "personal")
    assert broken.pk in loading._refused


def test_a_mended_artifact_serves_again_after_a_minute(live, titles, go_live, monkeypatch):
    mended = go_live("mended")
    monkeypatch.setitem(loading._refused, mended.pk, loading.monotonic() - 59)
    assert loading.current().name == "toy"
    monkeypatch.setitem(loading._refused, mended.pk, loading.monotonic() - 61)
    assert loading.current().name == "mended"


def test_a_damaged_artifact_is_not_promoted(live, titles, go_live, settings):
    second = go_live("second")
    next((Path(settings.ARTIFACTS_DIR) / "toy").glob("*.safetensors")).write_bytes(b"nothing")
    with pytest.raises(PromotionRefused, match="damaged"):
        promote(artifact=live)
    assert Promotion.objects.live().artifact == second


def test_with_nothing_new_no_artifact_is_loaded_to_encode(live, titles, monkeypatch):
    make_title("Horror night thirteen", genres=("Horror",))
    assert encode_new_titles() == 1
    monkeypatch.setattr(loading, "item_encoder", lambda folder: pytest.fail("it was loaded"))
    assert encode_new_titles() == 0


def test_after_a_look_at_the_whole_catalog_only_what_changed_is_looked_at(
    live, titles, monkeypatch
):
    assert encode_new_titles() == 0
    told, _untold = make_titles(2, genres=("Horror",))
    news = Changes("1", everything=False, notes=1, title_ids=frozenset({told.pk}))
    monkeypatch.setattr(cold, "changes", lambda since: news)
    assert encode_new_titles() == 1
    assert live.cold_vectors.get().title == told


def test_what_a_broken_artifact_could_not_encode_is_looked_for_again(live, titles, monkeypatch):
    make_title("Horror night thirteen", genres=("Horror",))
    with monkeypatch.context() as broken:
        broken.setattr(loading, "item_encoder", lambda folder: None)
        assert encode_new_titles() == 0
    assert encode_new_titles() == 1


def test_a_missing_artifact_serves_the_popular_list(member, live, titles, settings):
    import shutil

    make_event(member, titles[0], Event.Kind.RATE, value=5)
    shutil.rmtree(settings.ARTIFACTS_DIR)
    loading._live = None
    assert recommend(member, limit=5).rung == "popular"


def test_promoting_swaps_at_the_next_request_and_rolling_back_swaps_back(
    member, live, titles, go_live
):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    assert recommend(member, limit=3).artifact == "toy"
    go_live("second")
    assert recommend(member, limit=3).artifact == "second"
    roll_back(by=None)
    assert recommend(member, limit=3).artifact == "toy"
    assert Promotion.objects.count() == 3


def test_promoting_what_is_live_writes_nothing(live, titles):
    promote(artifact=live)
    assert Promotion.objects.count() == 1


def test_pages_never_repeat_a_title_while_events_arrive(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    seen: list[int] = []
    cursor = None
    while True:
        page, cursor = lists.recommendation_page(member, limit=5, kind=None, cursor=cursor)
        seen += [pick.title.pk for pick in page.picks]
        make_event(member, titles[len(seen) % len(titles)], Event.Kind.CLICK)
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == len(titles) - 1


def test_a_cursor_is_of_no_use_to_somebody_else(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    _, cursor = lists.recommendation_page(member, limit=5, kind=None, cursor=None)
    with pytest.raises(snapshots.CursorRefused):
        lists.recommendation_page(make_user(), limit=5, kind=None, cursor=cursor)


@pytest.mark.parametrize(
    "changed",
    [
        "made-up",
        "..",
        "5.{list}.",
        "-5.{list}.{at}",
        "five.{list}.{at}",
        "5.{list}.2026-11-23T10:00:00",
        "5.{list}.0001-01-01T00:00:00+23:59",
        "5.00000000000000000000000000000000.{at}",
    ],
)
def test_a_cursor_that_was_not_given_is_refused(member, live, titles, changed):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    _, cursor = lists.recommendation_page(member, limit=5, kind=None, cursor=None)
    _start, list_id, at = cursor.split(".", 2)
    wrong = changed.format(list=list_id, at=at)
    with pytest.raises(snapshots.CursorRefused):
        lists.recommendation_page(member, limit=5, kind=None, cursor=wrong)


def test_beyond_its_end_a_list_has_no_titles(member, live, titles):
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    _, cursor = lists.recommendation_page(member, limit=5, kind=None, cursor=None)
    beyond = f"{10**50}.{cursor.split('.', 1)[1]}"
    page, more = lists.recommendation_page(member, limit=5, kind=None, cursor=beyond)
    assert (page.picks, more) == ([], None)


def test_a_kind_narrows_the_list(member, live, titles):
    game = make_title("A game", kind="game", genres=("Horror",))
    make_event(member, titles[0], Event.Kind.RATE, value=5)
    encode_new_titles()
    served = recommend(member, limit=10, kind="game")
    assert [pick.title.pk for pick in served.picks] == [game.pk]


def test_similar_titles_share_the_camp(live, titles):
    near = lists.similar_titles(AnonymousUser(), titles[0], limit=5)
    horror = set(titles[:PER_GENRE])
    assert near.rung == "similar"
    assert len(horror & {pick.title for pick in near.picks}) >= 4
