"""Items that came after a training, as the item tower of its artifact sees them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recsys.artifacts import read_manifest
from recsys.content import ContentEncoder
from recsys.errors import ArtifactError
from recsys.interactions import item_frame
from recsys.towers import Tower

if TYPE_CHECKING:
    import pandas as pd

CONTENT, ITEM_TOWER = "content.json", "item_tower.onnx"


@dataclass(frozen=True)
class ItemEncoder:
    """The little of an artifact that encoding takes, however many items it has."""

    content: ContentEncoder
    tower: Tower

    @classmethod
    def load(cls, folder: Path) -> ItemEncoder:
        """ArtifactError when what it needs is missing, altered or of another format."""
        read_manifest(folder, only=(CONTENT, ITEM_TOWER))
        try:
            return cls.read(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtifactError(f"{folder} cannot be loaded: {error}") from error

    @classmethod
    def read(cls, folder: Path) -> ItemEncoder:
        """Of an artifact that was found whole."""
        return cls(ContentEncoder.load(folder / CONTENT), Tower(folder / ITEM_TOWER))

    def encode(self, items: pd.DataFrame) -> NDArray[np.float32]:
        """Contract-form items → (N, D + F): the tower's vector, then the content itself."""
        content = self.content.encode(item_frame(items))
        return np.hstack([self.tower.run(features=content), content]).astype(np.float32)
