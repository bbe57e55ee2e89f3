"""Tables of what is measured of a running site; each is empty for a record without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.benchmarks.render_tables import Record, joined, table

WORDS = {"most": "at most", "below": "below", "least": "at least", "above": "above"}


def site_tables(record: Record) -> str:
    return joined([figures(record), parts_of_a_list(record)])


def figures(record: Record) -> str:
    """A line a figure, with the limit that was set for it beforehand, and whether it is kept."""
    rows = []
    for each in record.get("figures", []):
        asked, unit = each.get("asked"), each["unit"]
        limit = " ".join(f"{WORDS[how]} {number(bound)}" for how, bound in (asked or {}).items())
        kept = "" if asked is None else "yes" if is_kept(each["value"], asked) else "**no**"
        rows.append([each["what"], f"{measured(each)} {unit}".strip(), limit, kept])
    return table(["Measured", "Value", "Asked", "Kept"], rows)


def measured(figure: Mapping[str, Any]) -> str:
    """With its 95 % interval, where there is one."""
    told = number(figure["value"])
    if "low" not in figure:
        return told
    return f"{told} [{number(figure['low'])}, {number(figure['high'])}]"


def is_kept(value: float, asked: dict[str, float]) -> bool:
    """asked: most, below, least, above, any of them."""
    return (
        value <= asked.get("most", value)
        and value >= asked.get("least", value)
        and ("below" not in asked or value < asked["below"])
        and ("above" not in asked or value > asked["above"])
    )


def number(value: float) -> str:
    """Three digits that say something, no more."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    if 0 < abs(value) < 0.001:
        return f"{value:.2g}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:.{digits}f}"


def parts_of_a_list(record: Record) -> str:
    """What takes how much of a list's CPU, in each of the cases."""
    cases: dict[str, dict[str, Any]] = record.get("breakdown", {})
    if not cases:
        return ""
    names = list(dict.fromkeys(name for parts in cases.values() for name in parts))
    nothing = {"cpu_ms": 0.0, "share": 0.0}
    rows = [
        [name, *(of_part(parts.get(name, nothing)) for parts in cases.values())] for name in names
    ]
    total = [f"{sum(part['cpu_ms'] for part in parts.values()):.2f}" for parts in cases.values()]
    heads = ["Part", *(f"{case}: ms of CPU (share)" for case in cases)]
    return table(heads, [*rows, ["all", *total]])


def of_part(part: dict[str, float]) -> str:
    return f"{part['cpu_ms']:.2f} ({100 * part['share']:.0f} %)"
