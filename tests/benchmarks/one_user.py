"""Library against library: the list of one user at a time, ours and RecTools'."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import IO, Any

import numpy as np

from recsys.entries import HistoryEntry
from recsys.serving import Recommender
from tests.benchmarks.contest import PEERS_PYTHON
from tests.benchmarks.record import Bench, Missing
from tests.benchmarks.site import Site

K = 20
USERS = 20  # a round, each asked for alone


Row = tuple[int, int, int, float, str]  # user, item, seconds, weight, kind of event


def on_the_site(bench: Bench, site: Site, *, rounds: int) -> dict[str, Any]:
    """With the live artifact, and what the members liked."""
    lines = bench.folder / "histories.jsonl"
    artifact = Path(site.django("site_people", "histories", lines)["artifact"])
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    liked = [row for row in rows if row[3] > 0]
    return beside_rectools(bench, artifact, liked, rounds=rounds)


def beside_rectools(
    bench: Bench, artifact: Path, rows: Sequence[Row], *, rounds: int
) -> dict[str, Any]:
    """CPU milliseconds of a list, in turn; theirs is trained for one epoch on the same rows.

    rows: of each user the oldest first; with the items that the artifact knows.
    """
    users, items = (np.unique([row[place] for row in rows], return_inverse=True)
                    for place in (0, 1))  # fmt: skip
    file = bench.folder / "rows.npz"
    np.savez(file, users=users[1], items=items[1])
    histories: dict[int, list[HistoryEntry]] = {}
    for user, row in zip(users[1].tolist(), rows, strict=True):
        entry = HistoryEntry(row[1], row[3], row[2], row[4])
        histories.setdefault(user, []).append(entry)
    recommender = Recommender.load(artifact)
    places = np.linspace(0, len(histories) - 1, USERS).astype(int).tolist()
    with Peer(file) as peer:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(our_cost(recommender, [histories[user] for user in places]))
            theirs.append(peer.cost(places))
    ratios = [peer / mine for mine, peer in zip(ours, theirs, strict=True)]
    return {
        "k": K,
        "users": USERS,
        "members": len(histories),
        "ours_cpu_ms": round(1000 * median(ours), 3),
        "rectools_cpu_ms": round(1000 * median(theirs), 3),
        "theirs_over_ours": {"ratio": median(ratios), "low": min(ratios), "high": max(ratios)},
    }


def one_user_figure(found: dict[str, Any], *, among: str) -> dict[str, Any]:
    return {
        "what": f"one of {found['members']:,} {among}, CPU of RecTools' SASRec over ours",
        "asked": {"least": 20},
        "value": found["theirs_over_ours"]["ratio"],
        "unit": "×",
    }


def our_cost(recommender: Recommender, histories: Sequence[list[HistoryEntry]]) -> float:
    """CPU-seconds of a list, on average."""
    started = time.process_time()
    for history in histories:
        if len(recommender.recommend(history, k=K)) != K:
            raise Missing("a list of ours is too short")
    return (time.process_time() - started) / len(histories)


class Peer:
    """RecTools in its own environment: trains once, then answers as often as it is asked."""

    def __init__(self, rows: Path) -> None:
        script = Path(__file__).with_name("peer_one_user.py")
        command = [PEERS_PYTHON, "-IW", "ignore", script, rows, K]
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()

    def cost(self, users: Sequence[int]) -> float:
        """CPU-seconds of a list, on average."""
        given, said = self._pipes()
        given.write(json.dumps(users) + "\n")
        given.flush()
        for line in said:
            if line.startswith("cost "):  # a trainer may print before
                return float(line.split()[1])
        raise Missing("RecTools' model failed: see above")

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin
        assert self._process.stdout
        return self._process.stdin, self._process.stdout
