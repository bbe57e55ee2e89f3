import gc
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.entries import HistoryEntry
from recsys.errors import ArtifactError
from recsys.reranking import Variety
from recsys.serving import Recommender, Scored
from tests.recsys.toy import FIRST_ID, PER_GENRE, make_items

pytestmark = pytest.mark.slow

HORROR = [str(FIRST_ID + number) for number in range(PER_GENRE)]
ROMANCE = [str(FIRST_ID + PER_GENRE + number) for number in range(PER_GENRE)]
COLD_HORROR, COLD_ROMANCE = str(FIRST_ID + 2 * PER_GENRE), str(FIRST_ID + 2 * PER_GENRE + 1)
EVERYTHING = {*HORROR, *ROMANCE, COLD_HORROR, COLD_ROMANCE}


def liked(*item_ids: str) -> list[HistoryEntry]:
    return [HistoryEntry(item_id, 1.0, place) for place, item_id in enumerate(item_ids)]


def ids(scored: list) -> list[str]:
    return [item.item_id for item in scored]


def test_a_history_brings_more_of_its_kind(recommender: Recommender) -> None:
    for camp in (HORROR, ROMANCE):
        assert set(ids(recommender.recommend(liked(*camp[:4]), k=5))) <= {
            *camp,
            COLD_HORROR,
            COLD_ROMANCE,
        }


def test_one_more_event_changes_the_list(recommender: Recommender) -> None:
    before = recommender.recommend(liked(*HORROR[:3]), k=10)
    assert before != recommender.recommend(liked(*HORROR[:3], ROMANCE[5]), k=10)


def test_nothing_seen_or_excluded_comes_back(recommender: Recommender) -> None:
    history = [*liked(*HORROR[:3]), HistoryEntry(ROMANCE[0], -1.0, 9)]
    found = ids(recommender.recommend(history, k=100, excluded={HORROR[5]}))
    assert set(found) == EVERYTHING - {*HORROR[:3], ROMANCE[0], HORROR[5]}
    assert len(found) == len(set(found))


def test_what_was_not_seen_may_come_back_and_scores_stay(recommender: Recommender) -> None:
    history = liked(*HORROR[:3])
    usual = {item.item_id: item.score for item in recommender.recommend(history, k=100)}
    found = {
        item.item_id: item.score
        for item in recommender.recommend(history, k=100, seen={HORROR[1], ROMANCE[3]})
    }
    assert set(found) == EVERYTHING - {HORROR[1], ROMANCE[3]}
    assert {id_: found[id_] for id_ in usual if id_ in found} == pytest.approx(
        {id_: score for id_, score in usual.items() if id_ != ROMANCE[3]}, abs=2e-6
    )


def test_cold_is_what_nobody_had(recommender: Recommender) -> None:
    assert not recommender.is_cold(HORROR[0])
    assert recommender.is_cold(COLD_HORROR)
    assert recommender.is_cold("no such item")
    assert recommender.similar(COLD_HORROR, k=5) == recommender.similar(
        COLD_HORROR, k=5, by="content"
    )


def test_allowed_is_kept_and_does_not_change_scores(recommender: Recommender) -> None:
    everything = {
        item.item_id: item.score for item in recommender.recommend(liked(*HORROR[:3]), k=100)
    }
    allowed = {ROMANCE[2], HORROR[7], HORROR[0], "no such item"}
    found = recommender.recommend(liked(*HORROR[:3]), k=10, allowed=allowed)
    assert set(ids(found)) == {ROMANCE[2], HORROR[7]}
    assert {item.item_id: item.score for item in found} == {
        id_: everything[id_] for id_ in ids(found)
    }
    assert recommender.recommend(liked(HORROR[0]), k=10, allowed=set()) == []


def test_scores_fall_and_ties_go_by_id(recommender: Recommender) -> None:
    for found in (recommender.recommend(liked(*HORROR[:2]), k=100), recommender.popular(k=100)):
        keys = [(-item.score, int(item.item_id)) for item in found]
        assert keys == sorted(keys)
    assert len({item.score for item in recommender.popular(k=100)}) < len(
        EVERYTHING
    )  # there are ties


def test_who_liked_nothing_known_gets_the_popular_list(recommender: Recommender) -> None:
    for history in ([], liked("no such item"), [HistoryEntry(HORROR[0], 0.0, 1)]):
        found = recommender.recommend(history, k=3)
        assert {item.source for item in found} == {"popular"}
    assert ids(recommender.recommend([], k=5)) == ids(recommender.popular(k=5))


