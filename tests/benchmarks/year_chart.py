"""A simulated year as one drawing: what lists were worth, what served them, coverage, trainings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

WIDTH, LEFT, RIGHT = 860, 56, 24
# title, pixels, what is what
PANELS = (
    ("NDCG@10, mean of four weeks", 150, "solid: served · dashed: most popular at that moment"),
    ("Share of the week's lists", 110, "coloured: personal · pale: popular"),
    ("Share of the catalog listed so far", 110, "solid: served · dashed: most popular"),
    ("Training after the week", 46, "full: went live · ring: kept back · red: failed"),
)
GAP, BOTTOM = 44, 44
RUNGS = ("personal", "session", "similar", "popular")
SMOOTHED = 4  # weeks
# colours of the site, in daylight and in the dark
STYLE = """
svg { background: #ffffff; font: 12px system-ui, sans-serif; }
text { fill: #57524a; } .title { fill: #1d1a16; font-weight: 600; }
.served { stroke: #9a5a00; } .floor { stroke: #6b655b; stroke-dasharray: 4 3; }
path { fill: none; stroke-width: 2; } .grid { stroke: #e5ded1; }
.personal { fill: #9a5a00; } .popular { fill: #d9cfbd; } .session, .similar { fill: #1a6d3d; }
.live { fill: #9a5a00; } .back { fill: none; stroke: #6b655b; } .failed { fill: #b3261e; }
@media (prefers-color-scheme: dark) {
  svg { background: #121319; } text { fill: #b9b7b6; } .title { fill: #f4f1ea; }
  .served { stroke: #f5b54a; } .floor { stroke: #8c8c94; } .grid { stroke: #272a34; }
  .personal { fill: #f5b54a; } .popular { fill: #4a4d58; } .session, .similar { fill: #6fcf97; }
  .live { fill: #f5b54a; } .back { stroke: #8c8c94; } .failed { fill: #ff7a70; }
}"""


def drawing(record: dict[str, Any]) -> str:
    """The SVG of a record of the row."""
    weeks = record["weeks"]
    tops = [GAP + sum(height + GAP for _, height, _ in PANELS[:at]) for at in range(len(PANELS))]
    heights = [height for _, height, _ in PANELS]
    bottom = tops[-1] + heights[-1]
    parts = [
        *titles(tops),
        text(LEFT - 8, bottom + 18, "week", anchor="end"),
        *lines(weeks, tops[0], heights[0], {"served": smoothed(weeks, "ndcg"),
                                            "floor": smoothed(weeks, "floor")}),
        *bars(weeks, tops[1], heights[1]),
        *lines(weeks, tops[2], heights[2], {"served": [week["covered"] for week in weeks],
                                            "floor": [week["popular_covered"] for week in weeks]}),
        *dots(weeks, tops[3], heights[3]),
        *(text(middle(week["week"], len(weeks)), bottom + 18, str(week["week"]), anchor="middle")
          for week in weeks if week["week"] == 1 or week["week"] % 4 == 0),
    ]  # fmt: skip
    size = f'width="{WIDTH}" height="{bottom + BOTTOM}" viewBox="0 0 {WIDTH} {bottom + BOTTOM}"'
    label = "A simulated year by week: NDCG, rungs, coverage and trainings"
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">'
    return "\n".join([opened, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n"


def titles(tops: Sequence[int]) -> Iterable[str]:
    for (name, _, legend), top in zip(PANELS, tops, strict=True):
        yield text(LEFT, top - 14, name, "title")
        yield text(WIDTH - RIGHT, top - 14, legend, anchor="end")


def middle(week: int, weeks: int) -> float:
    """Where a week stands, in pixels from the left; weeks count from 1."""
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (week - 0.5) / weeks, 1)


def smoothed(weeks: Sequence[dict[str, Any]], name: str) -> list[float | None]:
    """Mean over the lists of each week and of those before it; None while there are none."""
    found: list[float | None] = []
    for end in range(1, len(weeks) + 1):
        some = [week for week in weeks[max(0, end - SMOOTHED) : end] if week[name] is not None]
        lists = sum(week["lists"] for week in some)
        worth = sum(week["lists"] * week[name] for week in some)
        found.append(worth / lists if lists else None)
    return found


def lines(
    weeks: Sequence[dict[str, Any]], top: int, height: int, by_name: dict[str, list[float | None]]
) -> Iterable[str]:
    """Lines over the weeks from 0 to the highest, with that height written beside."""
    highest = max((each for line in by_name.values() for each in line if each), default=1.0)
    yield rule(top)
    yield rule(top + height)
    yield text(LEFT - 8, top + 4, f"{highest:.3f}", anchor="end")
    yield text(LEFT - 8, top + height + 4, "0", anchor="end")
    for name, line in by_name.items():
        points = [
            f"{middle(week['week'], len(weeks))} {top + height * (1 - value / highest):.1f}"
            for week, value in zip(weeks, line, strict=True)
            if value is not None
        ]
        yield f'<path class="{name}" d="M{" L".join(points)}"/>' if points else ""


def bars(weeks: Sequence[dict[str, Any]], top: int, height: int) -> Iterable[str]:
    """A bar a week, the rungs on one another."""
    width = (WIDTH - LEFT - RIGHT) / len(weeks) * 0.8
    yield text(LEFT - 8, top + 4, "100 %", anchor="end")
    yield text(LEFT - 8, top + height + 4, "0", anchor="end")
    for week in weeks:
        at = float(top + height)
        for rung in RUNGS:
            share = height * week["rungs"].get(rung, 0) / max(1, week["lists"])
            at -= share
            left = middle(week["week"], len(weeks)) - width / 2
            if share:
                yield (
                    f'<rect class="{rung}" x="{left:.1f}" y="{at:.1f}" width="{width:.1f}" '
                    f'height="{share:.1f}"/>'
                )
    yield rule(top + height)


def dots(weeks: Sequence[dict[str, Any]], top: int, height: int) -> Iterable[str]:
    """A dot a training: full when its artifact went live, a ring when the gate kept it back."""
    for week in weeks:
        run = week["run"]
        kind = "live" if run["went_live"] else "back" if run["state"] == "done" else "failed"
        at = middle(week["week"], len(weeks))
        yield f'<circle class="{kind}" cx="{at}" cy="{top + height / 2:.0f}" r="4.5"/>'


def rule(height: int) -> str:
    return f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height}" y2="{height}"/>'


def text(x: float, y: float, words: str, name: str = "", *, anchor: str = "start") -> str:
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
