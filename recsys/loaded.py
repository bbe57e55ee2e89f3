"""What one artifact holds, as serving reads it. NumPy, FAISS and ONNX Runtime only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError

from recsys.artifacts import read_manifest
from recsys.closeness import Likenesses, LikenessesToAll, LikenessesToSome
from recsys.columns import Column, column_of
from recsys.entries import UserReader
from recsys.errors import ArtifactError
from recsys.ids import IdMap, ItemId
from recsys.index import Index
from recsys.interactions import Rows
from recsys.item_encoder import ItemEncoder
from recsys.reranking import ItemViews
from recsys.sources import Blend, looks_through
from recsys.tables import Tables

SCORE_DIGITS = 6  # what is written and compared: equal here is a tie, broken by id


@dataclass(frozen=True)
class Loaded:
    """The parts of an artifact over N items of its own and, behind them, M that came later."""

    name: str
    manifest: dict[str, Any]
    tables: Tables
    indexes: tuple[Index, Index]  # of the N, and of the M
    ids: IdMap
    views: ItemViews
    by_popularity: Rows  # (N,) equals by id
    reader: UserReader
    items: ItemEncoder
    blend: Blend

    @classmethod
    def read(cls, folder: Path) -> Loaded:
        """ArtifactError when it is missing, altered, incomplete or of another format."""
        manifest = read_manifest(folder)
        try:
            ids = IdMap(read_item_ids(folder))
            tables = Tables.load(folder / "tables.safetensors", len(ids))
            reader = UserReader.load(folder, manifest)
            items = ItemEncoder.read(folder)
            blend = Blend(**manifest["choices"]["blend"])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ArtifactError(f"{folder} cannot be loaded: {error}") from error
        index = Index.load(folder / "items.faiss", tables.vectors)
        if not len(ids) == len(tables) == len(index):
            raise ArtifactError(f"{folder}: its files speak of different numbers of items")
        genres = tables.genres(len(items.content.genres))
        return cls(
            name=str(manifest.get("name", folder.name)),
            manifest=manifest,
            tables=tables,
            indexes=(index, Index.build(tables.mean[None][:0])),
            ids=ids,
            views=ItemViews.of(tables.directions, genres, np.asarray(tables.counts)),
            by_popularity=in_order_of_popularity(tables, ids),
            reader=reader,
            items=items,
            blend=blend,
        )

    @cached_property
    def likenesses(self) -> Likenesses:
        """Between rows of its tables: another one with more items has its own."""
        if looks_through(self.tables, self.blend):
            return LikenessesToAll(self.tables)
        return LikenessesToSome(self.tables)

    def followed_by(self, ids: Sequence[ItemId], vectors: NDArray[np.float32]) -> Loaded:
        """With more cold items behind, sharing all the rest.

        vectors: (M, D + F) of `ItemEncoder.encode`; ArtifactError when another artifact made them.
        """
        dim = len(self.tables.mean)
        if vectors.shape[1] != dim + len(self.tables.content_mean):
            raise ArtifactError(
                f"cold vectors are {vectors.shape[1]} wide: another artifact made them"
            )
        tables = self.tables.extended(vectors[:, :dim], vectors[:, dim:])
        joined = self.ids.followed_by(ids)
        genres = tables.genres(len(self.items.content.genres))
        is_sorted_alike = isinstance(joined.sort_keys, Column)  # else all sort anew, by text
        return replace(
            self,
            tables=tables,
            indexes=(self.indexes[0], Index.build(column_of(tables.vectors).tail)),
            ids=joined,
            views=self.views.followed_by(tables.directions, genres),
            by_popularity=self.by_popularity
            if is_sorted_alike
            else in_order_of_popularity(tables, joined),
        )


def in_order_of_popularity(tables: Tables, ids: IdMap) -> Rows:
    """The indexed rows, (N,); equals by id."""
    popular = column_of(tables.popular).base
    keys = np.asarray(ids.sort_keys)[: len(popular)]
    return np.lexsort((keys, -rounded(popular)))


def rounded(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """As they are written."""
    found = np.asarray(np.round(scores.astype(np.float64), SCORE_DIGITS), dtype=np.float64)
    return found + 0.0  # never -0.0


def read_item_ids(folder: Path) -> list[ItemId]:
    """Ids of the items that an artifact has, in the order of its rows."""
    try:
        return list(json.loads((folder / "items.json").read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactError(f"{folder}: its list of items cannot be read") from error
