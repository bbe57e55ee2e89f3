from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genai.errors import DataError
from genai.images.imageset import ImageSet


def make_set(n: int = 200, *, size: int = 8, channels: int = 3, seed: int = 0) -> ImageSet:
    rng = np.random.default_rng(seed)
    return ImageSet(
        rng.integers(0, 256, (n, size, size, channels), dtype=np.uint8),
        np.arange(n) // 3 % 2,
        ("a", "b"),
        np.array([f"family {row // 3}" for row in range(n)]),
    )


def test_a_set_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    whole = make_set()
    whole.save(tmp_path / "a.npz")
    again = ImageSet.read(tmp_path / "a.npz")
    assert again.sha256 == whole.sha256
    assert again.label_names == whole.label_names
    assert (again.images == whole.images).all()
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_equal_sets_make_equal_files(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        make_set().save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_hash_is_of_everything_in_it() -> None:
    whole = make_set()
    pixels = whole.images.copy()
    pixels[5, 1, 1, 1] ^= 1
    others = [
        replace(whole, images=pixels),
        replace(whole, labels=1 - whole.labels),
        replace(whole, label_names=("a", "c")),
        replace(whole, families=whole.families[::-1]),
    ]
    assert len({each.sha256 for each in [whole, make_set(), *others]}) == 5


def test_no_family_is_on_both_sides_and_each_label_gives_its_share() -> None:
    whole = make_set(600)
    train, held_out = whole.split(0.2, seed=1)
    assert not set(train.families) & set(held_out.families)
    assert len(train) + len(held_out) == 600
    assert np.bincount(held_out.labels).tolist() == [60, 60]
    assert (whole.split(0.2, seed=1)[1].images == held_out.images).all()
    assert set(whole.split(0.2, seed=2)[1].families) != set(held_out.families)


def test_the_split_does_not_depend_on_the_order_of_the_images() -> None:
    whole = make_set(600)
    turned = whole.take(np.arange(600)[::-1])
    assert set(turned.split()[1].families) == set(whole.split()[1].families)


def test_a_family_larger_than_the_share_stays_in_training() -> None:
    whole = replace(make_set(), families=np.array(["one"] * 100 + [f"{n}" for n in range(100)]))
    assert "one" not in whole.split()[1].families


def test_nothing_to_hold_out_is_said() -> None:
    with pytest.raises(DataError, match="1 families are too few"):
        replace(make_set(), families=np.array(["one"] * 200)).split()


@pytest.mark.parametrize(
    "changes",
    [
        {"images": np.zeros((200, 8, 8), dtype=np.uint8)},
        {"images": np.zeros((200, 8, 8, 2), dtype=np.uint8)},
        {"images": np.zeros((200, 8, 8, 3))},
        {"labels": np.zeros(199, dtype=np.int64)},
        {"labels": np.full(200, 2)},
        {"labels": np.full(200, -1)},
        {"families": np.zeros(200)},
    ],
)
def test_a_set_that_does_not_fit_together_is_none(changes: dict) -> None:
    with pytest.raises(ValueError, match="must|need"):
        replace(make_set(), **changes)


def test_a_file_that_is_no_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.savez(tmp_path / "code.npz", images=np.array([print], dtype=object))
    np.savez(tmp_path / "pixels.npz", images=np.zeros(3), labels=0, label_names="", families="")
    for path in tmp_path.iterdir():
        with pytest.raises(DataError, match=path.name):
            ImageSet.load(path)


def test_a_file_that_unpacks_to_more_than_a_set_is_not_unpacked(tmp_path, monkeypatch) -> None:
    make_set().save(tmp_path / "a.npz")
    monkeypatch.setattr("genai.images.imageset.LARGEST_FILE", 1000)
    with pytest.raises(DataError, match="would unpack"):
        ImageSet.load(tmp_path / "a.npz")
