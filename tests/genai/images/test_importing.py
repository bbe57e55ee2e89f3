import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from genai.errors import DataError
from genai.images.importing import DIGITS, import_idx, import_sprites


def write_idx(folder: Path, name: str, values: np.ndarray, *, packed: bool) -> None:
    head = bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape)
    data = head + values.astype(np.uint8).tobytes()
    (folder / (f"{name}.gz" if packed else name)).write_bytes(
        gzip.compress(data) if packed else data
    )


def write_digits(folder: Path, *, packed: bool) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 28, 28))
    for part in ("train", "t10k"):
        write_idx(folder, f"{part}-images-idx3-ubyte", pixels, packed=packed)
        write_idx(folder, f"{part}-labels-idx1-ubyte", np.arange(12) % 10, packed=packed)
    return pixels


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_are_read_packed_or_not(tmp_path: Path, packed: bool) -> None:
    pixels = write_digits(tmp_path, packed=packed)
    digits = import_idx(tmp_path, DIGITS, "test")
    assert (digits.images[..., 0] == pixels).all()
    assert digits.labels.tolist() == [*range(10), 0, 1]
    assert digits.label_names == DIGITS
    assert len(set(digits.families)) == 12
    assert not set(digits.families) & set(import_idx(tmp_path, DIGITS, "train").families)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t10k-images-idx3-ubyte", b"no", "no idx file"),
        ("t10k-images-idx3-ubyte", bytes((0, 0, 8, 3)) + b"\xff" * 12, "holds 0 bytes, not"),
        ("t10k-images-idx3-ubyte", bytes((0, 0, 13, 3)) + bytes(12), "no idx file"),
        ("t10k-labels-idx1-ubyte", bytes((0, 0, 8, 1, 0, 0, 0, 1, 3)), "do not fit"),
        ("t10k-labels-idx1-ubyte", bytes((0, 0, 8, 1, 0, 0, 0, 12)) + b"\x0a" * 12, "not fit"),
    ],
)
def test_an_idx_file_that_is_none_is_refused(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    write_digits(tmp_path, packed=False)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=said):
        import_idx(tmp_path, DIGITS, "test")


def test_a_packed_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    write_digits(tmp_path, packed=True)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="cannot be unpacked"):
        import_idx(tmp_path, DIGITS, "test")
    path.unlink()
    with pytest.raises(DataError, match="has neither"):
        import_idx(tmp_path, DIGITS, "test")


def test_sprites_are_labelled_by_their_folders_and_the_rest_is_left_out(tmp_path: Path) -> None:
    names = [
        "mon/eyes/eye1.png",
        "UNUSED/monsters/eye2.png",
        "UNUSED/armour/cap.png",
        "UNUSED/spells/fire.png",
        "gui/frame.png",
        "dngn/wall.png",
        "dngn/same_wall.png",
    ]
    pixels = np.random.default_rng(0).integers(1, 256, (7, 32, 32, 4), dtype=np.uint8)
    pixels[0, 0, 0, 3] = 0
    pixels[6] = pixels[5]
    np.savez(tmp_path / "a.npz", images=pixels, names=np.array(names))
    sprites = import_sprites(tmp_path / "a.npz")
    assert [sprites.label_names[label] for label in sprites.labels] == [
        "monster",
        "monster",
        "item",
        "dungeon",
    ]
    assert sprites.images[0, 0, 0].tolist() == [0, 0, 0, 0]
    assert (sprites.images[1:] == pixels[[1, 2, 5]]).all()
    np.savez(tmp_path / "b.npz", names=np.array(names))
    with pytest.raises(DataError, match="no file of sprites"):
        import_sprites(tmp_path / "b.npz")
