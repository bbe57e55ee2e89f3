"""Ten million made-up interactions: the memory and the time of reading them and of a training."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from recsys.artifacts import MANIFEST
from recsys.interactions import load_dataset, sha256_of
from tests.benchmarks.record import MIB, ROOT, RSS_UNIT, Bench, Found, Missing, write_whole

SEED = 0
USERS, ITEMS, ROWS = 200_000, 20_000, 10_000_000
ROWS_AT_ONCE = 1_000_000  # in a row group of the file
ZIPF = 0.8  # the item at place p is drawn as often as p to the power of minus this
NEAR = 200  # items of like number belong together: a user's items are within so many of a centre
LOYAL = 0.5  # of a user's rows are near the centre; the rest are drawn by popularity alone
FROM, TO = 1_400_000_000, 1_600_000_000  # seconds
GENRES = ("Action", "Comedy", "Drama", "Horror", "Romance")
MINUTES = 10
LIMIT_MIB = 4096
DATA = (
    f"made up: {ROWS:,} interactions of {USERS:,} users with {ITEMS:,} items; half of them are by "
    f"popularity, which falls like rank^-{ZIPF}, and half by each user's taste"
)


def measure(bench: Bench, *, rows: int = ROWS, minutes: float = MINUTES) -> Found:
    files = write_files(bench.folder, rows=rows)
    out = bench.folder / "artifact"
    train = ["-m", "recsys", "train", "--preset", "tiny", "--minutes", f"{minutes:g}",
             "--seed", str(SEED), "--device", "cpu"]  # fmt: skip
    options: list[str | Path] = ["--interactions", *files[:1], "--items", *files[1:], "--out", out]
    reading = child(bench, "reading", ["-m", "tests.benchmarks.ten_million", *files])
    training = child(bench, "training", [*train, *options])
    manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    reading["rows_per_cpu_second"] = round(rows / reading["cpu_seconds"])
    return {
        "data": DATA,
        "data_sha256": sha256_of(*files),
        "seed": SEED,
        "limit_mib": LIMIT_MIB,
        "scale": {"reading": reading, "training": training},
        "ndcg": {name: of["ndcg"]["value"] for name, of in manifest["report"]["models"].items()},
    }


def write_files(folder: Path, *, rows: int = ROWS) -> tuple[Path, Path]:
    """interactions.parquet in row groups, items.parquet; the same bytes every time."""
    interactions, items = folder / "interactions.parquet", folder / "items.parquet"
    rng = np.random.default_rng(SEED)
    popular = np.cumsum(np.arange(1, ITEMS + 1) ** -ZIPF)
    numbers = rng.permutation(ITEMS)  # of the items, the most popular first
    centres = rng.integers(ITEMS, size=USERS)
    schema = pa.schema(
        [("user_id", pa.string()), ("item_id", pa.int64()), ("timestamp", pa.int64())]
    )
    with pa.parquet.ParquetWriter(interactions, schema) as writer:
        for start in range(0, rows, ROWS_AT_ONCE):
            count = min(ROWS_AT_ONCE, rows - start)
            users = rng.integers(USERS, size=count)
            columns = {
                "user_id": np.char.add("user-", users.astype(str)),
                "item_id": drawn_items(rng, numbers, popular, centres[users]),
                "timestamp": rng.integers(FROM, TO, size=count),
            }
            writer.write_table(pa.table(columns, schema=schema), row_group_size=count)
    number = np.arange(ITEMS)
    genres = [GENRES[place * len(GENRES) // ITEMS] for place in number]
    titles = [f"Title {place}" for place in number]
    pd.DataFrame({"item_id": number, "title": titles, "genres": genres}).to_parquet(items)
    return interactions, items


def drawn_items(
    rng: np.random.Generator,
    numbers: NDArray[np.int64],
    popular: NDArray[np.float64],
    centres: NDArray[np.int64],
) -> NDArray[np.int64]:
    """One for each centre: near it, or by popularity. popular: (N,) running sum over numbers."""
    places = np.searchsorted(popular, rng.random(len(centres)) * popular[-1], side="right")
    near = (centres + rng.integers(-NEAR, NEAR, size=len(centres))) % len(numbers)
    return np.where(rng.random(len(centres)) < LOYAL, near, numbers[places])


def child(bench: Bench, name: str, arguments: list[str | Path]) -> dict[str, Any]:
    """Peak memory, CPU-seconds and seconds of a command; kept for a resumed row."""
    kept = bench.folder / f"{name}.json"
    if not kept.exists():
        started = time.monotonic()
        with bench.step(name):
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                cwd=ROOT,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Missing(f"the {name} ended with exit code {process.returncode}: see above")
        write_whole(kept, json.dumps(spent(usage, time.monotonic() - started)))
    return json.loads(kept.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def spent(usage: resource.struct_rusage, seconds: float) -> dict[str, float]:
    return {
        "peak_mib": usage.ru_maxrss * RSS_UNIT // MIB,
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "wall_seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    load_dataset(Path(sys.argv[1]), Path(sys.argv[2]))
