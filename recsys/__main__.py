from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tqdm import tqdm

from recsys.arguments import Command, build_parser
from recsys.errors import DataError, RecsysError
from recsys.interactions import (
    load_dataset,
    load_interactions,
    load_users,
    sha256_of,
    strengths,
)

if TYPE_CHECKING:
    import pandas as pd

    from recsys.entries import HistoryEntry
    from recsys.tune import Tuning


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 only on success; on bad input one line says what is wrong."""
    commands: dict[str, Command] = {
        "train": run_train,
        "recommend": run_recommend,
        "evaluate": run_evaluate,
        "tune": run_tune,
    }
    options = build_parser(commands).parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR)
    try:
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            run_together(options)
        else:
            options.run(options)
    except (RecsysError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def run_together(options: argparse.Namespace) -> None:
    """As one of the processes that torchrun started."""
    from recsys.fit import lead_or_help
    from recsys.processes import leave
    from recsys.threads import pick_device

    lead_or_help(lambda: options.run(options), pick_device(options.device))
    leave()


def run_train(options: argparse.Namespace) -> None:
    from recsys.threads import pick_device
    from recsys.train import train
    from recsys.tuned import load_config

    config = load_config(options.config) if options.config else None
    with percent_bar() as show:
        result = train(
            options.interactions,
            options.items,
            options.out,
            preset=options.preset,
            config=config,
            parts=options.parts,
            live=options.against,
            seed=options.seed,
            minutes=options.minutes,
            min_rating=options.min_rating,
            device=pick_device(options.device),
            on_progress=show,
            checkpoint_dir=options.checkpoints,
            refit=not options.no_refit,
        )
    print(table_of(result.report))
    print(f"{result.artifact} is ready after {result.seconds:.0f} s")


def run_tune(options: argparse.Namespace) -> None:
    from recsys.threads import pick_device
    from recsys.tune import DEFAULT_MINUTES, tune

    endless = options.minutes is None and options.trials is None
    with percent_bar() as show:
        result = tune(
            options.interactions,
            options.items,
            options.out,
            preset=options.preset,
            minutes=DEFAULT_MINUTES if endless else options.minutes,
            trials=options.trials,
            seed=options.seed,
            min_rating=options.min_rating,
            device=pick_device(options.device),
            on_progress=show,
        )
    print(best_of(result))
    print(f"{options.out / 'tuned.json'} is for train --config and evaluate --config")


def best_of(tuning: Tuning) -> str:
    """The best trial beside the first, which is the preset itself."""
    results = [row for row in tuning.history if row["state"] == "complete"]
    best = max(results, key=lambda row: row["ndcg"])
    own = next((row for row in results if row["params"] == tuning.history[0]["params"]), best)
    lines = [f"{len(tuning.history)} trials; NDCG@10 on the inner split, never on held-out rows"]
    lines.append(f"{'':14} {'best':>9} {'preset':>9}")
    lines.append(f"{'ndcg':14} {best['ndcg']:9.4f} {own['ndcg']:9.4f}")
    for name, value in best["params"].items():
        lines.append(f"{name:14} {value:9.4g} {own['params'][name]:9.4g}")
    return "\n".join(lines)


@contextmanager
def percent_bar() -> Iterator[Callable[[float, str, object], None]]:
    """A bar that a fraction, a message and whatever else is reported move."""
    bar_format = "{l_bar}{bar}| {elapsed}<{remaining} {postfix}"
    with tqdm(total=100, unit="%", bar_format=bar_format) as bar:

        def show(fraction: float, message: str, _: object) -> None:
            bar.update(max(0, round(100 * fraction) - bar.n))
            bar.set_postfix_str(message)

        yield show


def run_recommend(options: argparse.Namespace) -> None:
    from recsys.serving import Recommender

    recommender = Recommender.load(options.artifact)
    frame = load_interactions(options.interactions)
    histories = histories_by_user(frame, recommender.manifest.get("min_rating"))
    users = load_users(options.users) if options.users else list(histories)
    with whole_file(options.out) as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "rank", "score", "source"])
        for user in tqdm(users, unit=" users"):
            scored = recommender.recommend(histories.get(str(user), []), k=options.k)
            for rank, item in enumerate(scored, start=1):
                writer.writerow([user, item.item_id, rank, f"{item.score:.6f}", item.source])


def histories_by_user(
    frame: pd.DataFrame, min_rating: float | None
) -> dict[str, list[HistoryEntry]]:
    """Each user's rows as in training; what was rated below min_rating is only seen (weight 0)."""
    from recsys.entries import HistoryEntry

    frame = frame.assign(
        user=frame["user_id"].astype(str),
        item=frame["item_id"].astype(str),
        weight=strengths(frame, min_rating),
    )
    histories: dict[str, list[HistoryEntry]] = {user: [] for user in dict.fromkeys(frame["user"])}
    frame = frame.sort_values("timestamp", kind="stable", ignore_index=True)
    liked_first = frame.assign(no_like=frame["weight"] <= 0).sort_values("no_like", kind="stable")
    frame = liked_first.drop_duplicates(["user", "item"]).sort_index()
    columns = (frame[name].tolist() for name in ("user", "item_id", "weight", "timestamp", "kind"))
    for user, *entry in zip(*columns, strict=True):
        histories[user].append(HistoryEntry(*entry))
    return histories


