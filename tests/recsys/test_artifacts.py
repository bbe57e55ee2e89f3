import json
import shutil
from pathlib import Path

import pytest

from recsys.artifacts import FORMAT, publish_artifact
from recsys.errors import ArtifactError
from recsys.serving import Recommender

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(artifact: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(artifact, tmp_path / "copy"))


def test_the_manifest_tells_how_it_came_to_be(artifact: Path) -> None:
    manifest = json.loads((artifact / "manifest.json").read_text())
    assert manifest["format"] == FORMAT
    assert manifest["config"]["dim"] == 32
    assert len(manifest["data"]["sha256"]) == 64
    assert manifest["report"]["models"]["blend"]["ndcg"]["value"] > 0
    assert set(manifest["files"]) == {path.name for path in artifact.iterdir()} - {"manifest.json"}
    assert not [path for path in artifact.iterdir() if path.suffix in {".pkl", ".pt", ".bin"}]


@pytest.mark.parametrize(
    "name",
    [
        "tables.safetensors",
        "user_tower.onnx",
        "item_tower.onnx",
        "items.faiss",
        "items.json",
        "content.json",
    ],
)
def test_an_altered_or_missing_file_is_refused(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(ArtifactError, match=name):
        Recommender.load(copied)
    (copied / name).unlink()
    with pytest.raises(ArtifactError, match=f"{name} is missing"):
        Recommender.load(copied)


def test_another_format_or_no_manifest_is_refused(copied: Path, tmp_path: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(ArtifactError, match="format 99"):
        Recommender.load(copied)
    (copied / "manifest.json").write_text('{"format": 1')
    with pytest.raises(ArtifactError):
        Recommender.load(copied)
    with pytest.raises(ArtifactError):
        Recommender.load(tmp_path / "nowhere")


def write_one(folder: Path) -> None:
    (folder / "a.json").write_text("{}")


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        write_one(folder)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        publish_artifact(tmp_path / "run", {}, fail)
    assert list(tmp_path.iterdir()) == []
    publish_artifact(tmp_path / "run", {"seed": 1}, write_one)
    with pytest.raises(OSError, match="disk full"):
        publish_artifact(tmp_path / "run", {"seed": 2}, fail)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["seed"] == 1
    publish_artifact(tmp_path / "run", {"seed": 3}, write_one)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["seed"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_something_else_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("meow")
    with pytest.raises(ArtifactError, match="not an artifact"):
        publish_artifact(tmp_path / "photos", {}, write_one)
    assert (tmp_path / "photos" / "cat.jpg").exists()
