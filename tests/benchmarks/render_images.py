"""Tables of what image generators make; empty for the record of another row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.benchmarks.render_tables import Record, joined, table

FLOOR = "real images (floor)"
COLUMNS = {
    "frechet_distance": "Fréchet distance",
    "over_floor": "over the floor",
    "kernel_distance": "Kernel distance ± SE",
    "precision": "Precision",
    "recall": "Recall",
    "density": "Density",
    "coverage": "Coverage",
}
TRAINING = {"steps": "Steps", "seconds": "CPU-seconds"}
SPACES = ("premultiplied pixels", "principal components", "classifier")


def image_tables(record: Record) -> str:
    images: dict[str, Any] | None = record.get("images")
    if images is None:
        return ""
    return joined(
        [
            *(by_extractor(images, name) for name in images["extractors"]),
            by_label(images),
            labels_seen(images),
            by_neighbours(images),
            trainings(images),
            *sheets(images),
        ]
    )


def by_extractor(images: Mapping[str, Any], extractor: str) -> str:
    """A line a contender, then what stands between: real images and noise."""
    rows = [
        [name, *(spread(each["measures"][extractor][column], column) for column in COLUMNS)]
        for name, each in images["contenders"].items()
    ]
    floor = images["between"][extractor]["floor"]["frechet_distance"]
    for name, each in images["between"][extractor].items():
        kernel = each["kernel_distance"]
        cells = each | {
            "over_floor": each["frechet_distance"] / max(floor, 1e-12),
            "kernel_distance": kernel["value"],
        }
        told = [digits(cells[column]) for column in COLUMNS]
        told[list(COLUMNS).index("kernel_distance")] += f" ± {digits(kernel['standard_error'])}"
        rows.append([FLOOR if name == "floor" else name, *told])
    what = f"By {extractor} ({images['count']:,} of each)"
    return table([what, *COLUMNS.values()], rows)


def by_label(images: Mapping[str, Any]) -> str:
    heads = ["Labels", "As asked for, %", "Smallest share", "Largest share", "Collapsed"]
    rows = [
        [
            name,
            spread(of_hundred(each["labels"]["accuracy"])),
            spread(each["labels"]["smallest_share"]),
            spread(each["labels"]["largest_share"]),
            f"{each['collapsed']} of {len(each['seeds'])}",
        ]
        for name, each in images["contenders"].items()
    ]
    return table(heads, rows)


def labels_seen(images: Mapping[str, Any]) -> str:
    """The histogram: medians of the shares of each label, in percent."""
    every = images["contenders"]
    labels = list(next(iter(every.values()))["labels"]["seen"])
    rows = [
        [name, *(f"{100 * each['labels']['seen'][label]:.1f}" for label in labels)]
        for name, each in every.items()
    ]
    return table(["Label that the classifier sees, %", *labels], rows)


def by_neighbours(images: Mapping[str, Any]) -> str:
    heads = ["Nearest training image, over a real one's; copies", *SPACES]
    rows = [
        [
            name,
            *(
                f"{spread(each['neighbours'][space]['ratio'])}; "
                f"{spread(of_hundred(each['neighbours'][space]['copied']))} %"
                for space in SPACES
            ),
        ]
        for name, each in images["contenders"].items()
    ]
    return table(heads, rows)


def trainings(images: Mapping[str, Any]) -> str:
    rows = []
    for name, each in images["contenders"].items():
        runs = list(each.get("training", {}).values())
        if runs:
            rows.append(
                [name, *(", ".join(f"{run[what]:,.0f}" for run in runs) for what in TRAINING)]
            )
    return table(["Training, by seed", *TRAINING.values()], rows)


def sheets(images: Mapping[str, Any]) -> list[str]:
    return [f"{told}:\n\n![{told}](benchmarks/{name})" for name, told in images["sheets"].items()]


def of_hundred(found: Mapping[str, float]) -> dict[str, float]:
    return {name: 100 * value for name, value in found.items()}


def spread(found: Mapping[str, float], column: str = "") -> str:
    """The median, and the extremes where they differ."""
    told = digits(found["median"])
    if found["low"] != found["high"]:
        told += f" [{digits(found['low'])}, {digits(found['high'])}]"
    error = f" ± {digits(found['standard_error'])}" if column == "kernel_distance" else ""
    return told + error


def digits(value: float) -> str:
    """Three that say something."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
