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

Curve = list[dict[str, float]]


@dataclass
class Progress:
    """Where one run stands; all that, beside the tensors, is needed to go on after a crash."""

    fingerprint: str  # of data, config, seed: another run's checkpoint is not ours
    planned_steps: int
    step: int = 0  # steps done
    seconds: float = 0.0  # of computing, in all processes that worked on it
    rollbacks: int = 0
    curve: Curve = field(default_factory=list)
    snapshots: list[int] = field(default_factory=list)  # steps that one was kept of


def save_checkpoint(path: Path, progress: Progress, tensors: dict[str, Tensor]) -> None:
    """One file, there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")  # others may write one too
    try:
        save_file(
            {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()},
            part,
            metadata={"progress": json.dumps(asdict(progress))},
        )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(path: Path, fingerprint: str) -> tuple[Progress, dict[str, Tensor]] | None:
    """None when there is none of this run, or it cannot be read: then the run starts anew."""
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
    name: str, network: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """Adam's moments by parameter name."""
    return {
        f"{name}.optimizer.{parameter_name}.{key}": value
        for parameter_name, parameter in network.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(
    name: str,
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    tensors: dict[str, Tensor],
) -> None:
    """As it was when its tensors were taken; as new when there are none of it."""
    for parameter_name, parameter in network.named_parameters():
        prefix = f"{name}.optimizer.{parameter_name}."
        optimizer.state[parameter] = {
            key.removeprefix(prefix): value.to(parameter.device)
            for key, value in tensors.items()
            if key.startswith(prefix)
        }
