"""What is done for a million items gives what is done for a thousand; a new one copies nothing."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from recsys import index, similarity, sources, tables
from recsys.artifacts import MANIFEST
from recsys.columns import Column, column_of
from recsys.entries import HistoryEntry
from recsys.index import ClusteredIndex, Index
from recsys.interactions import sha256_of
from recsys.item_encoder import ItemEncoder
from recsys.serving import Recommender
from recsys.tables import Tables
from tests.recsys.test_serving import HORROR, ROMANCE, ids, liked
from tests.recsys.toy import make_items

GROWING = ("vectors", "content", "counts", "popular", "fame", "directions")


@pytest.fixture
def large(artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recommender:
    """The toy artifact, as it is written and loaded where items are very many."""
    for module in (index, tables, similarity):
        monkeypatch.setattr(module, "EXACT_UP_TO", 10)
    monkeypatch.setattr(sources, "LOOKED_THROUGH", 10)
    monkeypatch.setattr(index, "EXACT_ALLOWED", 4)
    folder = tmp_path / "large"
    shutil.copytree(artifact, folder)
    arrays = Tables.stored(load_file(folder / "tables.safetensors"))
    save_file(arrays, folder / "tables.safetensors")
    Index.build(arrays["vectors"]).save(folder / "items.faiss")
    manifest = json.loads((folder / MANIFEST).read_text())
    for name, facts in manifest["files"].items():
        facts["sha256"] = sha256_of(folder / name)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return Recommender.load(folder)


def scores(found: list) -> dict[str, float]:
    return {item.item_id: item.score for item in found}


def test_its_lists_are_those_of_a_small_one(recommender: Recommender, large: Recommender) -> None:
    assert isinstance(large._loaded.indexes[0], ClusteredIndex)
    assert isinstance(large._tables.vectors, Column)
    history = [*liked(*HORROR[:4], ROMANCE[2]), HistoryEntry(ROMANCE[4], -1.0, 9)]
    for allowed in (None, {*HORROR}, {*HORROR[:6], *ROMANCE[:6]}, {ROMANCE[0]}):
        for k in (3, 100):
            found = large.recommend(history, k=k, allowed=allowed)
            expected = recommender.recommend(history, k=k, allowed=allowed)
            assert scores(found) == pytest.approx(scores(expected), abs=1e-5)
    assert ids(large.popular(k=9)) == ids(recommender.popular(k=9))
    for by in ("taste", "content"):
        alike = recommender.similar(HORROR[3], k=100, by=by)
        assert scores(large.similar(HORROR[3], k=100, by=by)) == pytest.approx(
            scores(alike), abs=1e-5
        )
    reasons = large.attributions(history, HORROR[6:7])[HORROR[6]]
    assert dict(reasons) == pytest.approx(
        dict(recommender.attributions(history, HORROR[6:7])[HORROR[6]]), abs=1e-4
    )


@pytest.mark.parametrize("size", ["small", "large"])
def test_a_new_item_is_found_and_nothing_is_copied(
    size: str, recommender: Recommender, large: Recommender
) -> None:
    before = large if size == "large" else recommender
    size_before = len(before.item_ids)
    vectors = before.encode_items(make_items())[[0, 12, -1]]
    once = before.with_cold_items(["901", "902"], vectors[:2])
    twice = once.with_cold_items(["902", "903"], vectors[1:])
    assert [*twice.item_ids[-3:]] == ["901", "902", "903"]
    assert (len(before.item_ids), len(once.item_ids)) == (size_before, size_before + 2)
    assert twice.knows(903)
    assert not once.knows("903")
    for name in GROWING:
        own, shared = (column_of(getattr(each._tables, name)) for each in (twice, before))
        assert np.shares_memory(own.base, shared.base), name
        assert len(own.tail) == 3
    assert np.shares_memory(twice._ids.sort_keys.base, np.asarray(before._ids.sort_keys))
    assert twice._loaded.by_popularity is before._loaded.by_popularity
    assert twice._tables.neighbour_rows is before._tables.neighbour_rows
    assert twice._loaded.indexes[0] is before._loaded.indexes[0]
    found = scores(twice.recommend(liked(*HORROR[:4]), k=100))
    assert found["901"] > found["902"]
    assert len(found) == size_before + 3 - 4
    assert ids(twice.recommend(liked(*HORROR[:4]), k=3, allowed={"903"})) == ["903"]
    assert ids(twice.similar("901", k=3))[0] in HORROR
    assert {"901", "902", "903"} < {*ids(twice.popular(k=100))}


def test_equals_go_by_id_when_new_items_are_among_them(recommender: Recommender) -> None:
    vectors = recommender.encode_items(make_items())[:3]
    for new in (["5", "107", "1000"], ["b", "107", "a"]):
        other = recommender.with_cold_items(new, vectors)
        fresh = [id_ for id_ in other.item_ids if other.is_cold(id_)]
        in_order = sorted(fresh, key=int if "5" in new else str)
        last = ids(other.popular(k=1000))[-len(fresh) :]
        assert last == in_order


def test_what_encodes_a_new_item_needs_no_tables(artifact: Path, tmp_path: Path) -> None:
    folder = tmp_path / "light"
    shutil.copytree(artifact, folder)
    (folder / "tables.safetensors").unlink()
    encoded = ItemEncoder.load(folder).encode(make_items())
    expected = Recommender.load(artifact).encode_items(make_items())
    assert np.array_equal(encoded, expected)