def run_evaluate(options: argparse.Namespace) -> None:
    from recsys.artifacts import read_manifest
    from recsys.contenders import Task, recipe_of
    from recsys.evaluate import evaluate
    from recsys.groups import load_groups
    from recsys.threads import limited_threads, pick_device
    from recsys.tuned import load_config
    from recsys.two_tower import PRESETS

    rival = recipe_of(read_manifest(options.against)) if options.against else None
    groups = load_groups(options.groups) if options.groups else None
    interactions, items = load_dataset(
        options.interactions, options.items, min_rating=options.min_rating
    )
    config = load_config(options.config) if options.config else PRESETS[options.preset]
    fits = 2 * (bool({"two-tower", "blend"} & set(options.models)) + ("gru4rec" in options.models))
    with limited_threads(), tqdm(total=fits * config.epochs, unit=" epochs") as bar:
        task = Task(
            config=config,
            seed=options.seed,
            device=pick_device(options.device),
            on_epoch=lambda phase, progress: bar.update(1),
        )
        report, _, _ = evaluate(
            interactions,
            items,
            task,
            split_name=None if options.split == "auto" else options.split,
            models=options.models,
            data_sha256=sha256_of(options.interactions, options.items),
            rival=rival,
            groups=groups,
        )
        bar.total = bar.n
        bar.refresh()
    if not report["n_users"]:
        raise DataError(f"{options.interactions}: no user has rows on both sides of the split")
    with whole_file(options.out) as file:
        json.dump(report, file, indent=1, allow_nan=False)
    print(table_of(report))
    if failed := [check for check in report["checks"] if not check["passed"]]:
        told = "; ".join(f"{each['model']}, {each['name']}: {each['detail']}" for each in failed)
        raise DataError(f"{options.out}: do not believe it, a check failed: {told}")


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file that is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            yield file
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def table_of(report: dict[str, Any]) -> str:
    """One line per model, for reading."""
    shown = {
        "recall": "recall",
        "hit rate": "hit_rate",
        "coverage": "coverage",
        "calibration": "calibration",
    }
    leaky = " (leaky)" if report["leaky"] else ""
    lines = [
        f"{report['split']}{leaky}, {report['n_users']} of {report['n_eligible']} users, "
        f"lists of {report['k']}",
        report["split_why"],
        f"{'':18} {'ndcg':^24}" + "".join(f" {title:>11}" for title in shown),
    ]
    for name, of in report["models"].items():
        ndcg = of["ndcg"]
        interval = f"{ndcg['value']:.4f} [{ndcg['low']:.4f}, {ndcg['high']:.4f}]"
        rest = "".join(f" {of[metric]['value']:11.4f}" for metric in shown.values())
        lines.append(f"{name:18} {interval:24}{rest}")
    passed = sum(check["passed"] for check in report["checks"])
    lines.append(f"{passed} of {len(report['checks'])} checks for leaks passed")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
