"""What decides an image beside its generator: nothing else does."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

MAX_STEPS = 12  # variations of variations


class Variation(NamedTuple):
    """A step from an image towards another."""

    seed: int  # of the image it goes towards
    share: float  # of the way, 0..1


@dataclass(frozen=True)
class Recipe:
    """The same recipe and generator make the same image."""

    seed: int
    steps: tuple[Variation, ...]
    label: str
    truncation: float

    def to_json(self) -> dict[str, Any]:
        """Without the label."""
        steps = [list(step) for step in self.steps]
        return {"seed": self.seed, "steps": steps, "truncation": self.truncation}

    @classmethod
    def from_json(cls, kept: dict[str, Any], label: str) -> Self:
        steps = tuple(Variation(*step) for step in kept["steps"])
        return cls(kept["seed"], steps, label, kept["truncation"])
