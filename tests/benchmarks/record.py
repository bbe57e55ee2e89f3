"""Runs one row of the measurements and writes down what came out and what it cost."""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs" / "benchmarks"
STATE = ROOT / "var" / "bench"
PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "implicit",
    "faiss-cpu",
    "safetensors",
)
MEASURED = ("recsys", "genai", "tests/benchmarks", "requirements")  # code that makes the figures
MIB = 1 << 20
SECONDS_AT_ONCE = 95 * 60  # of one call; a row that wants more is called again
RSS_UNIT = 1 if sys.platform == "darwin" else 1 << 10  # bytes that ru_maxrss counts in
Found = dict[str, Any]  # data, data_sha256, seed, report, and what else the row wants to say


class Missing(Exception):
    """Something that the row needs is not there; the message says the way out in one line."""


class Unfinished(Exception):
    """The row has used the time of one call; what is done is kept, the same command goes on."""


@dataclass
class Spent:
    """What a row has cost since it was begun, over every time it was taken up again."""

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_mib: int = 0
    times_begun: int = 0
    commits: list[str] = field(default_factory=list)
    steps: dict[str, float] = field(default_factory=dict)  # CPU-seconds
    finished: bool = False


class Bench:
    """Where a row keeps its state, and the meter that runs beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "spent.json"
        self.spent = Spent(**json.loads(self.file.read_text())) if self.file.exists() else Spent()
        if self.spent.finished:  # measured before: this is a new measurement
            shutil.rmtree(folder)
            self.spent = Spent()
        folder.mkdir(parents=True, exist_ok=True)
        self.spent.times_begun += 1
        commit = current_commit()
        if commit not in self.spent.commits:
            self.spent.commits.append(commit)
        self._step: str | None = None
        self._begun = time.monotonic()
        self._cpu, self._wall = cpu_seconds(), time.monotonic()

    def save(self) -> None:
        """Adds what was spent since the last time; a kill afterwards loses none of it."""
        cpu, wall = cpu_seconds(), time.monotonic()
        self.spent.cpu_seconds += cpu - self._cpu
        self.spent.wall_seconds += wall - self._wall
        if self._step:
            before = self.spent.steps.get(self._step, 0.0)
            self.spent.steps[self._step] = before + cpu - self._cpu
        self.spent.peak_mib = max(self.spent.peak_mib, peak_mib())
        self._cpu, self._wall = cpu, wall
        write_whole(self.file, json.dumps(asdict(self.spent), indent=1))

    def pause_before(self, seconds: float) -> None:
        """Unfinished when this much more would be over the time of a call; keep the state first."""
        if time.monotonic() - self._begun + seconds > SECONDS_AT_ONCE:
            raise Unfinished("not finished yet")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What is done inside is also counted under this name."""
        self.save()
        self._step = name
        try:
            yield
        finally:
            self.save()
            self._step = None


@dataclass(frozen=True)
class Row:
    """One published measurement."""

    name: str
    sentence: str
    prepare: Callable[[], None]  # Missing when it cannot be measured here; not metered
    measure: Callable[[Bench], Found]


def run_row(row: Row, *, results: Path = RESULTS, state: Path = STATE) -> Path:
    """The file with its record. Killed and run again, it goes on where it was."""
    row.prepare()
    bench = Bench(state / row.name)
    try:
        found = row.measure(bench)
    finally:
        bench.save()
    pictures: dict[str, str] = found.pop("pictures", {})  # file of the row's folder by name
    record = {
        "row": row.name,
        "data": found.pop("data"),
        "data_sha256": found.pop("data_sha256"),
        "command": f"make bench ROW={row.name}",
        "commit": ", ".join(bench.spent.commits),
        "seed": found.pop("seed"),
        "threads": 1,
        "cpu_seconds": round(bench.spent.cpu_seconds, 1),
        "wall_seconds": round(bench.spent.wall_seconds, 1),
        "peak_mib": bench.spent.peak_mib,
        "times_begun": bench.spent.times_begun,
        "step_cpu_seconds": {name: round(cpu, 1) for name, cpu in bench.spent.steps.items()},
        "versions": versions(),
        **found,
    }
    results.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        copy_whole(Path(picture), results / name)
    path = results / f"{row.name}.json"
    write_whole(path, json.dumps(record, indent=1, allow_nan=False) + "\n")
    bench.spent.finished = True
    bench.save()
    return path


def given_file(name: str) -> Path:
    """A file of the folder that BENCH_DATA names; Missing, with the way out, without it."""
    given = os.environ.get("BENCH_DATA")
    if not given:
        raise Missing(f"set BENCH_DATA to the folder that holds {name} (docs/benchmarks.md, Data)")
    file = Path(given) / name
    if not file.is_file():
        raise Missing(
            f"there is no {name} in the folder that BENCH_DATA names (docs/benchmarks.md, Data)"
        )
    return file


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4])


def peak_mib() -> int:
    """Of this process or of its largest child that has ended, whichever is larger."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in who) * RSS_UNIT // MIB


def is_smoke() -> bool:
    """Only a short try, to see that everything works: nothing of it is published."""
    return bool(os.environ.get("BENCH_SMOKE"))


def figure(what: str, value: float, unit: str = "", **asked: float) -> dict[str, Any]:
    """asked: most, below, least, above"""
    return {"what": what, "value": value, "unit": unit} | ({"asked": asked} if asked else {})


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def current_commit() -> str:
    """Short hash, with +changes when tracked code differs from it; unknown outside a clone."""
    try:
        found = _git("rev-parse", "--short=12", "HEAD")
        # what is measured and what measures; the figures themselves are no change
        changed = _git("status", "--porcelain", "--", *MEASURED)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{found}+changes" if changed else found


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def write_whole(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def copy_whole(source: Path, path: Path) -> None:
    part = path.with_name(f".{path.name}.part")
    shutil.copyfile(source, part)
    os.replace(part, path)
