import numpy as np

from genai.images.pixels import decode, encode


def some_images(channels: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (5, 8, 8, channels), dtype=np.uint8)


def test_grey_and_colour_come_back_as_they_were() -> None:
    for channels in (1, 3):
        images = some_images(channels)
        assert (decode(encode(images)) == images).all()


def test_what_is_opaque_or_half_seen_comes_back_with_alpha() -> None:
    images = some_images(4)
    images[..., 3] = np.where(images[..., 3] > 127, 255, 128)
    assert (decode(encode(images)) == images).all()


def test_a_colour_that_nobody_sees_does_not_count() -> None:
    one, other = some_images(4), some_images(4)
    one[..., 3] = other[..., 3] = 0
    other[..., :3] = 255 - other[..., :3]
    assert (encode(one) == encode(other)).all()
    assert not decode(encode(one)).any()


def test_values_have_the_range_and_order_of_the_networks() -> None:
    values = encode(some_images(3))
    assert values.shape == (5, 3, 8, 8)
    assert values.min() >= -1
    assert values.max() <= 1


def test_values_beyond_the_range_become_the_nearest_byte() -> None:
    values = np.array([-7.0, 7.0, 0.0], dtype=np.float32).reshape(1, 1, 1, 3)
    assert decode(values).ravel().tolist() == [0, 255, 128]
