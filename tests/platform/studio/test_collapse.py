"""A training that lost variety is told from its snapshots, by numbers made by hand."""

import pytest

from studio.collapse import collapse_of


def points(**lines: list[float]) -> list[dict[str, float]]:
    """Steps 10, 20 …; what is not given stays as it is."""
    count = len(next(iter(lines.values())))
    still = {"recall": [0.5] * count, "coverage": [0.6] * count, "smallest_share": [0.2] * count}
    return [
        {"step": 10 * (place + 1), **{name: line[place] for name, line in (still | lines).items()}}
        for place in range(count)
    ]


def test_a_training_that_gets_better_has_not_collapsed():
    assert collapse_of(points(recall=[0.0, 0.1, 0.3, 0.5, 0.6])) is None


def test_no_snapshots_say_nothing():
    assert collapse_of([]) is None


@pytest.mark.parametrize("measure", ["recall", "coverage", "smallest_share"])
def test_a_fall_under_half_of_the_best_is_told_with_the_step_that_was_best(measure):
    found = collapse_of(points(**{measure: [0.2, 0.4, 0.3, 0.19, 0.1]}))
    assert (found.measure, found.best_step, found.best) == (measure, 20, 0.4)
    assert (found.step, found.value) == (50, 0.1)
    assert "step 20 had 0.40" in found.sentence


@pytest.mark.parametrize("line", [[0.4, 0.5, 0.1, 0.4], [0.5, 0.05, 0.26], [0.2, 0.05, 0.9]])
def test_a_training_that_got_up_again_has_not_collapsed(line):
    assert collapse_of(points(recall=line)) is None


def test_the_best_step_is_to_be_published_only_where_it_is_kept():
    fallen = points(recall=[0.2, 0.4, 0.1])
    assert collapse_of(fallen, [10, 20]).sentence.endswith("Publish that step instead.")
    assert collapse_of(fallen, [10]).sentence.endswith("step 20 had 0.40.")


def test_half_of_the_best_is_not_under_half():
    assert collapse_of(points(recall=[0.4, 0.2])) is None


def test_the_best_comes_before_the_fall():
    """What is low at first and high at last has risen."""
    assert collapse_of(points(coverage=[0.1, 0.2, 0.9])) is None


def test_a_fall_from_next_to_nothing_is_chance():
    assert collapse_of(points(recall=[0.08, 0.02])) is None
    assert collapse_of(points(smallest_share=[0.015, 0.0])) is None


def test_of_two_falls_the_deeper_one_is_told():
    found = collapse_of(points(recall=[0.5, 0.2], coverage=[0.5, 0.1]))
    assert found.measure == "coverage"
