"""A model of an operator judges images before they are learned from; no mistake lets one pass."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genai.images.moderation import ModerationError, Moderator
from genai.images.reading import read_images
from genai.images.refusals import NothingLeft, Refused
from tests.genai.images.hostile import encoded, make_picture
from tests.genai.images.judges import write_judge

ROOT = Path(__file__).resolve().parents[3]


def plain(grey: int, alpha: int = 255, side: int = 32) -> Image.Image:
    return Image.new("RGBA", (side, side), (grey, grey, grey, alpha))


def test_what_is_scored_above_the_threshold_is_refused(tmp_path):
    moderator = Moderator.load(write_judge(tmp_path))
    assert moderator.score(plain(51)) == pytest.approx(0.2, abs=0.01)
    moderator.refuse_unsafe(plain(200))
    with pytest.raises(Refused, match=r"scored 0\.9") as refused:
        moderator.refuse_unsafe(plain(230))
    assert refused.value.reason == "moderated"


def test_what_shines_through_is_judged_on_the_worse_ground(tmp_path):
    moderator = Moderator.load(write_judge(tmp_path))
    assert moderator.score(plain(0, alpha=0)) == pytest.approx(1.0)
    assert moderator.score(plain(255, alpha=128)) == pytest.approx(1.0)


def test_mean_spread_layout_and_logits_are_as_its_facts_say(tmp_path):
    shifted = write_judge(tmp_path / "a", mean=[0.2] * 3, std=[0.5] * 3)
    assert Moderator.load(shifted).score(plain(102)) == pytest.approx(0.4, abs=0.01)
    turned = write_judge(tmp_path / "b", layout="NHWC")
    assert Moderator.load(turned).score(plain(102)) == pytest.approx(0.4, abs=0.01)
    # logits 6 and 4: 1 / (1 + e^2)
    logits = write_judge(tmp_path / "c", outputs="logits", times=10)
    assert Moderator.load(logits).score(plain(102)) == pytest.approx(0.1192, abs=0.001)
    both = write_judge(tmp_path / "d", unsafe=[0, 1])
    assert Moderator.load(both).score(plain(102)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"licence": ""},
        {"threshold": 1.5},
        {"mean": [0.5]},
        {"std": [0, 1, 1]},
        {"unsafe": []},
        {"unsafe": [7]},
        {"unsafe": [-1]},
        {"size": "large"},
        {"layout": "CHWN"},
        {"surprise": 1},
        {"times": 10.0},
        {"times": float("nan")},
    ],
    ids=str,
)
def test_a_model_that_does_not_do_what_its_facts_say_is_not_loaded(tmp_path, changes):
    with pytest.raises(ModerationError):
        Moderator.load(write_judge(tmp_path, **changes))


def test_a_model_that_is_missing_or_damaged_is_not_loaded(tmp_path):
    with pytest.raises(ModerationError, match="cannot be loaded"):
        Moderator.load(tmp_path / "nowhere")
    folder = write_judge(tmp_path)
    (folder / "model.onnx").write_bytes(b"torn")
    with pytest.raises(ModerationError, match="cannot be loaded"):
        Moderator.load(folder)
    write_judge(tmp_path, size=16)
    text = (folder / "moderation.json").read_text().replace("16", "17")
    (folder / "moderation.json").write_text(text)
    with pytest.raises(ModerationError, match="fails"):
        Moderator.load(folder)
    (folder / "moderation.json").write_text("[")
    with pytest.raises(ModerationError):
        Moderator.load(folder)


def test_a_folder_is_read_without_what_it_refuses(tmp_path):
    judge = Moderator.load(write_judge(tmp_path / "judge")).refuse_unsafe
    folder = tmp_path / "images"
    folder.mkdir()
    for grey in (10, 90, 250):
        (folder / f"{grey}.png").write_bytes(encoded(plain(grey), "PNG"))
    images, report = read_images(folder, judge=judge)
    assert sorted(np.unique(images.images)) == [10, 90]
    assert [(each.name, each.reason) for each in report.refused] == [("250.png", "moderated")]
    for grey in (10, 90):
        (folder / f"{grey}.png").unlink()
    with pytest.raises(NothingLeft) as nothing:
        read_images(folder, judge=judge)
    assert [each.reason for each in nothing.value.report.refused] == ["moderated"]


def test_it_sees_what_is_cropped_away(tmp_path):
    wide = Image.new("RGB", (100, 20), (255, 255, 255))
    wide.paste((0, 0, 0), (40, 0, 60, 20))  # all that is kept is black
    (tmp_path / "wide.png").write_bytes(encoded(wide, "PNG"))
    judge = Moderator.load(write_judge(tmp_path / "judge", threshold=0.5))
    seen: list[float] = []
    read_images(tmp_path, judge=lambda image: seen.append(judge.score(image)))
    assert seen == [pytest.approx(0.8, abs=0.02)]


def test_it_sees_more_than_the_few_pixels_that_are_kept(tmp_path):
    (tmp_path / "photo.png").write_bytes(encoded(make_picture(600, 400), "PNG"))
    seen: list[int] = []
    images, _ = read_images(tmp_path, size=28, judge=lambda image: seen.append(min(image.size)))
    assert seen[0] >= 256
    assert images.size == 28


@pytest.mark.slow
def test_it_needs_no_torch() -> None:
    script = "import sys, genai.images.moderation; print('torch' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"
