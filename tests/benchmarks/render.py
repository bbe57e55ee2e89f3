"""Writes the tables of docs/benchmarks.md from the records; the prose around them is by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.benchmarks.record import RESULTS, ROOT, write_whole
from tests.benchmarks.render_images import image_tables
from tests.benchmarks.render_site import site_tables
from tests.benchmarks.render_tables import (
    Record,
    around,
    catalogs,
    cold_members,
    cold_titles,
    deletions,
    groups,
    header,
    joined,
    leak_checks,
    line,
    ratio,
    runs,
    scale,
    small_sets,
    speed,
    timed,
    variants,
)
from tests.benchmarks.render_year import draw, year_tables

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BLOCK = re.compile(r"(<!-- row: ([\w-]+) -->\n).*?(<!-- end of row -->)", re.DOTALL)
ORDER = (
    "blend, calibrated",
    "blend",
    "two-tower",
    "gru4rec",
    "sequential-rules",
    "rectools-esasrec",
    "rectools-sasrec",
    "ease",
    "als",
    "item-knn",
    "popularity",
    "recent-popularity",
)
UNCOMPARED = {"item-knn", "recent-popularity"}  # their ratios are in the records only
WITH_INTERVAL = {"ndcg": "NDCG@10 [95 %]", "hit_rate": "Hit rate [95 %]"}
METRICS = {
    **WITH_INTERVAL,
    "recall": "Recall",
    "coverage": "Coverage",
    "calibration": "Divergence of genres",
}


def render_document(document: Path = DOCUMENT, results: Path = RESULTS) -> None:
    write_whole(document, render(document.read_text(encoding="utf-8"), results))
    draw(results)


def render(text: str, results: Path) -> str:
    """The text with every marked block made anew from its row's record."""

    def block(found: re.Match[str]) -> str:
        path = results / f"{found[2]}.json"
        if not path.exists():
            return f"{found[1]}Not measured yet: `make bench ROW={found[2]}`.\n{found[3]}"
        return f"{found[1]}{tables(json.loads(path.read_text(encoding='utf-8')))}{found[3]}"

    return BLOCK.sub(block, text)


def tables(record: Record) -> str:
    makers = (
        models_table,
        ratios_table,
        training,
        leak_checks,
        small_sets,
        cold_titles,
        cold_members,
        variants,
        timed,
        groups,
        speed,
        runs,
        scale,
        catalogs,
        deletions,
        site_tables,
        year_tables,
        image_tables,
        cost,
    )
    return joined([maker(record) for maker in makers]) + "\n"


def models_table(record: Record) -> str:
    """A line per model, a column per measure that the record has."""
    if "report" not in record:
        return ""
    models = record["report"]["models"]
    metrics = [metric for metric in METRICS if metric in next(iter(models.values()))]
    if record["report"].get("split") == "leave-one-out" and "recall" in metrics:
        metrics.remove("recall")  # the same as the hit rate
    lines = [header(["Model", *(METRICS[metric] for metric in metrics)])]
    for name in sorted(models, key=ORDER.index):
        lines.append(line([name, *(cell(models[name][metric], metric) for metric in metrics)]))
    return "\n".join(lines)


def ratios_table(record: Record) -> str:
    """Ratios of NDCG, the same members drawn for both."""
    if "report" not in record:
        return ""
    lines = [header(["Ratio of NDCG@10, paired", "Value [95 %]", "Shown to differ"])]
    pairs = [pair for pair in record["report"]["paired"] if pair["metric"] == "ndcg"]
    for pair in sorted(pairs, key=lambda each: (ORDER.index(each["a"]), ORDER.index(each["b"]))):
        if pair["b"] in UNCOMPARED or pair["ratio"] is None:
            continue
        differs = "no" if pair["low"] <= 1 <= pair["high"] else "yes"
        lines.append(line([f"{pair['a']} / {pair['b']}", ratio(pair), differs]))
    return "\n".join(lines)


def training(record: Record) -> str:
    """What each side's training took, where the row gives everybody the same."""
    if "training" not in record:
        return ""
    lines = [header(["Training", "CPU-seconds", "Epochs"])]
    for name, facts in record["training"].items():
        lines.append(line([name, f"{facts['fit_cpu_seconds']:.0f}", f"{facts['epochs']:.1f}"]))
    return "\n".join(lines)


def cost(record: Record) -> str:
    name = record["row"]
    return (
        f"`{record['command']}` took {record['cpu_seconds']:.0f} CPU-seconds and "
        f"{record['peak_mib']:,} MiB at most, at commit {record['commit']}. "
        f"[The whole record](benchmarks/{name}.json)."
    )


def cell(found: float | dict[str, float], metric: str) -> str:
    if not isinstance(found, dict):
        return f"{found:.4f}"
    return around(found) if metric in WITH_INTERVAL else f"{found['value']:.4f}"
