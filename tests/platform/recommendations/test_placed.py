"""A choice of titles, said over the rows of a recommender."""

import numpy as np
import pytest

from catalog.census import Census
from recommendations import loading
from recommendations.loading import Placed


def make_census(ids: list[int]) -> Census:
    nothing = np.zeros(len(ids), dtype=np.uint8)
    return Census(np.array(ids, dtype=np.int64), nothing, nothing.astype(np.int8), "")


@pytest.mark.parametrize("most_runs", [loading.MOST_RUNS, 0])
def test_a_row_is_chosen_when_its_title_is(monkeypatch: pytest.MonkeyPatch, most_runs: int) -> None:
    monkeypatch.setattr(loading, "MOST_RUNS", most_runs)
    title_ids = np.array([3, 4, 5, 9, 7, 8, 20])
    census = make_census([1, 3, 4, 7, 8, 9, 11])
    for chosen in ({3, 4, 9}, {1, 7, 11}, {1, 3, 4, 7, 8, 9, 11}, set()):
        mask = np.isin(census.ids, list(chosen))
        found = Placed.of(title_ids, census).over_rows(mask)
        assert {*title_ids[found].tolist()} == chosen & {*title_ids.tolist()}


def test_without_a_published_title_no_row_is_chosen() -> None:
    placed = Placed.of(np.array([3, 4]), make_census([]))
    assert placed.over_rows(np.zeros(0, dtype=bool)).tolist() == [False, False]


def test_titles_that_stand_together_in_both_are_copied_at_once() -> None:
    placed = Placed.of(np.arange(5, 105), make_census(list(range(1, 101))))
    assert len(placed.runs) == 1
