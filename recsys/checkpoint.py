from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


@dataclass
class Progress:
    """Where one fit stands; all that, beside the tensors, is needed to go on after a crash."""

    fingerprint: str  # of data, config, seed: another fit's checkpoint is not ours
    planned_epochs: int
    epoch: int = 0  # epochs done
    best_epoch: int = 0
    best_ndcg: float = -1.0
    stopped: bool = False  # on request
    curve: list[dict[str, float]] = field(default_factory=list)

    def add_epoch(self, loss: float, ndcg: float | None) -> None:
        """ndcg: of the validation; without one no epoch is the best."""
        self.epoch += 1
        self.curve.append({"epoch": self.epoch, "loss": round(loss, 5)})
        if ndcg is None:
            return
        self.curve[-1]["ndcg"] = round(ndcg, 5)
        if ndcg > self.best_ndcg:
            self.best_ndcg, self.best_epoch = ndcg, self.epoch

    def patience_over(self, patience: int) -> bool:
        """More epochs than that since the best one of a validated fit."""
        return self.best_epoch > 0 and self.epoch - self.best_epoch >= patience


def save_checkpoint(path: Path, progress: Progress, tensors: dict[str, Tensor]) -> None:
    """One file, there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")  # a stale worker may write one too
    save_file(
        {name: tensor.detach().contiguous().clone() for name, tensor in tensors.items()},
        part,
        metadata={"progress": json.dumps(asdict(progress))},
    )
    os.replace(part, path)


def load_checkpoint(path: Path, fingerprint: str) -> tuple[Progress, dict[str, Tensor]] | None:
    """None when there is none of this fit, or it cannot be read: then the fit starts anew."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            progress = Progress(**json.loads(file.metadata()["progress"]))
            if progress.fingerprint != fingerprint:
                return None
            return progress, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError):
        return None


def optimizer_tensors(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """Adam's moments by parameter name."""
    return {
        f"optimizer.{name}.{key}": value
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]
) -> None:
    for name, parameter in model.named_parameters():
        prefix = f"optimizer.{name}."
        state = {
            key.removeprefix(prefix): value
            for key, value in tensors.items()
            if key.startswith(prefix)
        }
        if state:
            optimizer.state[parameter] = state
