"""What the user tower attends to: the usual, and cheaper, way to say which titles matter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from recsys.export import WEIGHTS
from recsys.history import STRENGTH_SIGNALS, History, stacked
from recsys.loaded import Loaded
from recsys.two_tower import Block, TwoTowerConfig, UserTower

Weights = NDArray[Any]  # (L,) of the entries that the tower reads, oldest first; their sum is 1


def load_user_tower(folder: Path, loaded: Loaded) -> UserTower:
    """The torch model behind an artifact's user tower."""
    config = TwoTowerConfig(**loaded.manifest["config"])
    tower = UserTower(config, STRENGTH_SIGNALS + len(loaded.reader.kinds) - 1)
    parts = load_file(folder / WEIGHTS)
    tower.load_state_dict(
        {
            name.removeprefix("users."): part
            for name, part in parts.items()
            if name.startswith("users.")
        }
    )
    return tower.eval()


def inputs_of(history: History, loaded: Loaded) -> tuple[Tensor, Tensor, Tensor]:
    """What the tower reads of a history. (1, L, D), (1, L, S), (1, L + 1)"""
    recent = history.newest(loaded.reader.length)
    rows, signals, moments = stacked([recent], len(loaded.reader.kinds))
    vectors = torch.as_tensor(loaded.tables.vectors[rows[0]], dtype=torch.float32)[None]
    return vectors, torch.from_numpy(signals), torch.from_numpy(moments)


@torch.no_grad()
def layers_of(tower: UserTower, inputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Attention of every layer, the mean of its heads, for one history. (layers, L, L)"""
    found: list[Tensor] = []

    def look(block: Block, given: tuple[Tensor, ...]) -> None:
        found.append(weights_of(block, given[0])[0].mean(dim=0))

    hooks = [block.register_forward_pre_hook(look) for block in tower.blocks]
    try:
        tower(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(found)


def weights_of(block: Block, x: Tensor) -> Tensor:
    """How a block of a model without times weighs the places of x. (B, L, D) → (B, H, L, L)"""
    normed = block.attention_norm(x)
    query, key = (
        part.unflatten(-1, (block.heads, -1)).transpose(1, 2)
        for part in (block.query(normed), block.key_value(normed).chunk(2, dim=-1)[0])
    )
    every = torch.eye(x.shape[1]).expand(*query.shape[:2], -1, -1)  # mixed, these are the weights
    return F.scaled_dot_product_attention(query, key, every, is_causal=True)


def last_layer(layers: Tensor) -> Weights:
    """What the last place looks at in the last layer."""
    return layers[-1, -1].numpy()


def rollout(layers: Tensor) -> Weights:
    """The same through all layers, half of each passed on unmixed (Abnar & Zuidema 2020)."""
    length = layers.shape[-1]
    through = torch.eye(length)
    for layer in layers:
        through = (layer + torch.eye(length)) / 2 @ through
    return through[-1].numpy()
