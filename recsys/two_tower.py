"""The model: an item tower (id and content) and a user tower (a causal Transformer over items).

There are no user parameters: a user is what their history says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recsys.history import STRENGTH_SIGNALS

AGES = 32  # doublings of a second: the last one is 68 years


@dataclass(frozen=True)
class TwoTowerConfig:
    """Everything that defines one two-tower run; stored beside the weights it produced."""

    dim: int = 64
    length: int = 40  # items of history the user tower reads
    blocks: int = 2
    heads: int = 2
    dropout: float = 0.2
    id_dropout: float = 0.15  # chance that an item is seen by its content alone
    temperature: float = 0.0  # above 0: vectors of length 1, their products divided by it
    time_bias: bool = False  # attention knows how long ago each item was
    negatives: int = 512
    batch_size: int = 12  # windows
    learning_rate: float = 0.003
    weight_decay: float = 0.05
    epochs: int = 10
    patience: int = 4  # epochs without a better validation score

    def __post_init__(self) -> None:
        if min(self.dim, self.length, self.blocks, self.heads, self.negatives, self.epochs) < 1:
            raise ValueError(f"sizes must be positive: {self}")
        if self.dim % self.heads:
            raise ValueError(f"dim must be a multiple of heads: {self}")
        if self.learning_rate <= 0 or self.temperature < 0 or self.weight_decay < 0:
            raise ValueError(f"rates must be positive, temperature and decay not negative: {self}")


PRESETS: dict[str, TwoTowerConfig] = {
    "tiny": TwoTowerConfig(
        dim=32, length=20, blocks=1, negatives=128, batch_size=24, epochs=4, dropout=0.1
    ),
    "small": TwoTowerConfig(),
    "base": TwoTowerConfig(length=100, batch_size=32, epochs=60, patience=6),
    "large": TwoTowerConfig(
        dim=128,
        length=200,
        blocks=3,
        heads=4,
        negatives=1024,
        batch_size=64,
        epochs=200,
        patience=10,
    ),
}


class Block(nn.Module):
    """Pre-norm attention, then SwiGLU, each let in by a gate (LiGR: Borisyuk et al. 2025)."""

    def __init__(self, config: TwoTowerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(config.dim)
        self.query = nn.Linear(config.dim, config.dim, bias=False)
        self.key_value = nn.Linear(config.dim, 2 * config.dim, bias=False)
        self.out = nn.Linear(config.dim, config.dim, bias=False)
        self.attention_gate = nn.Linear(config.dim, config.dim)
        self.feed_norm = nn.LayerNorm(config.dim)
        self.gate_up = nn.Linear(config.dim, 4 * config.dim, bias=False)
        self.down = nn.Linear(2 * config.dim, config.dim, bias=False)
        self.feed_gate = nn.Linear(config.dim, config.dim)
        self.dropout = nn.Dropout(config.dropout)
        if config.time_bias:
            self.age_bias = nn.Embedding(AGES, config.heads)
            nn.init.zeros_(self.age_bias.weight)

    def forward(self, x: Tensor, ages: Tensor | None = None, *, last_only: bool = False) -> Tensor:
        """(B, L, D) → (B, L, D), or (B, 1, D) of the last place alone. ages: (B, L, L)"""
        normed = self.attention_norm(x)
        kept = x[:, -1:] if last_only else x
        query = self._split(self.query(normed[:, -1:] if last_only else normed))
        key, value = (self._split(part) for part in self.key_value(normed).chunk(2, dim=-1))
        bias = None if ages is None else self._bias(ages[:, -1:] if last_only else ages)
        mixed = F.scaled_dot_product_attention(
            query, key, value, attn_mask=bias, is_causal=bias is None and not last_only
        )
        mixed = mixed.transpose(1, 2).flatten(2)
        kept = kept + self.attention_gate(kept).sigmoid() * self.dropout(self.out(mixed))
        gate, up = self.gate_up(self.feed_norm(kept)).chunk(2, dim=-1)
        fed = self.down(F.silu(gate) * up)
        return kept + self.feed_gate(kept).sigmoid() * self.dropout(fed)

    def _split(self, x: Tensor) -> Tensor:
        """(B, L, D) → (B, H, L, D/H)"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _bias(self, ages: Tensor) -> Tensor:
        """(B, Q, L) → (B, H, Q, L); a place that is still to come is shut out."""
        bias = self.age_bias(ages.clamp(min=0)).permute(0, 3, 1, 2)
        return bias.masked_fill((ages < 0)[:, None], float("-inf"))