def test_the_source_says_cold_for_an_item_nobody_has_had(recommender: Recommender) -> None:
    sources = {item.item_id: item.source for item in recommender.recommend(liked(HORROR[0]), k=100)}
    assert sources[COLD_HORROR] == "cold"
    assert sources[HORROR[1]] == "personal"


def test_a_dislike_lowers_what_is_like_it(recommender: Recommender) -> None:
    history = liked(HORROR[0], ROMANCE[0])
    disliked = [*history, HistoryEntry(ROMANCE[4], -1.0, 9)]
    before = {item.item_id: item.score for item in recommender.recommend(history, k=100)}
    after = {item.item_id: item.score for item in recommender.recommend(disliked, k=100)}

    def fall(camp: list[str]) -> float:
        return float(np.mean([before[id_] - after[id_] for id_ in camp if id_ in after]))

    assert fall(ROMANCE) > 0.5
    assert fall(ROMANCE) > fall(HORROR) + 0.3


def test_what_was_shown_in_vain_falls_and_nothing_else_moves(recommender: Recommender) -> None:
    history = liked(HORROR[0], ROMANCE[0])
    before = {item.item_id: item.score for item in recommender.recommend(history, k=100)}
    tired = [(HORROR[4], 0.5), ("no such item", 1.0)]
    after = {
        item.item_id: item.score for item in recommender.recommend(history, k=100, fatigue=tired)
    }
    assert after.pop(HORROR[4]) == pytest.approx(before.pop(HORROR[4]) - 0.5, abs=1e-5)
    assert after == before


def test_variety_brings_genres_near_the_history_s_and_keeps_scores(
    recommender: Recommender,
) -> None:
    history = liked(HORROR[0], HORROR[1], HORROR[2], ROMANCE[0])
    plain = recommender.recommend(history, k=6)
    varied = recommender.recommend(history, k=6, variety=Variety.at(1.0))
    every = {item.item_id: item for item in recommender.recommend(history, k=100)}
    assert all(item == every[item.item_id] for item in varied)
    assert len({item.item_id for item in varied}) == 6

    def too_romantic(items: list[Scored]) -> float:
        return abs(len({*ROMANCE} & {*ids(items)}) / len(items) - 1 / 4)

    assert too_romantic(varied) < too_romantic(plain)
    assert recommender.recommend(history, k=6, variety=Variety.at(0.0)) == plain


def test_similar_items_are_of_the_same_kind(recommender: Recommender) -> None:
    for by in ("taste", "content"):
        found = ids(recommender.similar(HORROR[3], k=5, by=by))
        assert len(found) == 5
        assert set(found) <= {*HORROR, COLD_HORROR} - {HORROR[3]}
    assert recommender.similar("no such item", k=5) == []
    assert ids(recommender.similar(COLD_ROMANCE, k=3))[0] in ROMANCE


def test_the_reason_is_the_liked_item_whose_absence_costs_most(recommender: Recommender) -> None:
    history = liked(HORROR[0], ROMANCE[5], HORROR[1], HORROR[2])
    target = HORROR[3]

    def score_of(entries: list[HistoryEntry]) -> float:
        return recommender.recommend(entries, k=1, allowed={target})[0].score

    whole = score_of(history)
    drops = {
        entry.item_id: whole - score_of([e for e in history if e != entry]) for entry in history
    }
    best = max(drops, key=lambda id_: drops[id_])
    assert recommender.because(history, target) == best
    attributions = dict(recommender.attributions(history, [target])[target])
    assert attributions == pytest.approx({k: v for k, v in drops.items() if v > 0}, abs=1e-4)


def test_of_many_likes_those_that_matter_are_left_out(recommender: Recommender) -> None:
    history = liked(*HORROR[:4], *ROMANCE[:4], HORROR[5])
    target = HORROR[6]
    every = dict(recommender.attributions(history, [target])[target])
    some = dict(recommender.attributions(history, [target], at_most=3)[target])
    assert 0 < len(some) <= 3
    assert some == pytest.approx({id_: every[id_] for id_ in some})
    assert max(every, key=lambda id_: every[id_]) in some


def test_there_is_no_reason_without_a_liked_item(recommender: Recommender) -> None:
    assert recommender.because([], HORROR[0]) is None
    assert recommender.because([HistoryEntry(HORROR[1], -1.0, 0)], HORROR[0]) is None
    assert recommender.because(liked(HORROR[1]), "no such item") is None


