import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genai.images.__main__ import main
from genai.images.imageset import ImageSet
from genai.images.measuring import classifier_for
from genai.images.training import train
from genai.vision.__main__ import main as vision
from genai.vision.classifier import PRESETS
from tests.genai.images.hostile import encoded, make_picture
from tests.genai.images.test_importing import write_digits
from tests.genai.images.toy import make_config, make_images


def test_import_makes_a_set_of_a_folder_and_tells_what_it_refused(tmp_path: Path, capsys) -> None:
    folder, out = tmp_path / "folder", tmp_path / "a.npz"
    (folder / "cats").mkdir(parents=True)
    for number in range(3):
        (folder / "cats" / f"{number}.png").write_bytes(encoded(make_picture(seed=number), "PNG"))
    (folder / "cats" / "evil.svg").write_text("<svg/>")
    arguments = ["import", "files", "--from", str(folder), "--out", str(out), "--size", "28"]
    assert main(arguments) == 0
    assert ImageSet.load(out).images.shape == (3, 28, 28, 3)
    told = capsys.readouterr().out
    assert "3 images read, 1 files refused" in told
    assert "cats/evil.svg (SVG is a document with scripts" in told
    assert "3 images of 28 x 28 x 3, labels: cats" in told


def test_import_reads_digits_and_their_test_part(tmp_path: Path) -> None:
    write_digits(tmp_path, packed=True)
    out = tmp_path / "digits.npz"
    for part in ("train", "test"):
        arguments = ["import", "digits", "--from", str(tmp_path), "--out", str(out)]
        assert main([*arguments, "--part", part]) == 0
        assert ImageSet.load(out).families[0] == f"{part}-0"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "digits", "--from", "nowhere", "--out", "a.npz"], "nowhere: has neither"),
        (["import", "files", "--from", "nowhere", "--out", "a.npz"], "no such folder or file"),
        (["import", "sprites", "--from", "nowhere", "--out", "a.npz"], "no file of sprites"),
        (["import", "sprites", "--from", "nowhere", "--out", "a.png"], "must end in .npz"),
        (["evaluate", "--artifact", "nowhere", "--data", "a", "--out", "b"], "not an artifact"),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(
    arguments: list[str], said: str, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert said in lines[-1]
    assert lines[-1].startswith("error: ")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """images.npz, test.npz of others, and an artifact that was trained on the first."""
    folder = tmp_path_factory.mktemp("measured")
    images = make_images(400)
    images.save(folder / "images.npz")
    images.take(np.arange(80)).save(folder / "test.npz")
    train(images, folder / "artifact", make_config(steps=2), threads=1)
    return folder


@pytest.mark.slow
def test_evaluate_writes_a_report_with_a_classifier_that_it_trains_once(
    files: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genai.vision.classifier.config_for", lambda *of: PRESETS["tiny"])
    out = files / "report.json"
    arguments = ["evaluate", "--artifact", str(files / "artifact"), "--threads", "1"]
    arguments += ["--data", str(files / "images.npz"), "--out", str(out)]
    assert main(arguments) == 0
    report = json.loads(out.read_text())
    assert (report["format"], report["count"]) == (1, 60)
    assert set(report["measures"]["classifier"]) == {
        "generator",
        "floor",
        "mean image with noise",
        "noise",
    }
    assert "labels as asked for" in capsys.readouterr().out
    weights = (files / "artifact.classifier" / "weights.safetensors").stat().st_mtime_ns
    assert main([*arguments, "--held-out", str(files / "test.npz"), "--count", "70"]) == 0
    again = json.loads(out.read_text())
    assert again["count"] == 70
    assert (files / "artifact.classifier" / "weights.safetensors").stat().st_mtime_ns == weights


def test_the_training_of_a_classifier_that_was_killed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genai.vision.classifier.config_for", lambda *of: PRESETS["tiny"])
    train, held_out = make_images(120).split()
    epochs: list[float] = []

    class Killed(BaseException):
        pass

    def die(share: float) -> None:
        epochs.append(share)
        raise Killed

    def train_in(name: str, on_progress: Callable[[float], None]) -> bytes:
        classifier_for(train, held_out, tmp_path / name, threads=1, on_progress=on_progress)
        return (tmp_path / name / "weights.safetensors").read_bytes()

    with pytest.raises(Killed):
        train_in("killed", die)
    assert train_in("killed", epochs.append) == train_in("unbroken", lambda share: None)
    assert epochs == pytest.approx([1 / 3, 2 / 3, 1])
    assert {path.name for path in tmp_path.iterdir()} == {"killed", "unbroken"}


@pytest.mark.slow
def test_evaluate_refuses_images_that_the_artifact_was_not_trained_on(files: Path, capsys) -> None:
    arguments = ["evaluate", "--artifact", str(files / "artifact")]
    arguments += ["--data", str(files / "test.npz"), "--out", str(files / "none.json")]
    assert main(arguments) == 1
    assert "was trained on other images" in capsys.readouterr().err
    assert not (files / "none.json").exists()


@pytest.mark.slow
def test_the_classifier_has_commands_of_its_own(files: Path, capsys) -> None:
    data, out = str(files / "images.npz"), files / "classifier"
    arguments = ["train", "--data", data, "--out", str(out), "--preset", "tiny", "--threads", "1"]
    assert vision(arguments) == 0
    assert "of 60 images" in capsys.readouterr().out
    report = files / "accuracy.json"
    measure = ["evaluate", "--artifact", str(out), "--data", str(files / "test.npz")]
    assert vision([*measure, "--out", str(report)]) == 0
    assert json.loads(report.read_text())["accuracy"]["value"] > 0.95
    assert not list(files.glob("*.checkpoint"))
    assert vision(["evaluate", "--artifact", "nowhere", "--data", data]) == 1
    assert "nowhere is not an artifact" in capsys.readouterr().err
