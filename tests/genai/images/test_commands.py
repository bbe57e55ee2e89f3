from pathlib import Path

import pytest
from PIL import Image

from genai.artifacts import read_manifest
from genai.images.__main__ import main
from tests.genai.images.toy import make_images

pytestmark = pytest.mark.slow


def test_train_makes_an_artifact_and_previews_beside_it(tmp_path: Path, capsys) -> None:
    make_images().save(tmp_path / "images.npz")
    told = main(
        ["train", "--data", str(tmp_path / "images.npz"), "--out", str(tmp_path / "out")]
        + ["--preset", "tiny", "--seed", "3", "--held-out", "0"]
    )
    assert told == 0
    manifest = read_manifest(tmp_path / "out")
    assert (manifest["preset"], manifest["seed"], manifest["held_out"]) == ("tiny", 3, 0)
    assert list((tmp_path / "out.previews").glob("*.png"))
    captured = capsys.readouterr()
    assert "is ready after 60 steps" in captured.out
    assert "100%" in captured.err


def test_sample_makes_a_sheet(trained, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    arguments = ["sample", "--artifact", str(trained[0]), "--out", str(out), "--count", "9"]
    assert main([*arguments, "--seed", "5", "--label", "left", "--truncation", "0.7"]) == 0
    with Image.open(out) as sheet:
        assert (sheet.size, sheet.mode) == ((84, 84), "L")


def test_equal_seeds_sample_equal_files(trained, tmp_path: Path) -> None:
    outs = [tmp_path / f"{name}.png" for name in ("a", "b", "c")]
    for out, seed in zip(outs, ("1", "1", "2"), strict=True):
        main(["sample", "--artifact", str(trained[0]), "--out", str(out), "--seed", seed])
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert outs[0].read_bytes() != outs[2].read_bytes()


def test_interpolate_makes_an_animation(trained, tmp_path: Path) -> None:
    out = tmp_path / "path.gif"
    arguments = ["interpolate", "--artifact", str(trained[0]), "--out", str(out)]
    assert main([*arguments, "--from", "1", "--to", "2", "--frames", "6", "--scale", "3"]) == 0
    with Image.open(out) as animation:
        assert (animation.n_frames, animation.size) == (6, (84, 84))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sample", "--artifact", "nowhere", "--out", "x.png"], "nowhere is not an artifact"),
        (["sample", "--artifact", "{}", "--out", "x.bmp"], "must end in .png"),
        (["sample", "--artifact", "{}", "--out", "x.png", "--label", "up"], "unknown label 'up'"),
        (["sample", "--artifact", "{}", "--out", "no/where/x.png"], "No such file"),
        (["train", "--data", "nothing.npz", "--out", "x"], "nothing.npz"),
        (["train", "--data", "nothing.zip", "--out", "x"], "nothing.zip"),
        (
            ["interpolate", "--artifact", "{}", "--from", "1", "--to", "2", "--out", "x.png"],
            "must end in .gif or .webp",
        ),
    ],
)
def test_bad_input_is_told_in_one_line(
    trained, tmp_path: Path, monkeypatch, capsys, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([each.format(trained[0]) for each in arguments]) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error")]
    assert said in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("argument", ["--count=0", "--seed=-1", "--truncation=2", "--count=x"])
def test_a_wrong_argument_is_told_with_its_name(capsys, argument: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sample", "--artifact", "a", "--out", "x.png", argument])
    assert ended.value.code == 2
    assert argument.partition("=")[0] in capsys.readouterr().err
