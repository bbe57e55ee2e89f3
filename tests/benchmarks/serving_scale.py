"""What answers cost at 9 thousand, 100 thousand and a million items, the library alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from recsys.index import Index
from recsys.reranking import Variety
from recsys.serving import Recommender
from tests.benchmarks.made_catalog import GENRES, MadeCatalog, write_made_artifact
from tests.benchmarks.record import ROOT, Bench, Found, Missing, write_whole

SEED = 0
SIZES = (9_000, 100_000, 1_000_000)
SMOKE_SIZES = (2_000, 9_000, 120_000)
ROUNDS, REQUESTS = 7, 30
LIST, PAGES, HISTORY = 20, 400, 100
ALLOWED = 0.97  # of the items, by chance; and in the strict case
STRICT = 0.01
QUERIES, NEAREST = 200, 200
ASKED_RECALL, ASKED_RATIO = 0.98, 3
KIB = 1 << 10
DATA = (
    "made up: items of 64 numbers around cluster centres whose sizes fall by a power law, 200 "
    "neighbours and 200 followers of each, most of them of its cluster"
)


def measure(bench: Bench) -> Found:
    sizes = SMOKE_SIZES if os.environ.get("BENCH_SMOKE") else SIZES
    facts = {size: written(bench, size) | started(bench, size) for size in sizes}
    for size, rounds in costs_of(bench, sizes).items():
        facts[size]["cpu_ms"] = {name: median(each) for name, each in rounds.items()}
        first = facts[sizes[0]]["cpu_ms"]
        facts[size]["over_smallest"] = {
            name: round(cost / first[name], 3) for name, cost in facts[size]["cpu_ms"].items()
        }
    return {
        "data": DATA,
        "data_sha256": ", ".join(str(facts[size].pop("sha256")) for size in sizes),
        "seed": SEED,
        "catalogs": {f"{size:,} items": facts[size] for size in sizes},
        "figures": figures(facts[sizes[-1]]),
    }


def written(bench: Bench, size: int) -> dict[str, Any]:
    """An artifact of so many items, what its index took to build, and how much that finds."""
    kept = bench.folder / f"{size}.json"
    if not kept.exists():
        catalog = MadeCatalog(size, SEED)
        with bench.step(f"writing {size} items"):
            write_made_artifact(bench.folder / f"{size}", catalog)
        begun = time.process_time()
        index = Index.build(catalog.vectors)
        seconds = round(time.process_time() - begun, 2)
        manifest = json.loads((bench.folder / f"{size}" / "manifest.json").read_text())
        facts = {
            "build_index_cpu_seconds": seconds,
            "recall": recall_of(index, catalog),
            "sha256": manifest["files"]["tables.safetensors"]["sha256"],
            "artifact_mib": sum(each["bytes"] for each in manifest["files"].values()) >> 20,
        }
        write_whole(kept, json.dumps(facts))
    stored: dict[str, Any] = json.loads(kept.read_text())
    return stored


def recall_of(index: Index, catalog: MadeCatalog) -> float:
    """Share of the NEAREST, found by comparing all, that the search finds too."""
    shares = []
    for query in catalog.queries(QUERIES):
        exact = np.argpartition(-(catalog.vectors @ query), NEAREST)[:NEAREST]
        shares.append(len(np.intersect1d(index.search(query, NEAREST), exact)) / NEAREST)
    return round(float(np.mean(shares)), 4)


def started(bench: Bench, size: int) -> dict[str, Any]:
    """What a process takes to load the artifact and to learn of one more item."""
    kept = bench.folder / f"{size}-started.json"
    if not kept.exists():
        with bench.step(f"loading {size} items"):
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.serving_scale", bench.folder / f"{size}"],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
            )
        if done.returncode:
            raise Missing(f"an artifact of {size} items could not be loaded: see above")
        write_whole(kept, done.stdout)
    stored: dict[str, Any] = json.loads(kept.read_text())
    return stored


def costs_of(bench: Bench, sizes: tuple[int, ...]) -> dict[int, dict[str, list[float]]]:
    """Milliseconds of CPU a request of each kind, round after round; the sizes take turns."""
    asked = {size: requests(bench.folder / f"{size}", size) for size in sizes}
    costs: dict[int, dict[str, list[float]]] = {size: {} for size in sizes}
    with bench.step("requests"):
        for number in range(ROUNDS + 1):
            for size in sizes:
                for name, ask in asked[size].items():
                    cost = cpu_ms(ask)
                    if number:  # the first one warms up
                        costs[size].setdefault(name, []).append(cost)
            bench.save()
    return costs


def requests(folder: Path, size: int) -> dict[str, Callable[[int], object]]:
    """Of one artifact: what is asked the number-th time."""
    recommender = Recommender.load(folder)
    histories = MadeCatalog(size, SEED).histories(REQUESTS, HISTORY)
    rng = np.random.default_rng(SEED)
    mask, strict = rng.random(size) < ALLOWED, rng.random(size) < STRICT
    varied = Variety.at(0.5)
    listed = [recommender.recommend(each, k=LIST, allowed=mask) for each in histories]
    ids = [[scored.item_id for scored in each] for each in listed]
    return {
        f"{LIST} items": lambda n: recommender.recommend(histories[n], k=LIST, allowed=mask),
        f"{PAGES} items": lambda n: recommender.recommend(histories[n], k=PAGES, allowed=mask),
        f"{LIST} items, 1 % allowed": lambda n: recommender.recommend(
            histories[n], k=LIST, allowed=strict
        ),
        f"{LIST} items, varied": lambda n: recommender.recommend(
            histories[n], k=LIST, allowed=mask, variety=varied
        ),
        f"{LIST} similar items": lambda n: recommender.similar(ids[n][0], k=LIST, allowed=mask),
        f"{LIST} popular items": lambda _: recommender.popular(k=LIST, allowed=mask),
        f"reasons of {LIST} items": lambda n: recommender.attributions(
            histories[n], ids[n], at_most=5
        ),
    }


def cpu_ms(ask: Callable[[int], object]) -> float:
    begun = time.process_time()
    for number in range(REQUESTS):
        ask(number)
    return round((time.process_time() - begun) / REQUESTS * 1000, 3)


def figures(largest: dict[str, Any]) -> list[dict[str, Any]]:
    """What was asked of the largest catalog, beside what came out."""
    times = largest["over_smallest"]
    return [
        {
            "what": f"CPU of a list of {name} at the largest size, over the smallest",
            "value": times[name],
            "unit": "×",
            "asked": {"most": ASKED_RATIO},
        }
        for name in (f"{LIST} items", f"{PAGES} items")
    ] + [
        {
            "what": f"recall@{NEAREST} of its search against comparing all",
            "value": largest["recall"],
            "unit": "",
            "asked": {"least": ASKED_RECALL},
        }
    ]


def start(folder: Path) -> dict[str, float]:
    """Of this process: loading, its memory, and one more item."""
    before, begun, cpu = resident_mib(), time.monotonic(), time.process_time()
    recommender = Recommender.load(folder)
    loaded = {
        "load_seconds": round(time.monotonic() - begun, 2),
        "load_cpu_seconds": round(time.process_time() - cpu, 2),
    }
    history = MadeCatalog(len(recommender.item_ids), SEED).histories(1, HISTORY)[0]
    recommender.recommend(history, k=LIST)
    own = {f"{kind}_mib": round(resident_mib()[kind] - before[kind], 1) for kind in before}
    item_id = len(recommender.item_ids) + 1
    item = {"item_id": item_id, "title": "One more", "genres": GENRES[0]}
    vector = recommender.encode_items(pd.DataFrame([item]))
    grown, cpu = resident_mib(), time.process_time()
    more = recommender.with_cold_items([item_id], vector)
    added = round((time.process_time() - cpu) * 1000, 3)
    more.recommend(history, k=LIST)
    growth = round(resident_mib()["own"] - grown["own"], 1)
    return loaded | own | {"add_ms": added, "add_mib": growth}


def resident_mib() -> dict[str, float]:
    """own: of this process alone; shared: of files, which processes have together."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kib = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    own, shared = int(kib["RssAnon"]), int(kib["RssFile"])
    return {"own": round(own / KIB, 1), "shared": round(shared / KIB, 1)}


if __name__ == "__main__":
    print(json.dumps(start(Path(sys.argv[1]))))