def test_a_title_that_came_later_is_found_by_its_content(recommender: Recommender) -> None:
    later = pd.DataFrame(
        {
            "item_id": ["new-horror", "new-romance", HORROR[0]],
            "title": ["Horror night again", "Romance night again", "known"],
            "genres": ["Horror", "Romance", "Horror"],
            "year": ["1990", "2005", ""],
            "people": ["Horror Star", "Romance Star", ""],
        }
    )
    vectors = recommender.encode_items(later)
    extended = recommender.with_cold_items(later["item_id"].tolist(), vectors)
    assert extended._loaded.likenesses is not recommender._loaded.likenesses  # rows are others
    assert extended.knows("new-horror")
    assert not recommender.knows("new-horror")
    found = {item.item_id: item for item in extended.recommend(liked(*HORROR[:4]), k=100)}
    assert found["new-horror"].score > found["new-romance"].score
    assert found["new-horror"].source == "cold"
    assert len(found) == len(EVERYTHING) + 2 - 4
    assert ids(extended.similar("new-romance", k=3, by="content"))[0] in {*ROMANCE, COLD_ROMANCE}
    after = ids(extended.recommend(liked("new-horror"), k=3))
    assert set(after) <= {*HORROR, COLD_HORROR}
    with pytest.raises(ArtifactError, match="another artifact"):
        recommender.with_cold_items(["x"], vectors[:1, :-3])


def test_items_encoded_by_onnx_equal_the_tower_in_torch(recommender: Recommender) -> None:
    vectors = recommender.encode_items(make_items())
    cold = vectors[-2:, : recommender.manifest["config"]["dim"]]
    assert np.allclose(cold, recommender._tables.vectors[-2:], atol=1e-4)


def test_many_threads_get_what_one_gets(recommender: Recommender) -> None:
    from concurrent.futures import ThreadPoolExecutor

    disliked = HistoryEntry(ROMANCE[-1], -1.0, 0)
    histories = [[disliked, *liked(*HORROR[:size], ROMANCE[size])] for size in range(1, 9)] * 5
    alone = [recommender.recommend(history, k=5) for history in histories]
    other = Recommender(replace(recommender._loaded))  # remembers nothing of these
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda history: other.recommend(history, k=5), histories)) == alone


def test_serving_imports_no_torch(artifact: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from recsys.entries import HistoryEntry; from recsys.serving import Recommender;"
        f"r = Recommender.load(Path({str(artifact)!r})); h = [HistoryEntry({HORROR[0]!r})];"
        f"assert r.recommend(h, k=3) and r.because(h, {HORROR[1]!r}) and r.popular(k=1);"
        "heavy = {'torch', 'django', 'implicit', 'sklearn'};"
        "found = {m.split('.')[0] for m in sys.modules} & heavy;"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_a_recommender_that_nobody_holds_is_gone_at_once(artifact):
    """Not when the garbage collector comes by: till then a swap would hold two or more."""
    recommender = Recommender.load(artifact)
    recommender.attributions(liked(*HORROR[:3]), [HORROR[5]])
    held = weakref.ref(recommender)
    gc.disable()
    try:
        del recommender
        assert held() is None
    finally:
        gc.enable()


def test_a_score_is_the_same_to_the_last_bit_in_any_company(recommender: Recommender) -> None:
    rng = np.random.default_rng(5)
    everything = sorted(EVERYTHING)
    other = Recommender(replace(recommender._loaded))  # remembers nothing of the lists
    for _ in range(100):
        some = rng.permutation(everything)[: rng.integers(2, 9)].tolist()
        history = [HistoryEntry(id_, rng.choice([1, 0.4, -1]), at) for at, id_ in enumerate(some)]
        history.append(HistoryEntry(everything[0], 1.0, 99))
        fatigue = [(id_, 0.3) for id_ in rng.permutation(everything)[:3].tolist()]
        served = recommender.recommend(history, k=20, fatigue=fatigue)
        few = [served[place] for place in sorted(rng.permutation(len(served))[:3])]
        assert other.score(history, ids(few), fatigue=fatigue) == few
        near, by = rng.choice(everything), rng.choice(["taste", "content"])
        alike = recommender.similar(near, k=5, by=by)
        assert recommender.score_similar(near, ids(alike[1:3]), by=by) == alike[1:3]


def test_of_items_that_it_does_not_know_there_is_no_score(recommender: Recommender) -> None:
    assert ids(recommender.score(liked(*HORROR[:3]), ["nobody's", HORROR[5]])) == [HORROR[5]]
    assert recommender.score([], [HORROR[5]]) == []
    assert recommender.score_similar("nobody's", [HORROR[5]]) == []
