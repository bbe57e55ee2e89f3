"""Image data that nobody has sent: from a folder, prepared, or shipped."""

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from genai.images.imageset import ImageSet
from studio.dataset_reports import moderation_of
from studio.dataset_services import remove_dataset
from studio.training_models import Dataset
from tests.platform.studio.sets import (
    good_files,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_command_adds_a_folder_and_says_what_it_refused(tmp_path, capsys):
    for name, data in (good_files() | {"cat/a.svg": b"<svg/>"}).items():
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(data)
    call_command("add_dataset", str(tmp_path / "pets"), name="Pets", size=32)
    assert "Pets: 6 images of 32 pixels, 2 classes, 1 files refused." in capsys.readouterr().out
    found = Dataset.objects.get()
    assert (found.is_ready, found.job, found.added_by) == (True, None, None)
    with pytest.raises(CommandError, match="of this name"):
        call_command("add_dataset", str(tmp_path / "pets"), name="Pets")
    with pytest.raises(CommandError, match="images of Pets"):
        call_command("add_dataset", str(tmp_path / "pets"), name="Others", size=32)
    with pytest.raises(CommandError, match="no such folder"):
        call_command("add_dataset", str(tmp_path / "nowhere"), name="Others")


def test_the_command_adds_a_prepared_set_as_it_is(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 28, 28, 1), dtype=np.uint8)
    families = np.array(list("abcd"))
    images = ImageSet(pixels, np.array([0, 1, 1, 1]), ("seven", "one"), families)
    images.save(tmp_path / "digits.npz")
    call_command("add_dataset", str(tmp_path / "digits.npz"), name="Digits")
    found = Dataset.objects.get()
    assert (found.counts, found.sha256) == ({"one": 3, "seven": 1}, images.sha256)
    assert "came prepared" in moderation_of(found).text
    odd = ImageSet(pixels[:, :20], images.labels, images.label_names, families)
    odd.save(tmp_path / "odd.npz")
    with pytest.raises(CommandError, match="28 x 20 pixels"):
        call_command("add_dataset", str(tmp_path / "odd.npz"), name="Odd")
    (tmp_path / "torn.npz").write_bytes(b"torn")
    with pytest.raises(CommandError, match="no set of images"):
        call_command("add_dataset", str(tmp_path / "torn.npz"), name="Torn")


def test_the_shipped_images_are_added_once_and_stay_away_when_removed(tmp_path):
    prepare = {"folder": tmp_path / "absent"}
    call_command("prepare_studio", **prepare, images=tmp_path / "absent.npz")
    assert not Dataset.objects.exists()
    call_command("prepare_studio", **prepare)
    found = Dataset.objects.get()
    assert (found.name, found.images, len(found.counts)) == ("Sprites", 2880, 4)
    remove_dataset(dataset=found)
    call_command("prepare_studio", **prepare)
    assert not Dataset.objects.filter(is_removed=False).exists()
