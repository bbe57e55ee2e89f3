"""How agents are trained; one preset a game, settled by short trials."""

from __future__ import annotations

from dataclasses import dataclass, field

from genai.games.network import NetworkConfig
from genai.games.rules import Game
from genai.games.self_play import SelfPlayConfig


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that defines a run; stored beside the weights it produced."""

    network: NetworkConfig = field(default_factory=NetworkConfig)
    self_play: SelfPlayConfig = field(default_factory=SelfPlayConfig)
    rounds: int = 80
    games: int = 512  # a round
    parts: int = 8  # that a round's games are played in, by as many processes as there are
    window: int = 120_000  # examples that are learnt from: the newest
    reuse: float = 6.0  # times that an example is drawn, about
    batch: int = 256
    learning_rate: float = 2e-3
    last_learning_rate: float = 2e-4
    weight_decay: float = 1e-3
    remembered: float = 0.99  # of the average of the weights, a step
    measured_every: int = 5  # rounds

    def __post_init__(self) -> None:
        if min(self.rounds, self.games, self.parts, self.window, self.batch) < 1:
            raise ValueError(f"rounds, games, parts, window and batch must be positive: {self}")
        if self.games % self.parts:
            raise ValueError(f"{self.games} games cannot be shared out to {self.parts} parts")


TINY = TrainingConfig(
    network=NetworkConfig(channels=8, blocks=1, policy_planes=2, value_planes=1, value_width=8),
    self_play=SelfPlayConfig(simulations=16, fast_simulations=4, opening_plies=2, games_at_once=16),
    rounds=3,
    games=16,
    parts=2,
    window=400,
    batch=32,
    remembered=0.9,
    measured_every=1,
)
PRESETS = {
    "tiny": TINY,
    "connect-four": TrainingConfig(network=NetworkConfig(blocks=4)),
    "othello": TrainingConfig(self_play=SelfPlayConfig(early_plies=20), rounds=30, games=256),
    "breakthrough-6": TrainingConfig(games=256),
    "breakthrough-8": TrainingConfig(rounds=30, games=256),
    "hex-7": TrainingConfig(rounds=40, games=256),
}


def preset_of(game: Game) -> TrainingConfig:
    """The game's own, or the smallest."""
    return PRESETS.get(game.key, TINY)
