"""The measuring of image generators: pieces that are kept, what is said of them, their sheets."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks import digits
from tests.benchmarks.image_pieces import (
    LEFT,
    TOP,
    contender,
    has_collapsed,
    kept,
    on_grey,
    save_sheet,
)
from tests.benchmarks.record import SECONDS_AT_ONCE, Bench, Row, Unfinished, run_row
from tests.benchmarks.render import tables

WASTE = "what is kept was made again"


def make_measures(distance: float, recall: float) -> dict[str, Any]:
    kernel = {"value": distance / 10, "standard_error": distance / 100}
    shares = dict.fromkeys(("precision", "density", "coverage"), 0.75)
    return {
        "frechet_distance": distance,
        "kernel_distance": kernel,
        "recall": recall,
        **shares,
    }


def make_report(distance: float = 8.0, *, recall: float = 0.6, smallest: float = 0.4):
    """Of two labels, with one ceiling."""
    found = {
        "generator": make_measures(distance, recall),
        "floor": make_measures(0.25, 0.9),
        "noise": make_measures(500.0, 0.0),
    }
    by_label = {
        "cat": {"seen": smallest, "asked_for": 0.5, "accuracy": 0.9},
        "dog": {"seen": 1 - smallest, "asked_for": 0.5, "accuracy": 1.0},
    }
    near = {"ratio": 1.25, "copied": 0.015, "samples": 5.0, "held_out": 4.0}
    return {
        "count": 1234,
        "truncation": 1.0,
        "seconds": 3.0,
        "extractors": {"classifier": "its features", "pixels": "components"},
        "measures": {"classifier": found, "pixels": found},
        "labels": {
            "accuracy": 0.955,
            "smallest_share": smallest,
            "largest_share": 1 - smallest,
            "by_label": by_label,
        },
        "neighbours": dict.fromkeys(
            ("premultiplied pixels", "principal components", "classifier"), near
        ),
    }


def make_record() -> dict[str, Any]:
    report = make_report()
    three = {seed: make_report(distance) for seed, distance in enumerate((8.0, 4.0, 6.0))}
    found = contender(three) | {"training": {"0": {"steps": 1500, "seconds": 300.2}}}
    return {
        "row": "digits",
        "command": "make bench ROW=digits",
        "cpu_seconds": 1.0,
        "peak_mib": 2,
        "commit": "abc",
        "images": {
            "count": report["count"],
            "extractors": report["extractors"],
            "between": {
                name: {other: of for other, of in found.items() if other != "generator"}
                for name, found in report["measures"].items()
            },
            "contenders": {"our GAN": found, "theirs": contender({0: report})},
            "sheets": {"toy.png": "Ten rows"},
        },
    }


def test_a_piece_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "toy")
    assert kept(bench, "half", lambda: {"a": 1}) == {"a": 1}
    again = Bench(tmp_path / "toy")
    assert kept(again, "half", lambda: pytest.fail(WASTE), seconds=SECONDS_AT_ONCE + 1) == {"a": 1}
    assert again.spent.times_begun == 2
    assert "half" in again.spent.steps


def test_a_piece_that_does_not_fit_into_a_call_is_left_for_the_next(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "toy")
    with pytest.raises(Unfinished):
        kept(bench, "half", lambda: pytest.fail("begun"), seconds=SECONDS_AT_ONCE + 1)
    assert not (bench.folder / "half.json").exists()


@pytest.mark.parametrize(
    ("recall", "smallest", "collapsed"),
    [(0.6, 0.4, False), (0.19, 0.4, True), (0.6, 0.019, True), (0.2, 0.02, False)],
)
def test_a_generator_that_forgets_a_label_or_most_images_has_collapsed(
    recall, smallest, collapsed
) -> None:
    assert has_collapsed(make_report(recall=recall, smallest=smallest)) is collapsed


def test_seeds_are_told_by_their_median_and_their_extremes() -> None:
    reports = {3: make_report(8.0), 4: make_report(4.0), 5: make_report(5.0, recall=0.1)}
    found = contender(reports)
    measures = found["measures"]["pixels"]
    assert measures["frechet_distance"] == {"median": 5.0, "low": 4.0, "high": 8.0}
    assert measures["over_floor"] == {"median": 20.0, "low": 16.0, "high": 32.0}
    assert measures["kernel_distance"]["standard_error"] == 0.08
    assert found["labels"]["seen"] == {"cat": 0.4, "dog": 0.6}
    assert found["collapsed"] == 1
    assert list(found["seeds"]) == ["3", "4", "5"]
    assert "floor" not in json.dumps(found["seeds"])


def test_tables_show_contenders_between_the_floor_and_the_ceiling() -> None:
    text = tables(make_record())
    assert "| By classifier (1,234 of each) | Fréchet distance |" in text
    assert "| our GAN | 6 [4, 8] | 24 [16, 32] | 0.6 [0.4, 0.8] ± 0.08 | 0.75 | 0.6 |" in text
    assert "| theirs | 8 | 32 | 0.8 ± 0.08 |" in text
    assert "| real images (floor) | 0.25 | 1 | 0.025 ± 0.0025 | 0.75 | 0.9 |" in text
    assert "| noise | 500 | 2,000 | 50 ± 5 |" in text
    assert "| our GAN | 95.5 | 0.4 | 0.6 | 0 of 3 |" in text
    assert "| our GAN | 40.0 | 60.0 |" in text
    assert "| our GAN | 1.25; 1.5 % |" in text
    assert "| our GAN | 1,500 | 300 |" in text
    assert "![Ten rows](benchmarks/toy.png)" in text
    assert "\n\n\n" not in text


def test_pictures_are_put_beside_the_record(tmp_path: Path) -> None:
    def measure(bench: Bench) -> dict[str, Any]:
        (bench.folder / "seed-0.png").write_bytes(b"png")
        picture = str(bench.folder / "seed-0.png")
        return {"data": "", "data_sha256": "", "seed": 0, "pictures": {"toy.png": picture}}

    row = Row("toy", "A row for tests.", lambda: None, measure)
    path = run_row(row, results=tmp_path / "results", state=tmp_path / "state")
    assert (path.parent / "toy.png").read_bytes() == b"png"
    assert "pictures" not in json.loads(path.read_text())


class Plain:
    """Every image is its label, as grey as that."""

    def sample(self, seeds, labels, truncation):
        images = np.full((len(seeds), 8, 8, 4), 255, dtype=np.uint8)
        images[..., :3] = (40 * np.asarray(labels))[:, None, None, None]
        return images


def test_a_sheet_has_a_column_for_each_label(tmp_path: Path) -> None:
    save_sheet(tmp_path / "sheet.png", Plain(), ("a", "b", "c", "d"))
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (LEFT + 8 * 16, TOP + 10 * 16)
        greys = [sheet.getpixel((LEFT + 16 * column + 8, TOP + 90))[0] for column in range(8)]
    assert greys == [0, 40, 80, 120, 0, 40, 80, 120]


def test_what_is_not_seen_is_grey_on_a_sheet() -> None:
    images = np.array([[[[200, 0, 0, 255], [9, 9, 9, 0]]]], dtype=np.uint8)
    assert on_grey(images).tolist() == [[[[200, 0, 0], [128, 128, 128]]]]


def test_the_figures_of_digits_hold_the_medians_against_what_was_asked() -> None:
    three = {seed: make_report(distance) for seed, distance in enumerate((8.0, 4.0, 16.0))}
    images = {
        "classifier": {"accuracy": {"value": 0.995}},
        "contenders": {
            digits.OURS: contender(three | {3: make_report(smallest=0.001)}),
            digits.FAIR_MLP: contender({0: make_report(20.0)}),
        },
    }
    found = digits.figures(images, digits.Effort(seeds=(0, 1, 2, 3)))
    values = {each["what"]: (each["value"], each.get("asked")) for each in found}
    assert values["distance by the classifier, median"] == (8.0, {"most": 15})
    assert values["the same, worst seed"] == (16.0, None)
    over = values["our distance over the fair MLP GAN's, medians"]
    assert over == (pytest.approx(0.4), {"most": 0.5})
    assert values["seeds without collapse"] == (3, {"least": 4})
    assert values["labels as asked for, median"] == (95.5, {"least": 95})
