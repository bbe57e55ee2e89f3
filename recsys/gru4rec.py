"""GRU4Rec (Hidasi et al. 2016): the recurrent baseline, fitted by the same loop as the model.

As in its later versions, a softmax over shared negatives; here their draw is corrected (log Q).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recsys.two_tower import TwoTower, TwoTowerConfig


class GruUser(nn.Module):
    """One layer of gated recurrent units over the items alone."""

    def __init__(self, config: TwoTowerConfig) -> None:
        super().__init__()
        self.scale = config.dim**0.5
        self.dropout = nn.Dropout(config.dropout)
        self.gru = nn.GRU(config.dim, config.dim, batch_first=True)

    def forward(self, vectors: Tensor, signals: Tensor, moments: Tensor) -> Tensor:
        """(B, L, D) → (B, L, D). signals and moments: not read."""
        out, _ = self.gru(self.dropout(vectors * self.scale))
        return self.dropout(out)


class Gru4Rec(TwoTower):
    """Items are their ids: no content, nothing for a cold one."""

    def __init__(
        self, config: TwoTowerConfig, features: Tensor, warm: Tensor, n_kinds: int = 1
    ) -> None:
        super().__init__(config, features, warm, n_kinds)
        self.users = GruUser(config)
        self.items.hidden.requires_grad_(False)
        self.items.content_out.requires_grad_(False)

    def item_vectors(self, rows: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """(N,) → (N, D)"""
        return self.items.ids(rows)
