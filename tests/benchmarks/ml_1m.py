"""The three rows on MovieLens 1M, leave-one-out: what each trains, and for how long."""

from __future__ import annotations

from dataclasses import replace

from recsys.contenders import Choices
from recsys.sources import Blend
from recsys.two_tower import TwoTowerConfig
from tests.benchmarks.contest import Contest

SHORT = TwoTowerConfig(
    dim=64,
    length=100,
    blocks=2,
    heads=2,
    dropout=0.1,
    id_dropout=0.0,  # no cold titles in this question
    negatives=256,
    batch_size=24,
    learning_rate=0.003,
    weight_decay=0.01,
    epochs=10,  # what fits into the budget, with the two other sources
)
LONG = replace(SHORT, dropout=0.2, epochs=58)
CONVERGED = replace(LONG, dim=128, dropout=0.3, epochs=70)
# Chosen on the last row but one of each member, with that and the last held back; not on the test.
AFTER_SHORT = Choices(
    blend=Blend(0.81, 0.07, 0.04, 0.03, 0.05, fade=0.8),  # of the parts in their order
    ease_regularisation=500.0,
    rule_reach=0.8,
    rule_fade=0.8,
)
AFTER_LONG = replace(AFTER_SHORT, blend=Blend(tower=0.9, neighbours=0.1, fade=0.8))

FIVE_MINUTES = Contest(
    budget=300,
    config=SHORT,
    choices=replace(AFTER_SHORT, epochs=SHORT.epochs),
    peers=("rectools-esasrec", "rectools-sasrec"),
)
THIRTY_MINUTES = Contest(
    budget=30 * 60,
    config=LONG,
    choices=replace(AFTER_LONG, epochs=LONG.epochs),
    looks_for_leaks=True,
)
FOUR_HOURS = Contest(
    budget=4 * 3600,
    config=CONVERGED,
    choices=replace(AFTER_LONG, epochs=CONVERGED.epochs),
    looks_for_leaks=True,
)
CONTESTS = {
    "ml-1m-5-minutes": FIVE_MINUTES,
    "ml-1m-30-minutes": THIRTY_MINUTES,
    "ml-1m-converged": FOUR_HOURS,
}
