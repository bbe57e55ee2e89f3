"""The same training by one process and by two, with the command that anybody has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from recsys.interactions import sha256_of
from tests.benchmarks import movielens_1m
from tests.benchmarks.record import ROOT, Bench, Found, Missing, cpu_seconds, write_whole

SEED = 0
MODELS = ("blend", "two-tower")
STARTS = {
    "one process": (),
    "two processes": ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
}


def measure(bench: Bench, *, preset: str = "tiny") -> Found:
    files = [bench.folder / name for name in ("interactions.csv", "items.csv")]
    write_files(*files)
    runs = {name: run(bench, name, start, files, preset) for name, start in STARTS.items()}
    return {
        "data": movielens_1m.DATA,
        "data_sha256": sha256_of(*movielens_1m.files()),
        "seed": SEED,
        "runs": runs,
    }


def write_files(interactions: Path, items: Path) -> None:
    """In the form that the command reads."""
    rows, films = movielens_1m.load()
    ids = {"user_id": rows.user_ids.ids, "item_id": rows.item_ids.ids}
    columns = {
        name: [of[row] for row in places]
        for (name, of), places in zip(ids.items(), (rows.users, rows.items), strict=True)
    }
    pd.DataFrame({**columns, "timestamp": rows.times}).to_csv(interactions, index=False)
    films.to_csv(items, index=False)


def run(
    bench: Bench, name: str, start: tuple[str, ...], files: list[Path], preset: str
) -> dict[str, Any]:
    """What the report says, and how long it took; kept for a resumed row."""
    kept = bench.folder / f"{name}.json"
    if not kept.exists():
        out = bench.folder / "report.json"
        options = ["--interactions", files[0], "--items", files[1], "--split", "leave-one-out",
                   "--models", ",".join((*MODELS, "popularity")), "--preset", preset,
                   "--seed", SEED, "--device", "cpu", "--out", out]  # fmt: skip
        command = [sys.executable, *start, "-m", "recsys", "evaluate", *map(str, options)]
        wall, cpu = time.monotonic(), cpu_seconds()
        with bench.step(name):
            done = subprocess.run(command, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"})
        if done.returncode:
            raise Missing(f"the training by {name} failed: see above")
        models = json.loads(out.read_text())["models"]
        found = {
            "wall_seconds": round(time.monotonic() - wall, 1),
            "cpu_seconds": round(cpu_seconds() - cpu, 1),
            "ndcg": {model: models[model]["ndcg"] for model in MODELS},
        }
        write_whole(kept, json.dumps(found))
    stored: dict[str, Any] = json.loads(kept.read_text())
    return stored
