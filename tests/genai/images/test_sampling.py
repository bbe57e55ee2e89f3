import numpy as np
import pytest
from PIL import Image

from genai.images.sampling import grid, latents, save_pictures, slerp


def test_a_seed_has_its_latent_whoever_is_asked_for_beside_it() -> None:
    assert (latents([5, 9], 16, 1.0)[1] == latents([9], 16, 1.0)[0]).all()
    assert not np.allclose(latents([5], 16, 1.0), latents([9], 16, 1.0))


def test_truncation_draws_latents_towards_the_average() -> None:
    assert np.allclose(latents([3], 16, 0.5), latents([3], 16, 1.0) / 2)
    assert not latents([3], 16, 0.0).any()


@pytest.mark.parametrize("truncation", [-0.1, 1.1, float("nan")])
def test_truncation_outside_its_range_is_a_wrong_argument(truncation: float) -> None:
    with pytest.raises(ValueError, match="truncation"):
        latents([3], 16, truncation)


def test_a_path_goes_from_end_to_end_without_coming_nearer_to_the_origin() -> None:
    start, end = np.float32([2, 0]), np.float32([0, 2])
    path = slerp(start, end, np.linspace(0, 1, 5))
    assert np.allclose(path[[0, -1]], [start, end], atol=1e-6)
    assert np.allclose(np.linalg.norm(path, axis=1), 2)
    assert np.allclose(path[2], np.sqrt(2))


def test_a_path_between_equal_ends_stays_there() -> None:
    start = np.float32([1, 2, 3])
    assert np.allclose(slerp(start, start, np.linspace(0, 1, 3)), start)


def test_a_grid_has_its_images_row_by_row() -> None:
    images = np.arange(5, dtype=np.uint8).repeat(6).reshape(5, 2, 3, 1)
    sheet = np.array(grid(images, 3))
    assert sheet.shape == (4, 9)
    assert sheet[0, ::3].tolist() == [0, 1, 2]
    assert sheet[2, ::3].tolist() == [3, 4, 0]
    assert grid(images, 3, scale=2).size == (18, 8)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_a_grid_is_of_the_kind_of_its_images(channels: int, mode: str) -> None:
    assert grid(np.zeros((2, 4, 4, channels), dtype=np.uint8)).mode == mode


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_frames_become_an_animation_that_keeps_them_all(tmp_path, suffix: str) -> None:
    images = np.zeros((4, 8, 8, 4), dtype=np.uint8)
    for place, image in enumerate(images):
        image[2 * place : 2 * place + 2] = 255
    path = tmp_path / f"path.{suffix}"
    save_pictures(path, [grid(image[None]) for image in images])
    with Image.open(path) as animation:
        assert animation.n_frames == 4
        animation.seek(3)
        last = np.array(animation.convert("RGBA"))
    assert (last[..., 3] == images[3, ..., 3]).all()
    assert list(tmp_path.iterdir()) == [path]
