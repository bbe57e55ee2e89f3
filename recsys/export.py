"""Torch → the files that serving reads without torch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from torch import Tensor, nn

from recsys.contenders import Model
from recsys.content import ContentEncoder
from recsys.history import STRENGTH_SIGNALS
from recsys.ids import ItemId
from recsys.index import Index
from recsys.tables import Tables
from recsys.two_tower import ItemTower, TwoTower

USER_TOWER, ITEM_TOWER = "user_tower.onnx", "item_tower.onnx"
TABLES, WEIGHTS = "tables.safetensors", "weights.safetensors"
ITEM_IDS, CONTENT, INDEX = "items.json", "content.json", "items.faiss"


class _LastUser(nn.Module):
    """(B, L, D), (B, L, S), (B, L + 1) → (B, D)"""

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, vectors: Tensor, signals: Tensor, moments: Tensor) -> Tensor:
        return self.tower(vectors, signals, moments, last_only=True)


class _ContentItem(nn.Module):
    """(N, F) → (N, D)"""

    def __init__(self, tower: ItemTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, features: Tensor) -> Tensor:
        return self.tower.encode_content(features)


def write_artifact_files(folder: Path, model: Model, encoder: ContentEncoder) -> None:
    """Everything from the rows that the model was fitted on."""
    towers = model.fitted.model.cpu().eval()
    save_file(towers.state_dict(), folder / WEIGHTS)
    write_serving_files(folder, model.arrays, model.train.item_ids.ids, towers, encoder)


def write_serving_files(
    folder: Path,
    arrays: dict[str, NDArray[np.generic]],
    ids: Sequence[ItemId],
    towers: TwoTower,
    encoder: ContentEncoder,
) -> None:
    """What a web process loads. arrays: as Tables.build reads them."""
    save_arrays(Tables.stored(arrays), folder / TABLES)
    (folder / ITEM_IDS).write_text(json.dumps(ids))
    encoder.save(folder / CONTENT)
    Index.build(np.asarray(arrays["vectors"], dtype=np.float32)).save(folder / INDEX)
    _export_users(towers, folder / USER_TOWER)
    items = {"features": torch.zeros(2, encoder.width)}
    to_onnx(_ContentItem(towers.items), items, folder / ITEM_TOWER, axes=1)


def _export_users(towers: TwoTower, path: Path) -> None:
    length = min(3, towers.config.length)
    inputs = {
        "vectors": torch.zeros(2, length, towers.config.dim),
        "signals": torch.zeros(2, length, STRENGTH_SIGNALS + towers.n_kinds - 1),
        "moments": torch.arange(length + 1).repeat(2, 1),
    }
    to_onnx(_LastUser(towers.users), inputs, path, axes=2)


def to_onnx(module: nn.Module, inputs: dict[str, Tensor], path: Path, *, axes: int) -> None:
    """Named inputs in the order of forward, one output; the first axes may have any size."""
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module.eval(),
                tuple(inputs.values()),
                str(path),
                input_names=list(inputs),
                output_names=["outputs"],
                dynamic_shapes=tuple(
                    dict.fromkeys(range(axes), torch.export.Dim.DYNAMIC) for _ in inputs
                ),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
