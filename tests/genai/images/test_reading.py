"""Folders and archives of honest images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from genai.errors import DataError
from genai.images import reading
from genai.images.decoding import decode, reencode
from genai.images.families import families_of
from genai.images.imageset import ImageSet
from genai.images.reading import fit, read_images
from tests.genai.images.hostile import encoded, make_picture, zip_of

TAGS = {0x0112: 1, 0x010F: "Camera", 0x8825: {1: "N", 2: (59.0, 20.0, 0.0)}}
CORNERS = np.zeros((16, 24, 3), dtype=np.uint8)
CORNERS[:8, :8], CORNERS[:8, 16:], CORNERS[8:, :8] = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def stored(orientation: int) -> Image.Image:
    """The corners as a camera that is held that way stores them."""
    turns = Image.Transpose
    back = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_90,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_270,
    }
    image = Image.fromarray(CORNERS)
    return image.transpose(back[orientation]) if orientation > 1 else image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_image_comes_upright_whatever_its_exif_says(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif.update(TAGS | {0x0112: orientation})
    data = encoded(stored(orientation), kind, exif=exif.tobytes(), quality=100, lossless=True)
    name = f"a.{kind.lower()}"
    pixels = np.asarray(decode(data, name).convert("RGB")).astype(int)
    assert pixels.shape == CORNERS.shape
    assert np.abs(pixels - CORNERS).mean() < 10


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_but_pixels_is_left(kind: str) -> None:
    exif = Image.Exif()
    exif.update(TAGS)
    data = encoded(make_picture(), kind, exif=exif.tobytes(), icc_profile=b"secret profile")
    assert b"Camera" in data
    assert b"secret profile" in data or kind == "PNG"
    image = decode(data, f"a.{kind.lower()}")
    assert (image.info, dict(image.getexif())) == ({}, {})
    again = reencode(data, f"a.{kind.lower()}")
    assert {again[at : at + 4] for at in (12, 37)} == {b"IHDR", b"IDAT"}
    assert b"Camera" not in again


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_costs_nobody_their_picture() -> None:
    data = encoded(make_picture(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + bytes(40))
    assert decode(data, "a.jpg").size == (40, 30)


def test_pixels_come_as_they_were() -> None:
    picture = make_picture()
    for kind in ("PNG", "BMP"):
        pixels = np.asarray(decode(encoded(picture, kind), f"a.{kind.lower()}"))
        assert (pixels[..., :3] == np.asarray(picture)).all()
        assert (pixels[..., 3] == 255).all()


def test_every_way_to_store_pixels_is_read() -> None:
    picture = make_picture()
    grey = np.asarray(picture.convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    found = np.asarray(decode(encoded(deep, "PNG"), "a.png"))
    assert (found[..., 0] == grey).all()
    for mode in ("1", "L", "LA", "P", "RGBA"):
        assert decode(encoded(picture.convert(mode), "PNG"), "a.png").size == (40, 30)
    ink = np.asarray(decode(encoded(picture.convert("CMYK"), "JPEG", quality=100), "a.jpg"))
    assert np.abs(ink[..., :3].astype(int) - np.asarray(picture)).mean() < 8


def test_what_nobody_sees_has_no_colour() -> None:
    pixels = np.full((9, 9, 4), 200, dtype=np.uint8)
    pixels[:4, :, 3] = 0
    found = np.asarray(decode(encoded(Image.fromarray(pixels), "PNG"), "a.png"))
    assert (found[:4] == 0).all()
    assert (found[4:] == 200).all()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_counts(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    pixels = np.asarray(decode(data, f"a.{kind.lower()}"))
    assert pixels[10, 10].tolist() == [255, 0, 0, 255]


def test_reencoding_makes_large_pictures_smaller() -> None:
    data = reencode(encoded(make_picture(600, 300), "JPEG"), "a.jpeg", longest=100)
    assert decode(data, "a.png").size == (100, 50)


def test_a_photograph_is_cropped_and_a_drawing_kept_whole() -> None:
    wide = Image.new("RGBA", (60, 20), "red")
    wide.paste((0, 0, 255, 255), (20, 0, 40, 20))
    assert (np.asarray(fit(wide, 32)) == (0, 0, 255, 255)).all()
    drawing = Image.new("RGBA", (24, 12))
    drawing.paste((255, 0, 0, 255), (4, 4, 20, 8))
    pixels = np.asarray(fit(drawing, 32))
    assert (pixels[..., 3] > 0).sum() == 16 * 4
    assert pixels[16, 16].tolist() == [255, 0, 0, 255]


def write_folder(folder: Path) -> None:
    for number in range(30):
        path = folder / ("cats" if number % 3 else "dogs") / f"{number:03d}.png"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(encoded(make_picture(40, 36, seed=number), "PNG"))
    (folder / "cats" / "copy.png").write_bytes((folder / "cats" / "001.png").read_bytes())
    (folder / "cats" / "notes.txt").write_text("mine")
    (folder / "cats" / ".DS_Store").write_bytes(b"\0")


def test_subfolders_are_labels_and_the_report_says_what_was_left_out(tmp_path: Path) -> None:
    write_folder(tmp_path)
    images, report = read_images(tmp_path)
    assert images.images.shape == (30, 32, 32, 3)
    assert images.label_names == ("cats", "dogs")
    assert np.bincount(images.labels).tolist() == [20, 10]
    assert report.text().splitlines() == [
        "30 images read, 2 files refused",
        "  1 the same pixels as another: cats/copy.png (of cats/001.png)",
        "  1 no PNG, JPEG, GIF, WebP or BMP: cats/notes.txt "
        "(its first bytes are those of no image format that is read)",
    ]


def test_a_zip_is_read_as_its_folder_is(tmp_path: Path) -> None:
    write_folder(tmp_path / "folder")
    paths = [path for path in (tmp_path / "folder").rglob("*") if path.is_file()]
    names = [path.relative_to(tmp_path / "folder").as_posix() for path in paths]
    data = zip_of({f"top/{name}": p.read_bytes() for name, p in zip(names, paths, strict=True)})
    (tmp_path / "a.zip").write_bytes(data)
    packed, plain = ImageSet.read(tmp_path / "a.zip"), ImageSet.read(tmp_path / "folder")
    assert packed.label_names == plain.label_names
    assert (packed.images == plain.images).all()
    assert (packed.labels == plain.labels).all()


def test_size_and_channels_are_what_suits_or_what_is_asked_for(tmp_path: Path) -> None:
    for number in range(4):
        picture = make_picture(29, 30, seed=number).convert("L")
        (tmp_path / f"{number}.png").write_bytes(encoded(picture, "PNG"))
    assert ImageSet.read(tmp_path).images.shape == (4, 28, 28, 1)
    assert ImageSet.read(tmp_path, size=64, channels=4).images.shape == (4, 64, 64, 4)
    assert ImageSet.read(tmp_path).label_names == ("image",)


def test_a_folder_without_an_image_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no")
    with pytest.raises(DataError, match=r"no image that can be used\n0 images read, 1 files"):
        read_images(tmp_path)
    with pytest.raises(DataError, match="no such folder or file"):
        read_images(tmp_path / "nowhere")


def test_drawings_of_one_thing_are_a_family_and_numbered_photographs_are_not() -> None:
    things = [f"{letter}{number}.png" for letter in "abcdefghijkl" for number in range(3)]
    assert set(families_of(things)) == {f"./{letter}" for letter in "abcdefghijkl"}
    names = ["wall_blue_n.png", "wall_red_s2.png", "x/wall.png", *things]
    assert families_of(names)[:3].tolist() == ["./wall", "./wall", "x/wall"]
    photographs = [f"IMG_{number:04d}.jpg" for number in range(40)]
    assert len(set(families_of(photographs))) == 40


def test_more_images_than_memory_should_hold_are_refused_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(zip_of({f"{n}.png": encoded(make_picture(seed=n), "PNG") for n in range(4)}))
    monkeypatch.setattr(reading, "LARGEST_SET", 4 * 32 * 32 * 4 - 1)
    with pytest.raises(DataError, match="of 32 x 32 pixels up to 3; take fewer"):
        read_images(path, size=32)
    assert len(read_images(path, size=28)[0]) == 4


def test_channels_are_the_same_however_many_images_are_turned_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 4), dtype=np.uint8)
    at_once = [reading.to_channels(pixels, channels) for channels in (1, 3)]
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    for channels, whole in zip((1, 3), at_once, strict=True):
        assert (reading.to_channels(pixels, channels) == whole).all()
