"""What is hostile is refused with its reason, at once, and without much memory."""

import json
import os
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from genai.errors import DataError
from genai.images.decoding import decode
from genai.images.headers import SUFFIXES
from genai.images.reading import read_images
from genai.images.refusals import Refused
from genai.images.sources import files_of
from tests.genai.images.hostile import (
    encoded,
    make_hostile,
    make_picture,
    patched,
    zip_of,
)

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = make_hostile()
MOST_SECONDS, MOST_MEGABYTES = 2, 300  # of computing: other tests run beside this one
READ_EACH = r"""
import json, re, sys, time
from pathlib import Path
from genai.images.decoding import reencode
from genai.images.refusals import Refused
from genai.images.sources import files_of
said = {}
for file in files_of(Path(sys.argv[1])):
    started = time.process_time()
    try:
        reencode(file.read(), file.name)
        reason = None
    except Refused as error:
        reason = error.reason
    said[file.name] = reason, time.process_time() - started
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"said": said, "megabytes": peak}))
"""


def test_there_are_many_of_them() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_for_its_reason(name: str) -> None:
    reason, data = HOSTILE[name]
    with pytest.raises(Refused) as refused:
        decode(data, name)
    assert refused.value.reason == reason, str(refused.value)


@pytest.mark.slow
def test_none_takes_long_or_much_memory(tmp_path: Path) -> None:
    for name, (_, data) in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
    run = subprocess.run(
        [sys.executable, "-c", READ_EACH, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(run.stdout)
    assert {name: reason for name, (reason, _) in told["said"].items()} == {
        name: reason for name, (reason, _) in HOSTILE.items()
    }
    assert max(seconds for _, seconds in told["said"].values()) < MOST_SECONDS
    assert told["megabytes"] < MOST_MEGABYTES


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_file_cut_anywhere_or_with_any_byte_changed_is_an_image_or_refused(kind: str) -> None:
    whole = encoded(make_picture(), kind)
    name = next(f"a{suffix}" for suffix, each in SUFFIXES.items() if each == kind)
    step = max(1, len(whole) // 100)
    for place in range(0, len(whole), step):
        for data in (whole[:place], patched(whole, place, bytes([whole[place] ^ 0xFF]))):
            try:
                assert decode(data, name).mode == "RGBA"
            except Refused:
                continue


def test_links_and_pipes_in_a_folder_are_not_opened(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "folder"
    secret.mkdir()
    folder.mkdir()
    (secret / "own.png").write_bytes(encoded(make_picture(), "PNG"))
    (folder / "good.png").write_bytes(encoded(make_picture(seed=1), "PNG"))
    (folder / "link.png").symlink_to(secret / "own.png")
    (folder / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (folder / "linked").symlink_to(secret)
    os.mkfifo(folder / "pipe.png")
    images, report = read_images(folder)
    assert len(images) == 1
    assert {each.name: each.reason for each in report.refused} == dict.fromkeys(
        ["link.png", "gone.png", "linked", "pipe.png"], "link"
    )


def refused_of(path: Path) -> dict[str, str]:
    return {each.name: each.reason for each in read_images(path)[1].refused}


def write_zip(path: Path, files: dict[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    good = {"good.png": encoded(make_picture(seed=9), "PNG")}
    path.write_bytes(zip_of(good | files, packed))
    return path


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/evil.png", "C:/evil.png", "..\\evil.png"]
)
def test_no_path_leads_out_of_an_archive(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "a.zip", {name: encoded(make_picture(), "PNG")})
    assert list(refused_of(path).values()) == ["path"]
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_link_in_an_archive_is_none(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {})
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo("link.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert refused_of(path) == {"link.png": "link"}


def test_what_is_packed_or_locked_in_another_way_is_not_unpacked(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.png", encoded(make_picture(), "PNG"), zipfile.ZIP_BZIP2)
    assert refused_of(path) == {"b.png": "locked"}
    data = zip_of({"good.png": b"a", "lock.png": b"b"}, zipfile.ZIP_STORED)
    local, central = data.rindex(b"PK\3\4"), data.rindex(b"PK\1\2")
    path.write_bytes(patched(patched(data, local + 6, b"\1"), central + 8, b"\1"))
    with pytest.raises(DataError, match="1 encrypted"):
        read_images(path)


@pytest.mark.slow
def test_an_entry_that_unpacks_to_much_is_refused_before(tmp_path: Path) -> None:
    bombs = {"large.bmp": bytes(300 << 20), "thin.bmp": bytes(10 << 20)}
    path = write_zip(tmp_path / "a.zip", bombs)
    assert refused_of(path) == {"large.bmp": "bytes", "thin.bmp": "bytes"}


def test_an_entry_that_lies_about_its_size_is_read_no_further(tmp_path: Path) -> None:
    data = zip_of({"good.png": encoded(make_picture(), "PNG"), "liar.bmp": bytes(50 << 20)})
    central = data.rindex(b"PK\1\2")
    (tmp_path / "a.zip").write_bytes(patched(data, central + 24, struct.pack("<I", 1000)))
    assert refused_of(tmp_path / "a.zip") == {"liar.bmp": "damaged"}


def test_an_archive_in_an_archive_stays_packed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"b.zip": zip_of({"c.png": b""}), "d.png": zip_of({})})
    assert refused_of(path) == {"b.zip": "format", "d.png": "format"}


def test_a_wrong_checksum_is_damage(tmp_path: Path) -> None:
    picture = encoded(make_picture(), "PNG")
    data = zip_of({"good.png": encoded(make_picture(seed=1), "PNG"), "a.png": picture}, 0)
    (tmp_path / "a.zip").write_bytes(patched(data, data.rindex(picture) + 60, b"xxx"))
    assert refused_of(tmp_path / "a.zip") == {"a.png": "damaged"}


def overlapping(n: int) -> bytes:
    """Entries that all unpack the same bytes."""
    data = zip_of({"a.png": bytes(1 << 20)})
    start = data.rindex(b"PK\1\2")
    entry, end = data[start : data.rindex(b"PK\5\6")], data[data.rindex(b"PK\5\6") :]
    end = patched(end, 8, struct.pack("<HHI", n, n, n * len(entry)))
    return data[:start] + entry * n + end


def many_entries(n: int) -> bytes:
    return zip_of({f"{number}.bmp": b"" for number in range(n)})


def with_long_list(size: int) -> bytes:
    """Says that its list of entries has that many bytes."""
    return patched(zip_of({}), 12, struct.pack("<I", size))


def with_sizes(data: bytes, size: int) -> bytes:
    """Every entry says that it unpacks to that many bytes."""
    place = 0
    while (place := data.find(b"PK\1\2", place + 1)) > 0:
        data = patched(data, place + 24, struct.pack("<I", size))
    return data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither a folder nor a zip"),
        (zip_of({}), "holds no image"),
        (zip_of({"a.png": bytes(999)})[:60], "neither a folder nor a zip"),
        (overlapping(2000), "share their bytes"),
        (with_sizes(many_entries(300), 15 << 20), "would unpack to 4,7"),
        (with_long_list(500 << 20), "neither a folder nor a zip"),
    ],
    ids=["empty", "nothing in it", "cut", "overlapping", "large", "lying list"],
)
def test_an_archive_that_is_hostile_as_a_whole_is_refused(
    tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DataError, match=said):
        read_images(tmp_path / "a.zip")


@pytest.mark.slow
def test_an_archive_of_more_entries_than_anybody_needs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(many_entries(170_000))
    with pytest.raises(DataError, match="too long a list"):
        read_images(tmp_path / "a.zip")


def test_more_files_than_anybody_needs_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("genai.images.sources.MAX_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(b"")
    with pytest.raises(DataError, match="more than 3 files"):
        list(files_of(tmp_path))
