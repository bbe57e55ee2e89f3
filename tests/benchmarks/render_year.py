"""Tables of a simulated year; empty for the record of another row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.record import write_whole
from tests.benchmarks.render_tables import Record, around, joined, ratio, table
from tests.benchmarks.year_chart import drawing

ROW = "simulated-year"
MONTH = 4  # weeks


def draw(results: Path) -> None:
    """Beside the record, where there is one."""
    path = results / f"{ROW}.json"
    if path.exists():
        write_whole(path.with_suffix(".svg"), drawing(json.loads(path.read_text("utf-8"))))


def year_tables(record: Record) -> str:
    if record["row"] != ROW:
        return ""
    image = f"![NDCG, rungs, coverage and trainings, week by week](benchmarks/{ROW}.svg)"
    return joined([image, months(record["weeks"]), ages(record["year"])])


def months(weeks: Sequence[dict[str, Any]]) -> str:
    """Four weeks a line."""
    rows = []
    for start in range(0, len(weeks), MONTH):
        some = weeks[start : start + MONTH]
        lists = sum(week["lists"] for week in some)
        personal = sum(week["rungs"].get("personal", 0) for week in some)
        runs = [week["run"] for week in some]
        rows.append(
            [
                f"{some[0]['week']}–{some[-1]['week']}",
                f"{sum(week['events'] for week in some):,}",
                str(lists),
                *(worth(some, name) for name in ("ndcg", "floor")),
                f"{100 * personal / lists:.0f} %" if lists else "",
                f"{100 * some[-1]['covered']:.1f} %",
                f"{sum(run['went_live'] for run in runs)} of {len(runs)}",
                slowest(some, "list_p95_ms"),
                str(sum(week["faults"] for week in some)),
            ]
        )
    heads = ["Weeks", "Events", "Lists", "NDCG@10 served", "of the most popular", "Personal",
             "Catalog listed so far", "Went live", "A list: worst week's p95, ms",
             "Faults"]  # fmt: skip
    return table(heads, rows)


def worth(weeks: Sequence[dict[str, Any]], name: str) -> str:
    """Mean over lists."""
    lists = sum(week["lists"] for week in weeks if week[name] is not None)
    total = sum(week["lists"] * week[name] for week in weeks if week[name] is not None)
    return f"{total / lists:.4f}" if lists else ""


def slowest(weeks: Sequence[dict[str, Any]], name: str) -> str:
    found = [week[name] for week in weeks if week[name] is not None]
    return f"{max(found):.1f}" if found else ""


def ages(year: dict[str, Any]) -> str:
    """By how long ago a member's first event was, and all lists."""
    rows = [
        [name, str(each["lists"]), str(each["members"]), around(each["ndcg"]),
         around(each["floor"]), ratio(each["ratio"])]
        for name, each in [*year["by_age"].items(), ("all lists", year["all"])]
        if each
    ]  # fmt: skip
    heads = ["Member's age", "Lists", "Members", "NDCG@10 served [95 %]",
             "of the most popular", "Ratio, paired"]  # fmt: skip
    return table(heads, rows)