def ages_of(moments: Tensor) -> Tensor:
    """How long before each of L questions each of L items was, in doublings of a second; -1 after.

    moments: (B, L + 1) seconds of the items, then of the last question; each item but the first
    is the answer to the question before it (as in HSTU: Zhai et al. 2024). (B, L, L)
    """
    gaps = moments[:, 1:, None] - moments[:, None, :-1]
    doublings = torch.log2(gaps.clamp(min=0).float() + 1).long().clamp(max=AGES - 1)
    length = doublings.shape[1]
    come = torch.ones(length, length, dtype=torch.bool, device=moments.device).tril()
    return doublings.masked_fill(~come, -1)


class UserTower(nn.Module):
    """What a history says, oldest first → the user after each entry of it."""

    def __init__(self, config: TwoTowerConfig, n_signals: int) -> None:
        super().__init__()
        self.config = config
        self.scale = math.sqrt(config.dim)
        self.positions = nn.Parameter(torch.randn(config.length, config.dim) * 0.02)
        self.signals = nn.Linear(n_signals, config.dim, bias=False)
        nn.init.zeros_(self.signals.weight)  # a faint entry or a dislike starts as a plain one
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.dim)

    def forward(
        self, vectors: Tensor, signals: Tensor, moments: Tensor, *, last_only: bool = False
    ) -> Tensor:
        """(B, L, D) → (B, L, D), or (B, D) of the last place. Later padding changes nothing.

        vectors: (B, L, D) of the items; signals: (B, L, S) how strong and of which kind;
        moments: (B, L + 1) seconds, looked at only with time_bias.
        """
        x = vectors * self.scale + self.positions[: vectors.shape[1]] + self.signals(signals)
        x = self.dropout(x)
        ages = ages_of(moments) if self.config.time_bias else None
        for number, block in enumerate(self.blocks, start=1):
            x = block(x, ages, last_only=last_only and number == len(self.blocks))
        x = self.norm(x)
        if self.config.temperature:
            x = F.normalize(x, dim=-1) / self.config.temperature
        return x[:, -1] if last_only else x


class ItemTower(nn.Module):
    """Content features plus an id embedding; an item without its id is what its content says."""

    def __init__(self, config: TwoTowerConfig, n_items: int, n_features: int) -> None:
        super().__init__()
        self.config = config
        self.ids = nn.Embedding(n_items, config.dim)
        nn.init.normal_(self.ids.weight, std=config.dim**-0.5)
        self.hidden = nn.Linear(n_features, config.dim)
        self.content_out = nn.Linear(config.dim, config.dim)

    def encode_content(self, features: Tensor) -> Tensor:
        """The vectors of items without an id. (N, F) → (N, D)"""
        return self._finish(self._content(features))

    def forward(self, rows: Tensor, features: Tensor, has_id: Tensor) -> Tensor:
        """rows: (N,); features: (N, F); has_id: (N,) 1 or 0 → (N, D)"""
        return self._finish(self.ids(rows) * has_id[:, None] + self._content(features))

    def _content(self, features: Tensor) -> Tensor:
        return self.content_out(F.gelu(self.hidden(features)))

    def _finish(self, vectors: Tensor) -> Tensor:
        return F.normalize(vectors, dim=-1) if self.config.temperature else vectors


class TwoTower(nn.Module):
    """Both towers over one catalog; a score is the inner product of their vectors."""

    features: Tensor
    warm: Tensor

    def __init__(
        self, config: TwoTowerConfig, features: Tensor, warm: Tensor, n_kinds: int = 1
    ) -> None:
        """features: (N, F) content; warm: (N,) 1 where interactions teach the item's id.

        n_kinds: kinds of events that are told apart, the unnamed one included.
        """
        super().__init__()
        self.config = config
        self.n_kinds = n_kinds
        self.users: nn.Module = UserTower(config, STRENGTH_SIGNALS + n_kinds - 1)
        self.items = ItemTower(config, *features.shape)
        self.register_buffer("features", features, persistent=False)
        self.register_buffer("warm", warm, persistent=False)

    def item_vectors(self, rows: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """(N,) → (N, D); with rng each id is dropped with chance id_dropout."""
        has_id = self.warm[rows]
        if rng is not None:
            kept = torch.rand(len(rows), generator=rng) >= self.config.id_dropout
            has_id = has_id * kept.to(has_id.device)
        return self.items(rows, self.features[rows], has_id)

    def catalog(self) -> Tensor:
        """Vectors of all items. (N, D)"""
        return self.item_vectors(torch.arange(len(self.features), device=self.features.device))
