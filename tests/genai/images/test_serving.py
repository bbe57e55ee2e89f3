import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from genai.artifacts import read_manifest, record_metrics
from genai.errors import ArtifactError, DataError
from genai.images.gan import Generator, ImageShape
from genai.images.pixels import decode
from genai.images.sampling import latents
from genai.images.serving import ImageGenerator
from tests.genai.images.toy import make_config

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def copied(trained, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "copied"))


def test_serving_loads_no_torch(trained) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from genai.images.serving import ImageGenerator\n"
        "import genai.images.__main__\n"
        "print(ImageGenerator.load(Path(sys.argv[1])).sample([1, 2]).shape)\n"
        "print(sorted({'torch', 'scipy', 'sklearn', 'onnxscript', 'django'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(trained[0])]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split("\n")[:2] == ["(2, 28, 28, 1)", "[]"]


def test_it_makes_the_images_that_the_weights_make(trained) -> None:
    generator = Generator(make_config(), ImageShape(28, 1, labels=2))
    generator.load_state_dict(load_file(trained[0] / "weights.safetensors"))
    with torch.no_grad():
        expected = generator(torch.from_numpy(latents(range(9), 8, 1.0)), torch.arange(9) % 2)
    served = ImageGenerator.load(trained[0]).sample(range(9), np.arange(9) % 2, truncation=1.0)
    assert np.abs(served.astype(int) - decode(expected.numpy())).max() <= 1


def test_an_image_depends_on_nothing_but_its_seed_and_label(trained) -> None:
    generator = ImageGenerator.load(trained[0])
    many = generator.sample(range(150), [1] * 150)
    assert (generator.sample([77], [1])[0] == many[77]).all()
    assert (generator.sample([77])[0] == many[77]).all()  # by turns, an odd seed has the second
    assert (generator.sample([76], [0])[0] != many[76]).any()


def test_without_variety_a_label_has_one_image(trained) -> None:
    images = ImageGenerator.load(trained[0]).sample([1, 2, 3], [0, 0, 0], truncation=0.0)
    assert (images == images[0]).all()


def test_a_path_begins_and_ends_with_the_images_of_its_seeds(trained) -> None:
    generator = ImageGenerator.load(trained[0])
    path = generator.interpolate(3, 8, frames=5, label=1)
    assert len(path) == 5
    ends = generator.sample([3, 8], [1, 1])
    assert np.abs(path[[0, -1]].astype(int) - ends).max() <= 1


def test_no_seeds_are_no_images(trained) -> None:
    assert ImageGenerator.load(trained[0]).sample([]).shape == (0, 28, 28, 1)


@pytest.mark.parametrize("labels", [[0], [0, 2], [-1, 0]])
def test_labels_that_it_does_not_have_are_a_wrong_argument(trained, labels: list[int]) -> None:
    with pytest.raises(ValueError, match="labels"):
        ImageGenerator.load(trained[0]).sample([1, 2], labels)


def test_a_label_is_known_by_its_name(trained) -> None:
    generator = ImageGenerator.load(trained[0])
    assert generator.label("right") == 1
    with pytest.raises(DataError, match="known: left, right"):
        generator.label("up")


@pytest.mark.parametrize("harm", ["missing", "altered", "format", "no manifest", "no latent"])
def test_a_harmed_artifact_is_refused(copied: Path, harm: str) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    if harm == "missing":
        (copied / "generator.onnx").unlink()
    elif harm == "altered":
        (copied / "generator.onnx").write_bytes(b"torn")
    elif harm == "no manifest":
        (copied / "manifest.json").unlink()
    else:
        manifest |= {"format": 99} if harm == "format" else {"config": {}}
        (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError):
        ImageGenerator.load(copied)


def test_what_is_measured_later_stands_in_the_manifest(copied: Path) -> None:
    record_metrics(copied, {"recall": 0.5})
    record_metrics(copied, {"coverage": 0.7})
    assert read_manifest(copied)["metrics"] == {"recall": 0.5, "coverage": 0.7}
