"""From random play to an agent that thinks; goes on where it was killed, to the same bytes.

After AlphaZero (Silver et al., 2018): the newest network plays against itself, and learns from the
games of the last rounds what its search found and how they ended.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import save_file
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from genai.artifacts import WEIGHTS, Manifest, check_target, publish_artifact
from genai.checkpoint import (
    Curve,
    Progress,
    load_checkpoint,
    optimizer_tensors,
    restore_optimizer,
    save_checkpoint,
)
from genai.errors import DataError, Diverged, Stopped
from genai.games.ancestors import Ancestors
from genai.games.crew import Crew
from genai.games.evaluation import NETWORK
from genai.games.examples import Replay, drawn
from genai.games.export import Exporter
from genai.games.levels import network_levels
from genai.games.network import Network, losses
from genai.games.presets import TrainingConfig
from genai.games.rules import Game
from genai.games.self_play import Played
from genai.threads import repeatable

log = logging.getLogger(__name__)
THREADS = 1  # that learn: always as many, or the bytes would depend on the machine
Measure = Callable[[bytes], dict[str, float]]  # of a network as ONNX


@dataclass(frozen=True)
class TrainingProgress:
    """What is told of a run while it goes on."""

    fraction: float
    message: str
    curve: Curve  # a point each round


@dataclass(frozen=True)
class TrainingResult:
    """What a run leaves behind."""

    artifact: Path
    rounds: int
    seconds: float  # of computing, in all processes
    curve: Curve


def train(
    game: Game,
    out: Path,
    config: TrainingConfig,
    *,
    seed: int = 0,
    minutes: float | None = None,
    is_total: bool = False,
    processes: int = 1,
    resume: bool = False,
    on_progress: Callable[[TrainingProgress], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    measure: Measure | None = None,
) -> TrainingResult:
    """An artifact at out; what is needed to go on lies beside it, in <out>.run.

    minutes: of computing in all processes together, of this call, or with is_total of all calls
    that led to what is there; else until config.rounds.
    The same seed gives the same weights, however many processes play and whenever they were killed.
    measure: asked every config.measured_every rounds, its numbers are on the curve.
    DataError for a game with hidden cards, ArtifactError when out is something else, Stopped when
    asked, Diverged when the loss is no number.
    """
    if game.is_hidden:
        raise DataError(f"{game.name} has hidden cards: it is solved, not learnt by self-play")
    check_target(out)
    with repeatable(THREADS), Crew(game, config.self_play, processes) as crew:
        run = Run(game, out.with_name(f"{out.name}.run"), config, seed, crew)
        run.on_progress, run.is_cancelled, run.measure = on_progress, is_cancelled, measure
        run.begin(resume=resume)
        run.finish_rounds(None if minutes is None else 60 * minutes, is_total=is_total)
        run.publish(out)
    run.tell("Done")
    return TrainingResult(out, run.progress.step, run.progress.seconds, run.progress.curve)


class Run:
    """One training, from its first round to its last."""

    on_progress: Callable[[TrainingProgress], None] | None = None
    is_cancelled: Callable[[], bool] | None = None
    measure: Measure | None = None

    def __init__(
        self, game: Game, folder: Path, config: TrainingConfig, seed: int, crew: Crew
    ) -> None:
        self.game, self.folder, self.config, self.seed, self.crew = game, folder, config, seed, crew
        self.checkpoint = folder / "checkpoint.safetensors"
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = Network(config.network, game.shape, game.actions)
        self.average = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(config.remembered), use_buffers=True
        )
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.ancestors = Ancestors(game, folder, self._stop_if_asked)
        self.replay = Replay(folder)
        self.exporter = Exporter(config.network, game.shape, game.actions)
        self.progress = Progress(self._fingerprint(), config.rounds)
        self._looked_at = 0.0

    def begin(self, *, resume: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        found = load_checkpoint(self.checkpoint, self._fingerprint()) if resume else None
        if found:
            self.progress = found[0]
            self._restore(found[1])
            log.info("going on after round %d", self.progress.step)
        else:
            self.checkpoint.unlink(missing_ok=True)  # what is killed now begins anew
            self.ancestors.forget()
        self.replay.forget_after(self.progress.step)
        self._looked_at = time.process_time()
        self.tell("Playing")

    def finish_rounds(self, seconds: float | None, *, is_total: bool = False) -> None:
        """seconds: of computing, in this call or in all; a round that is begun is finished."""
        progress = self.progress
        before = 0.0 if is_total else progress.seconds
        while progress.step < self.config.rounds:
            if seconds is not None and progress.seconds - before >= seconds:
                return
            begun = time.monotonic()
            played = self._play()
            lost = self._learn(len(played.examples))
            progress.step += 1
            self._clock()
            self._note(played, lost, time.monotonic() - begun)
            save_checkpoint(self.checkpoint, progress, self._tensors())
            if "rating" in progress.curve[-1]:
                self.ancestors.forget(but=progress.step)
            self.tell(f"Round {progress.step} of {self.config.rounds}")

    def publish(self, out: Path) -> None:
        def write(folder: Path) -> None:
            save_file(self.average.module.state_dict(), folder / WEIGHTS)
            (folder / NETWORK).write_bytes(self._onnx())

        publish_artifact(out, self.manifest(), write)

    def manifest(self) -> Manifest:
        progress = self.progress
        return {
            "kind": "network",
            "game": self.game.key,
            "rules": self.game.rules,
            "config": asdict(self.config),
            "seed": self.seed,
            "rounds": progress.step,
            "games": sum(int(point["games"]) for point in progress.curve),
            "seconds": round(progress.seconds, 1),
            "curve": progress.curve,
            "name": f"{self.game.name} by self-play",
            "levels": [level.facts() for level in network_levels(self.game.key)],
            "metrics": {},
        }

    def tell(self, message: str) -> None:
        fraction = self.progress.step / max(1, self.config.rounds)
        log.debug("%3.0f %% %s", 100 * fraction, message)
        if self.on_progress:
            self.on_progress(TrainingProgress(fraction, message, list(self.progress.curve)))

    def _play(self) -> Played:
        """The games of this round, and their examples in a file."""
        step = self.progress.step + 1
        seeds = [self._seeds(step, part) for part in range(self.config.parts)]
        network = self._onnx()
        parts: list[Played] = []
        games = self.config.games // self.config.parts
        for part in self.crew.play(network, seeds, games, self._stop_if_asked):
            parts.append(part)
            self._stop_if_asked()
            self.tell(f"Round {step}: {len(parts) * games} of {self.config.games} games are played")
        played = Played.joined(parts)
        self.progress.seconds += played.seconds
        self.replay.save(step, played.examples)
        return played

    def _onnx(self) -> bytes:
        """Of the average: it plays better than the newest weights."""
        return self.exporter.onnx(cast(Network, self.average.module))

    def _stop_if_asked(self) -> None:
        if self.is_cancelled and self.is_cancelled():
            raise Stopped("stopped on request; the rounds that are done are kept")

    def _learn(self, fresh: int) -> tuple[float, float]:
        """Means of the two losses over the steps of this round. fresh: examples that it brought."""
        config, step = self.config, self.progress.step + 1
        steps = math.ceil(config.reuse * fresh / config.batch)
        if not steps:
            raise DataError(f"round {step} brought nothing to learn from: more games a round")
        examples = self.replay.window(step, config.window)
        rng = np.random.default_rng(self._seeds(step, config.parts))
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(config, self.progress.step / config.rounds)
        self.network.train()
        told = []
        for _ in range(steps):
            batch = drawn(examples, self.game, config.batch, rng)
            boards, policies, values = (torch.from_numpy(part) for part in batch)
            logits, judged = self.network(boards)
            of_policy, of_value = losses(logits, judged, policies, values)
            self.optimizer.zero_grad(set_to_none=True)
            (of_policy + of_value).backward()
            self.optimizer.step()
            self.average.update_parameters(self.network)
            told.append((of_policy.item(), of_value.item()))
            self._stop_if_asked()
        means = np.mean(told, axis=0)
        if not np.isfinite(means).all():
            raise Diverged(f"the loss of round {step} is no number")
        return float(means[0]), float(means[1])

    def _note(self, played: Played, lost: tuple[float, float], took: float) -> None:
        point = {
            "round": self.progress.step,
            "seconds": round(self.progress.seconds, 1),
            "games": played.games,
            "positions": len(played.examples),
            "games_a_second": round(played.games / took, 2),
            "plies": round(played.moves / played.games, 2),
            "first_wins": round(played.outcomes[0] / played.games, 4),
            "policy_loss": round(lost[0], 4),
            "value_loss": round(lost[1], 4),
        }
        is_last = self.progress.step == self.config.rounds
        if is_last or self.progress.step % self.config.measured_every == 0:
            network = self._onnx()
            rng = np.random.default_rng(self._seeds(self.progress.step, self.config.parts + 1))
            curve = self.progress.curve
            point["rating"] = self.ancestors.rate(self.progress.step, network, curve, rng)
            point |= self.measure(network) if self.measure else {}
            self._clock()
        self.progress.curve.append(point)

    def _clock(self) -> None:
        now = time.process_time()
        self.progress.seconds, self._looked_at = self.progress.seconds + now - self._looked_at, now

    def _seeds(self, *key: int) -> np.random.SeedSequence:
        return np.random.SeedSequence([self.seed, *key])

    def _fingerprint(self) -> str:
        return sha256(repr((self.game.rules, self.config, self.seed)).encode()).hexdigest()

    def _tensors(self) -> dict[str, torch.Tensor]:
        networks = {"network": self.network, "average": self.average}
        states = {
            f"{name}.{key}": value
            for name, network in networks.items()
            for key, value in network.state_dict().items()
        }
        return states | optimizer_tensors("network", self.network, self.optimizer)

    def _restore(self, tensors: dict[str, torch.Tensor]) -> None:
        for name, network in (("network", self.network), ("average", self.average)):
            prefix = f"{name}."
            known = network.state_dict()
            network.load_state_dict({key: tensors[prefix + key] for key in known})
        restore_optimizer("network", self.network, self.optimizer, tensors)


def rate_at(config: TrainingConfig, fraction: float) -> float:
    """A cosine from the first learning rate to the last. fraction: of the rounds, 0..1."""
    left = (1 + math.cos(math.pi * fraction)) / 2
    return config.last_learning_rate + left * (config.learning_rate - config.last_learning_rate)
