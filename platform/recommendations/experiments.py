"""Which arm of the running experiment somebody gets."""

import logging
from dataclasses import asdict, dataclass
from hashlib import blake2b
from time import monotonic
from typing import Any, Literal, Self

from recommendations.models import Experiment

log = logging.getLogger(__name__)

KEPT_SECONDS = 5.0  # a process reads what runs so often; as late it notices a start or a stop


@dataclass(frozen=True)
class ArmSettings:
    """What an arm serves with; nothing said: the live artifact, and no variety."""

    artifact: str = ""  # its name; "": the live one
    variety: float | None = None  # 0..1, of the slider; None: none

    def __post_init__(self) -> None:
        if not isinstance(self.artifact, str):
            raise ValueError(f"an artifact has a name, not {self.artifact!r}")
        number = self.variety
        if number is not None and not (type(number) in {int, float} and 0 <= number <= 1):
            raise ValueError(f"variety goes from 0 to 1, not {number!r}")

    @classmethod
    def read(cls, kept: Any) -> Self:
        """From JSON; ValueError when it is not an arm's."""
        try:
            return cls(**kept)
        except TypeError as error:
            raise ValueError(f"these are no settings of an arm: {kept!r}") from error

    def kept(self) -> dict[str, Any]:
        """As JSON: what is said only."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}


@dataclass(frozen=True)
class Arm:
    """What somebody is served with; artifact "": the live one, variety None: none."""

    experiment_id: int
    name: Literal["A", "B"]
    artifact: str
    variety: float | None


@dataclass(frozen=True)
class Running:
    """The running experiment as this process has read it."""

    key: bytes
    share_b: float
    a: Arm
    b: Arm


_kept: tuple[float, Running | None] | None = None  # when it was read (monotonic)


def arm_of(unit: Any) -> Arm | None:
    """The arm of a member (a user) or of a visitor (their key); None when nothing runs for them.

    The same person gets the same arm in every process, for as long as the experiment runs.
    """
    name = f"visitor {unit}" if isinstance(unit, str) else f"member {unit.pk}"
    if not unit or name == "member None":
        return None
    found = running()
    if found is None:
        return None
    return found.b if place_of(name, key=found.key) < found.share_b else found.a


def place_of(name: str, *, key: bytes) -> float:
    """Where somebody stands between 0 and 1: evenly spread, and told by no other experiment's."""
    digest = blake2b(name.encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def running() -> Running | None:
    """What runs, at most KEPT_SECONDS old; one query when it is older."""
    global _kept
    if _kept is None or monotonic() - _kept[0] > KEPT_SECONDS:
        _kept = (monotonic(), _read())
    return _kept[1]


def _read() -> Running | None:
    found = Experiment.objects.filter(state=Experiment.State.RUNNING).first()
    if found is None:
        return None
    try:
        a, b = ArmSettings.read(found.arm_a), ArmSettings.read(found.arm_b)
    except ValueError as error:
        log.error("experiment %s serves nobody: %s", found, error)
        return None
    return Running(
        bytes.fromhex(found.key),
        found.share_b,
        Arm(found.pk, "A", a.artifact, a.variety),
        Arm(found.pk, "B", b.artifact, b.variety),
    )


def artifacts_in_use() -> set[str]:
    """Names of those that the running experiment serves beside the live one."""
    found = _read()
    return {arm.artifact for arm in (found.a, found.b) if arm.artifact} if found else set()


def forget() -> None:
    """Let this process read anew what runs."""
    global _kept
    _kept = None
