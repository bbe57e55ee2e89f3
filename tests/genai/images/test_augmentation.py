import pytest
import torch

from genai.images.augmentation import augment
from genai.images.pixels import EMPTY

SOME = 40


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def dotted(count: int = SOME, channels: int = 1) -> torch.Tensor:
    """One bright pixel in the middle of each."""
    images = torch.full((count, channels, 16, 16), EMPTY)
    images[:, :, 8, 8] = 0.5
    return images


def test_without_it_images_stay_as_they_are() -> None:
    images = dotted()
    assert augment(images, 0.0, rng()) is images


def test_about_the_wanted_share_is_changed() -> None:
    images = torch.rand(1000, 3, 16, 16)
    changed = (augment(images, 0.2, rng()) != images).flatten(1).any(1).float().mean()
    assert 0.4 < changed < 0.56  # 1 - 0.8³: three changes; moves by nothing are few


def test_equal_chance_changes_equally_and_other_chance_otherwise() -> None:
    images = torch.rand(8, 3, 16, 16)
    assert torch.equal(augment(images, 0.7, rng()), augment(images, 0.7, rng()))
    other = torch.Generator().manual_seed(2)
    assert not torch.equal(augment(images, 0.7, rng()), augment(images, 0.7, other))


def test_images_are_moved_by_whole_pixels_and_leave_nothing_behind() -> None:
    changed = augment(dotted(), 0.9, rng())
    lit = (changed > EMPTY + 1).flatten(1).sum(1)
    assert set(lit.tolist()) <= {0, 1}
    places = {tuple(place[2:].tolist()) for place in (changed > EMPTY + 1).nonzero()}
    assert len(places) > 5
    assert all(abs(row - 8) <= 2 and abs(column - 8) <= 2 for row, column in places)


def test_the_generator_learns_through_it() -> None:
    images = torch.rand(SOME, 4, 16, 16, requires_grad=True)
    augment(images, 0.5, rng()).sum().backward()
    assert images.grad is not None
    assert images.grad.isfinite().all()
    assert (images.grad != 0).float().mean() > 0.5


@pytest.mark.parametrize("channels", [1, 3])
def test_colours_change_where_there_is_no_alpha(channels: int) -> None:
    changed = augment(torch.zeros(SOME, channels, 16, 16), 0.9, rng())
    assert len(changed[:, 0, 8, 8].unique()) > SOME / 4


def test_what_is_transparent_gets_no_colour() -> None:
    changed = augment(torch.full((SOME, 4, 16, 16), EMPTY), 0.9, rng())
    assert torch.equal(changed, torch.full_like(changed, EMPTY))
