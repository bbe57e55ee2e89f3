from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from genai.artifacts import read_manifest
from genai.errors import ArtifactError, DataError, Stopped
from genai.images import training
from genai.images.pixels import decode
from genai.images.players import Players, Settings
from genai.images.serving import ImageGenerator
from genai.images.training import settings_at, train
from tests.genai.images.toy import HALVES, brighter_half, make_config, make_images

pytestmark = pytest.mark.slow


def test_images_are_of_the_label_that_was_asked_for(trained) -> None:
    generator = ImageGenerator.load(trained[0])
    labels = np.arange(40) % 2
    images = generator.sample(range(40), labels)
    assert (brighter_half(images) == labels).mean() > 0.9


def test_progress_runs_from_nothing_to_done(trained) -> None:
    told = trained[1]
    fractions = [each.fraction for each in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert told[-1].message == "Done"
    assert {"step", "seconds", "generator_loss", "margin"} <= set(told[-1].curve[0])


def test_a_preview_is_there_before_the_first_step_and_after_the_last(trained) -> None:
    out, told = trained
    names = sorted(path.name for path in out.with_name("previews").iterdir())
    assert (names[0], names[-1]) == ("0000000.png", "0000150.png")
    assert told[0].preview == out.with_name("previews") / "0000000.png"
    with Image.open(told[-1].preview) as sheet:
        assert sheet.size == (32 * 28 * 2, 2 * 28 * 2)


def test_the_manifest_says_what_it_was_made_of(trained) -> None:
    manifest = read_manifest(trained[0])
    assert manifest["label_names"] == list(HALVES)
    assert (manifest["size"], manifest["channels"], manifest["seed"]) == (28, 1, 0)
    assert manifest["data_sha256"] == make_images().sha256
    assert manifest["steps"] == manifest["config"]["steps"]
    assert (manifest["images_seen"], manifest["rollbacks"]) == (150 * 16, 0)


def test_a_finished_run_leaves_nothing_but_artifact_and_previews(trained) -> None:
    names = {path.name for path in trained[0].parent.iterdir()}
    assert names == {"halves", "previews"}


@pytest.mark.usefixtures("weights_only")
def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(make_images(), tmp_path / name, make_config(steps=6), seed=seed)
        weights.append((tmp_path / name / "weights.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert weights[0] != weights[2]


def test_a_run_that_is_told_to_stop_publishes_nothing_and_keeps_its_checkpoint(
    tmp_path: Path,
) -> None:
    with pytest.raises(Stopped):
        train(make_images(), tmp_path / "out", make_config(), is_cancelled=lambda: True)
    assert [path.name for path in tmp_path.iterdir()] == ["out.checkpoint.safetensors"]


@pytest.mark.parametrize(("mirror", "on_the_right"), [(False, 0.0), (True, 0.5)])
@pytest.mark.usefixtures("weights_only")
def test_images_are_seen_from_the_other_side_only_where_that_is_wanted(
    mirror: bool, on_the_right: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, seen, step = make_images(), [], Players.step

    def look(self: Players, real: torch.Tensor, *given: object) -> dict[str, torch.Tensor]:
        seen.append(brighter_half(decode(real.numpy())))
        return step(self, real, *given)

    monkeypatch.setattr(Players, "step", look)
    config = make_config(steps=20, mirror=mirror)
    train(data.take(data.labels == 0), tmp_path / "out", config, held_out=0)
    assert np.concatenate(seen).mean() == pytest.approx(on_the_right, abs=0.1)


@pytest.mark.slow
@pytest.mark.usefixtures("weights_only")
def test_a_budget_of_time_is_kept_and_the_schedule_fitted_to_it(tmp_path: Path) -> None:
    config = make_config(steps=1_000_000)
    result = train(make_images(), tmp_path / "out", config, minutes=1 / 60)
    assert 0.8 < result.seconds < 1.5
    assert result.steps > 5


@pytest.mark.usefixtures("weights_only")
def test_what_is_held_out_is_not_trained_on(tmp_path: Path) -> None:
    seen = []

    class Watched(training.Run):
        def __init__(self, data, *rest, **more) -> None:
            seen.append(len(data))
            super().__init__(data, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "Run", Watched)
        train(make_images(100), tmp_path / "a", make_config(steps=1))
        train(make_images(100), tmp_path / "b", make_config(steps=1), held_out=0)
    assert seen[0] in (85, 86)
    assert seen[1] == 100


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="30 x 30"):
        train(make_images(size=30), tmp_path / "out", make_config())


def test_a_preset_for_other_sizes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="choose another preset"):
        train(make_images(), tmp_path / "out", make_config(generator_widths=(8, 8, 8)))


def test_another_folder_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    with pytest.raises(ArtifactError, match="choose another folder"):
        train(make_images(), tmp_path / "out", make_config())


@pytest.mark.slow
@pytest.mark.parametrize("channels", [3, 4])
def test_colour_and_alpha_are_trained_as_well(tmp_path: Path, channels: int) -> None:
    data = make_images(size=32, channels=channels)
    train(data, tmp_path / "out", make_config(steps=4, augmentation=0.5))
    images = ImageGenerator.load(tmp_path / "out").sample([1, 2])
    assert images.shape == (2, 32, 32, channels)


def test_the_schedule_goes_from_the_first_values_to_the_last() -> None:
    config = make_config(batch=10, penalty_every=4)
    first, last = settings_at(config, 0, 0.0), settings_at(config, 1001, 1.0)
    assert first == Settings(config.learning_rate, config.penalty, 0.9, 0, penalised=True)
    assert last.learning_rate == pytest.approx(config.last_learning_rate)
    assert last.penalty == pytest.approx(config.last_penalty)
    assert (last.beta, last.penalised) == (config.last_beta, False)
    assert last.remembered == pytest.approx(1001)  # a tenth of 10,010 images
