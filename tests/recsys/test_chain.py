"""The chain of one item says what `recommend` really does."""

from dataclasses import replace

import numpy as np
import pytest

from recsys import pipeline, sources
from recsys.entries import HistoryEntry
from recsys.serving import Recommender
from tests.recsys.toy import FIRST_ID, PER_GENRE

HORROR = [str(FIRST_ID + number) for number in range(PER_GENRE)]
ROMANCE = [str(FIRST_ID + PER_GENRE + number) for number in range(PER_GENRE)]
PAST = [*(HistoryEntry(item, 1.0, place) for place, item in enumerate(HORROR[:4])),
        HistoryEntry(ROMANCE[3], -1.0, 9)]  # fmt: skip
SEEN = {entry.item_id for entry in PAST}
TIRED = [(HORROR[6], 0.8), (ROMANCE[0], 0.3)]


def test_the_total_and_the_rank_are_those_of_the_list(recommender: Recommender) -> None:
    found = recommender.recommend(PAST, k=100, fatigue=TIRED)
    assert len(found) > 15
    for rank, scored in enumerate(found, 1):
        chain = recommender.chain(PAST, scored.item_id, k=100, fatigue=TIRED)
        assert chain is not None
        assert (chain.total, chain.rank, chain.candidates) == (scored.score, rank, len(found))


def test_the_parts_add_up_to_the_total(recommender: Recommender) -> None:
    for item in [*HORROR[4:], *ROMANCE[4:]]:
        chain = recommender.chain(PAST, item, k=5, fatigue=TIRED)
        assert chain is not None
        parts = sum(part.contribution for part in chain.parts)
        assert parts + chain.closeness - chain.weariness == pytest.approx(chain.total, abs=2e-6)
        assert (chain.weariness > 0) == (item in dict(TIRED))


@pytest.mark.parametrize("most", [0, 30_000])
def test_where_few_are_usable_all_are_scored_and_none_must_be_proposed(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(sources, "LOOKED_THROUGH", most)
    chain = recommender.chain(PAST, HORROR[7], k=5, allowed={HORROR[7], ROMANCE[5]})
    assert chain is not None
    assert chain.are_all
    assert (chain.candidates, chain.rank) == (2, 1)


def test_what_is_not_usable_has_a_score_and_no_rank(recommender: Recommender) -> None:
    chain = recommender.chain(PAST, HORROR[0], k=5)
    assert chain is not None
    assert chain.rank is None
    assert chain.proposed_by == []
    assert np.isfinite(chain.total)


def test_nothing_is_said_of_an_unknown_item_or_without_a_like(recommender: Recommender) -> None:
    assert recommender.chain(PAST, "no such item", k=5) is None
    assert recommender.chain([HistoryEntry(HORROR[0], -1.0)], HORROR[3], k=5) is None


def test_a_source_ranks_what_it_proposes_by_what_it_says(
    recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few from each source, none famous: some are candidates and the others are not."""
    monkeypatch.setattr(pipeline, "SPARE_CANDIDATES", 0)
    monkeypatch.setattr(sources, "LOOKED_THROUGH", 0)
    tables = recommender._tables
    monkeypatch.setattr(recommender, "_tables", replace(tables, famous=tables.famous[:0]))
    open_ = [item for item in map(str, recommender.item_ids) if item not in SEEN]
    chains = {item: recommender.chain(PAST, item, k=3) for item in open_}
    near = {
        item: proposal.rank
        for item, chain in chains.items()
        if chain is not None
        for proposal in chain.proposals
        if proposal.source == "tower" and proposal.rank
    }
    products = tables.vectors[recommender.rows(open_)] @ recommender.read(PAST).evidence.user
    warm = [item for item in open_ if not recommender.is_cold(item)]
    by_product = sorted(warm, key=lambda item: -products[open_.index(item)])
    assert near == {item: rank for rank, item in enumerate(by_product[:3], 1)}
    for item, chain in chains.items():
        assert chain is not None, item
        assert not chain.are_all
        assert (chain.rank is not None) == bool(chain.proposed_by)
    assert any(chain and chain.rank is None for chain in chains.values())
    for rank, scored in enumerate(recommender.recommend(PAST, k=3), 1):
        chain = chains[str(scored.item_id)]
        assert chain is not None
        assert (chain.rank, chain.total) == (rank, scored.score)
