from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tqdm import tqdm

from recsys.errors import DataError, RecsysError
from recsys.interactions import (
    build_interactions,
    load_interactions,
    load_items,
    load_users,
    sha256_of,
)
from recsys.splitting import SPLITS
from recsys.trial import MODELS

if TYPE_CHECKING:
    import pandas as pd

    from recsys.serving import HistoryEntry

PRESET_NAMES = ("tiny", "small", "base", "large")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 only on success; on bad input one line says what is wrong."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR)
    try:
        options.run(options)
    except (RecsysError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m recsys", description="Train, use and measure a recommender."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="from two files to an artifact folder")
    train.add_argument("--interactions", type=Path, required=True, metavar="FILE")
    train.add_argument("--items", type=Path, required=True, metavar="FILE")
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="appears whole at the end"
    )
    train.add_argument("--minutes", type=_positive, help="about how long it may take")
    train.add_argument("--min-rating", type=float, help="rows rated below are no positives")
    train.add_argument("--no-refit", action="store_true", help="keep the model that was measured")
    train.add_argument("--checkpoints", type=Path, metavar="DIR", help="go on here after a crash")
    train.set_defaults(run=run_train)
    recommend = commands.add_parser("recommend", help="lists for users, as CSV")
    recommend.add_argument("--artifact", type=Path, required=True, metavar="DIR")
    recommend.add_argument("--interactions", type=Path, required=True, metavar="FILE")
    recommend.add_argument(
        "--users", type=Path, metavar="FILE", help="CSV with user_id; all users without it"
    )
    recommend.add_argument("--k", type=_count, required=True, help="length of each list")
    recommend.add_argument("--out", type=Path, required=True, metavar="FILE")
    recommend.set_defaults(run=run_recommend)
    evaluate = commands.add_parser("evaluate", help="measure models on held-out rows")
    evaluate.add_argument("--interactions", type=Path, required=True, metavar="FILE")
    evaluate.add_argument("--items", type=Path, required=True, metavar="FILE")
    evaluate.add_argument("--split", choices=SPLITS, required=True)
    evaluate.add_argument("--models", type=_models, default=MODELS, help=",".join(MODELS))
    evaluate.add_argument("--min-rating", type=float, help="rows rated below are no positives")
    evaluate.add_argument("--out", type=Path, required=True, metavar="FILE")
    evaluate.set_defaults(run=run_evaluate)
    for command in (train, evaluate):
        command.add_argument("--preset", choices=PRESET_NAMES, default="small")
        command.add_argument("--seed", type=int, default=0)
        command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    for command in (train, recommend, evaluate):
        command.add_argument("--verbose", action="store_true", help="log every step")
    return parser


def run_train(options: argparse.Namespace) -> None:
    from recsys.threads import pick_device
    from recsys.train import train

    with tqdm(
        total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining} {postfix}"
    ) as bar:

        def show(fraction: float, message: str, curve: list[dict[str, float]]) -> None:
            bar.update(max(0, round(100 * fraction) - bar.n))
            bar.set_postfix_str(message)

        result = train(
            options.interactions,
            options.items,
            options.out,
            preset=options.preset,
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
    from recsys.serving import HistoryEntry

    frame = frame.assign(user=frame["user_id"].astype(str), item=frame["item_id"].astype(str))
    weight = 1.0 if min_rating is None else (~(frame["rating"] < min_rating)).astype(float)
    frame = frame.assign(weight=weight)
    histories: dict[str, list[HistoryEntry]] = {user: [] for user in dict.fromkeys(frame["user"])}
    frame = frame.sort_values("timestamp", kind="stable", ignore_index=True)
    by_weight = frame.sort_values("weight", ascending=False, kind="stable")
    frame = by_weight.drop_duplicates(["user", "item"]).sort_index()
    columns = (frame[name].tolist() for name in ("user", "item_id", "weight", "timestamp"))
    for user, item_id, row_weight, timestamp in zip(*columns, strict=True):
        histories[user].append(HistoryEntry(item_id, row_weight, timestamp))
    return histories


def run_evaluate(options: argparse.Namespace) -> None:
    from recsys.contenders import Task
    from recsys.evaluate import evaluate
    from recsys.threads import limited_threads, pick_device
    from recsys.two_tower import PRESETS

    frame, listed = load_interactions(options.interactions), load_items(options.items)
    interactions, items = build_interactions(frame, listed, min_rating=options.min_rating)
    config = PRESETS[options.preset]
    with limited_threads(), tqdm(total=2 * config.epochs, unit=" epochs") as bar:
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
            split_name=options.split,
            models=options.models,
            data_sha256=sha256_of(options.interactions, options.items),
        )
        bar.total = bar.n
        bar.refresh()
    if not report["n_users"]:
        raise DataError(f"{options.interactions}: no user has rows on both sides of the split")
    with whole_file(options.out) as file:
        json.dump(report, file, indent=1, allow_nan=False)
    print(table_of(report))


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
    lines = [f"{report['split']}, {report['n_users']} users, lists of {report['k']}"]
    lines.append(f"{'':18} {'ndcg':^24} {'recall':>8} {'hit rate':>9} {'coverage':>9}")
    for name, of in report["models"].items():
        ndcg = of["ndcg"]
        interval = f"{ndcg['value']:.4f} [{ndcg['low']:.4f}, {ndcg['high']:.4f}]"
        recall, hit_rate, coverage = (
            of[key]["value"] for key in ("recall", "hit_rate", "coverage")
        )
        lines.append(f"{name:18} {interval:24} {recall:8.4f} {hit_rate:9.4f} {coverage:9.4f}")
    return "\n".join(lines)


def _models(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown model {unknown[0]!r}; known: {', '.join(MODELS)}"
        )
    return names


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
