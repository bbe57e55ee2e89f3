import math

import pytest
import torch
from torch import nn

from genai.images.gan import PRESETS, Discriminator, GanConfig, Generator, ImageShape, initialise
from genai.images.losses import classic_loss, relativistic_loss, squared_slope
from tests.genai.images.toy import make_config


@pytest.mark.parametrize("size", [28, 32, 64])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_size_and_kind_of_image_goes_through_both_networks(size: int, channels: int) -> None:
    config, shape = make_config(), ImageShape(size, channels, labels=3)
    labels = torch.tensor([0, 2])
    images = Generator(config, shape)(torch.zeros(2, config.latent), labels)
    assert images.shape == (2, channels, size, size)
    assert images.abs().max() <= 1
    assert Discriminator(config, shape)(images, labels).shape == (2,)


@pytest.mark.parametrize("name", PRESETS)
def test_a_new_network_keeps_the_scale_of_what_it_is_given(name: str) -> None:
    config, shape = PRESETS[name], ImageShape(32, 1, labels=10)
    rng = torch.Generator().manual_seed(0)
    generator, discriminator = Generator(config, shape), Discriminator(config, shape)
    initialise(generator, rng)
    initialise(discriminator, rng)
    labels = torch.arange(64) % 10
    images = generator(torch.randn(64, config.latent, generator=rng), labels)
    assert 0.2 < images.std() < 0.95
    assert 0.2 < discriminator(torch.randn(64, 1, 32, 32, generator=rng), labels).std() < 5


@pytest.mark.parametrize("finest_width", [0, 6])
def test_images_begin_nearly_grey_and_with_any_alpha(finest_width: int) -> None:
    config = make_config(finest_width=finest_width)
    generator = Generator(config, ImageShape(32, 4, labels=2))
    rng = torch.Generator().manual_seed(0)
    initialise(generator, rng)
    images = generator(torch.randn(64, config.latent, generator=rng), torch.arange(64) % 2)
    colours, alpha = images[:, :3], images[:, 3]
    brightness = colours.mean(dim=1, keepdim=True)
    assert (colours - brightness).std() < 0.75 * brightness.std()
    assert abs(torch.corrcoef(torch.stack([alpha.flatten(), brightness.flatten()]))[0, 1]) < 0.5


def test_both_networks_look_at_the_label() -> None:
    config, shape = make_config(), ImageShape(28, 1, labels=2)
    generator, discriminator = Generator(config, shape), Discriminator(config, shape)
    latents, labels = torch.ones(2, config.latent), torch.tensor([0, 1])
    images = generator(latents, labels)
    assert not torch.allclose(images[0], images[1])
    scores = discriminator(images[:1].repeat(2, 1, 1, 1), labels)
    assert not torch.allclose(scores[0], scores[1])


def test_a_size_that_cannot_be_halved_often_enough_is_a_wrong_argument() -> None:
    with pytest.raises(ValueError, match="30 pixels"):
        Generator(make_config(), ImageShape(30, 1, labels=2))


@pytest.mark.parametrize(
    "change", [{"batch": 0}, {"learning_rate": 0.0}, {"augmentation": 1.0}, {"penalty_every": 0}]
)
def test_a_config_without_sense_is_refused(change: dict) -> None:
    with pytest.raises(ValueError, match="GanConfig"):
        GanConfig(**change)


def test_the_relativistic_loss_is_the_softplus_of_each_pair() -> None:
    better, worse = torch.tensor([2.0, 0.0]), torch.tensor([1.0, 3.0])
    expected = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(3))) / 2
    assert relativistic_loss(better, worse).item() == pytest.approx(expected)


def test_the_slope_of_a_linear_score_is_its_weight_at_every_image() -> None:
    score = nn.Linear(4, 1)
    with torch.no_grad():
        score.weight.copy_(torch.tensor([[1.0, 2.0, 0.0, -2.0]]))
    images = torch.randn(5, 1, 2, 2, requires_grad=True)
    slope = squared_slope(score(images.flatten(1))[:, 0], images)
    assert slope.item() == pytest.approx(9)
    slope.backward()
    assert score.weight.grad is not None
    assert score.weight.grad.tolist() == [[2, 4, 0, -4]]


def test_the_classic_loss_asks_for_the_right_side() -> None:
    sure = torch.full((3,), 20.0)
    assert classic_loss(sure, real=True) < 1e-6
    assert classic_loss(sure, real=False) == pytest.approx(20)
