"""What says, of a position, which moves are worth a look and who will win."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


@dataclass(frozen=True)
class NetworkConfig:
    """Residual blocks as in AlphaZero (Silver et al., 2018), few and narrow: made for one core."""

    channels: int = 32
    blocks: int = 3
    policy_planes: int = 8
    value_planes: int = 4
    value_width: int = 64

    def __post_init__(self) -> None:
        if min(self.channels, self.policy_planes, self.value_planes, self.value_width) < 1:
            raise ValueError(f"every width must be positive: {self}")
        if self.blocks < 0:
            raise ValueError(f"blocks must be 0 or more: {self}")


class Convolution(nn.Module):
    """A convolution and its batch norm; the norm is None once it has been folded in."""

    def __init__(self, inputs: int, outputs: int, size: int) -> None:
        super().__init__()
        self.weights = nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False)
        self.norm: nn.BatchNorm2d | None = nn.BatchNorm2d(outputs)

    def forward(self, boards: Tensor) -> Tensor:
        convolved = self.weights(boards)
        return convolved if self.norm is None else self.norm(convolved)

    def fold(self) -> None:
        """The same values from one operation; to be trained no more."""
        if self.norm is not None:
            self.weights, self.norm = fuse_conv_bn_eval(self.weights, self.norm), None


class Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels, 3)
        self.second = Convolution(channels, channels, 3)

    def forward(self, boards: Tensor) -> Tensor:
        return functional.relu(boards + self.second(functional.relu(self.first(boards))))


class Network(nn.Module):
    """boards (B, C, H, W) → logits of moves (B, A), values (B,) -1..1 for the side to move."""

    def __init__(self, config: NetworkConfig, shape: tuple[int, int, int], actions: int) -> None:
        super().__init__()
        planes, rows, columns = shape
        cells = rows * columns
        self.stem = Convolution(planes, config.channels, 3)
        self.blocks = nn.Sequential(*(Block(config.channels) for _ in range(config.blocks)))
        self.policy_look = Convolution(config.channels, config.policy_planes, 1)
        self.policy = nn.Linear(config.policy_planes * cells, actions)
        self.value_look = Convolution(config.channels, config.value_planes, 1)
        self.value_hidden = nn.Linear(config.value_planes * cells, config.value_width)
        self.value = nn.Linear(config.value_width, 1)

    def forward(self, boards: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.blocks(functional.relu(self.stem(boards)))
        logits = self.policy(functional.relu(self.policy_look(seen)).flatten(1))
        hidden = functional.relu(self.value_look(seen)).flatten(1)
        value = torch.tanh(self.value(functional.relu(self.value_hidden(hidden))))
        return logits, value[:, 0]


def losses(
    logits: Tensor, values: Tensor, policies: Tensor, outcomes: Tensor
) -> tuple[Tensor, Tensor]:
    """Cross entropy to the search's shares of visits, squared error to the outcome; both means.

    logits, policies: (B, A), policies 0 for what is not legal; values, outcomes: (B,) -1..1.
    """
    of_policy = -(policies * functional.log_softmax(logits, dim=1)).sum(1).mean()
    return of_policy, functional.mse_loss(values, outcomes)
