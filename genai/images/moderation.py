"""A classifier that an operator installs says which images should not be learned from. No torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NotImplemented,
    RuntimeException,
)
from PIL import Image

from genai.errors import GenaiError
from genai.images.decoding import is_opaque
from genai.images.refusals import Refused

MODEL, FACTS = "model.onnx", "moderation.json"
MAX_SIDE = 1024
GROUNDS = (0, 255)  # what shines through is judged on black and on white
ALMOST = 1e-3  # by which probabilities may miss 0 and 1
Layout = Literal["NCHW", "NHWC"]
Outputs = Literal["probabilities", "logits"]
BROKEN = (
    *(OSError, KeyError, TypeError, ValueError),
    *(Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotImplemented, RuntimeException),
)


class ModerationError(GenaiError):
    """The model of an operator cannot be used; the message says why."""


@dataclass(frozen=True)
class ModerationFacts:
    """What moderation.json says of the model beside it."""

    name: str
    licence: str
    size: int  # pixels, of each side
    mean: tuple[float, ...]  # of red, green, blue in 0..1
    std: tuple[float, ...]
    unsafe: tuple[int, ...]  # places among the outputs; what they say is added up
    threshold: float  # 0..1: above it an image is refused
    layout: Layout = "NCHW"
    outputs: Outputs = "probabilities"

    def __post_init__(self) -> None:
        if not self.name or not self.licence:
            raise ValueError("a model needs a name and a licence")
        if not 8 <= self.size <= MAX_SIDE or not 0 <= self.threshold < 1:
            raise ValueError(f"size must be 8 to {MAX_SIDE}, threshold from 0 and below 1")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ValueError("mean and std are three numbers each, std above 0")
        if not self.unsafe or min(self.unsafe) < 0 or len(set(self.unsafe)) < len(self.unsafe):
            raise ValueError("unsafe must name outputs, from 0 on, each once")
        if self.layout not in get_args(Layout) or self.outputs not in get_args(Outputs):
            raise ValueError("layout is NCHW or NHWC, outputs are probabilities or logits")

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> ModerationFacts:
        lists = {key: tuple(given[key]) for key in ("mean", "std", "unsafe")}
        return cls(**{**given, **lists})


class Moderator:
    """One loaded model: whatever goes wrong with it is an error, never a pass."""

    @classmethod
    def load(cls, folder: Path) -> Moderator:
        """ModerationError when it is missing, damaged, or does not do what its facts say."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = 1, 1
        options.log_severity_level = 4
        try:
            facts = ModerationFacts.from_json(json.loads((folder / FACTS).read_text("utf-8")))
            model = (folder / MODEL).read_bytes()
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
            moderator = cls(facts, session, hashlib.sha256(model).hexdigest())
        except BROKEN as error:
            reason = " ".join(str(error).split())
            raise ModerationError(f"the moderation model cannot be loaded: {reason}") from error
        moderator.score(Image.new("RGBA", (facts.size, facts.size), (127, 127, 127, 255)))
        return moderator

    def __init__(
        self, facts: ModerationFacts, session: onnxruntime.InferenceSession, sha256: str
    ) -> None:
        self.facts = facts
        self.sha256 = sha256  # of the model
        self._session = session
        self._input = session.get_inputs()[0].name
        self._output = session.get_outputs()[0].name

    def refuse_unsafe(self, image: Image.Image) -> None:
        """Refused when an RGBA image is scored above the threshold."""
        score = self.score(image)
        if score > self.facts.threshold:
            raise Refused("moderated", f"scored {score:.2f}, above {self.facts.threshold:g}")

    def score(self, image: Image.Image) -> float:
        """0..1 of an RGBA image, by the ground on which it looks worse; ModerationError."""
        grounds = GROUNDS[:1] if is_opaque(image) else GROUNDS
        return max(self._score_on(image, ground) for ground in grounds)

    def _score_on(self, image: Image.Image, ground: int) -> float:
        facts = self.facts
        seen = Image.new("RGBA", image.size, (ground, ground, ground, 255))
        seen.alpha_composite(image)
        pixels = np.asarray(seen.convert("RGB").resize((facts.size, facts.size)), np.float32) / 255
        mean, std = np.array(facts.mean, np.float32), np.array(facts.std, np.float32)
        values = (pixels - mean) / std  # (H, W, 3)
        feed = values.transpose(2, 0, 1) if facts.layout == "NCHW" else values
        try:
            answer = self._session.run([self._output], {self._input: feed[None]})[0]
            said = self._probabilities(np.asarray(answer, dtype=np.float64).reshape(-1))
            return float(min(1.0, said[list(facts.unsafe)].sum()))
        except (*BROKEN, IndexError) as error:
            reason = " ".join(str(error).split())
            raise ModerationError(f"the moderation model fails: {reason}") from error

    def _probabilities(self, said: NDArray[np.float64]) -> NDArray[np.float64]:
        if not np.isfinite(said).all():
            raise ValueError("its outputs are no numbers")
        if self.facts.outputs == "logits":
            powers = np.exp(said - said.max())
            return powers / powers.sum()
        if said.min() < -ALMOST or said.max() > 1 + ALMOST:
            raise ValueError("its outputs are no probabilities: is it that they are logits?")
        return said
