"""Torch → the files that serving reads without torch."""

from __future__ import annotations

import json
import logging
import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import save_file
from torch import Tensor, nn

from recsys.contenders import Model
from recsys.content import ContentEncoder
from recsys.index import Index
from recsys.two_tower import ItemTower, UserTower

USER_TOWER, ITEM_TOWER = "user_tower.onnx", "item_tower.onnx"
TABLES, WEIGHTS = "tables.safetensors", "weights.safetensors"
ITEM_IDS, CONTENT, INDEX = "items.json", "content.json", "items.faiss"


class _LastUser(nn.Module):
    """(B, L, D) → (B, D)"""

    def __init__(self, tower: UserTower) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, vectors: Tensor) -> Tensor:
        return self.tower(vectors, last_only=True)


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
    save_arrays(model.arrays, folder / TABLES)
    (folder / ITEM_IDS).write_text(json.dumps(model.train.item_ids.ids))
    encoder.save(folder / CONTENT)
    Index.build(np.asarray(model.arrays["vectors"], dtype=np.float32)).save(folder / INDEX)
    length, dim = towers.config.length, towers.config.dim
    to_onnx(
        _LastUser(towers.users),
        torch.zeros(2, min(3, length), dim),
        folder / USER_TOWER,
        {0: "users", 1: "history"},
    )
    to_onnx(
        _ContentItem(towers.items), torch.zeros(2, encoder.width), folder / ITEM_TOWER, {0: "items"}
    )


def to_onnx(module: nn.Module, example: Tensor, path: Path, axes: dict[int, str]) -> None:
    """One input, one output; the axes named may have any size."""
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module.eval(),
                (example,),
                str(path),
                input_names=["inputs"],
                output_names=["outputs"],
                dynamic_shapes=(dict.fromkeys(axes, torch.export.Dim.DYNAMIC),),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
