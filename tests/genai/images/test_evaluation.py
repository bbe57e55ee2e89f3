"""What a report says of generators whose faults are known."""

import json
from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from genai.errors import DataError
from genai.images.evaluate import evaluate, glance, pixels_of
from genai.images.imageset import ImageSet
from genai.vision.classifier import PRESETS, Classifier
from genai.vision.training import train_classifier

pytestmark = pytest.mark.slow

LABELS = ("lying", "standing", "both")


def make_bars(n: int = 600, *, seed: int = 0) -> ImageSet:
    """Bars in three arrangements, of any brightness, anywhere."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    images = rng.integers(0, 40, (n, 12, 12, 1), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = rng.integers(1, 10, 2)
        if label != 1:
            image[row : row + 2] = rng.integers(120, 256)
        if label != 0:
            image[:, column : column + 2] = rng.integers(120, 256)
    return ImageSet(images, labels, LABELS, np.array([f"{seed}-{row}" for row in range(n)]))


class Drawing:
    """A generator that gives images of a set: of the label that is asked for, by the seed."""

    def __init__(self, images: ImageSet, labels: tuple[int, ...] = (0, 1, 2)) -> None:
        self.images, self.labels = images, labels

    def sample(self, seeds, labels, truncation) -> np.ndarray:
        found = []
        for seed, label in zip(seeds, labels, strict=True):
            rows = np.flatnonzero(self.images.labels == self.labels[label])
            found.append(self.images.images[rows[seed % len(rows)]])
        return np.array(found)


@pytest.fixture(scope="module")
def sets() -> tuple[ImageSet, ImageSet]:
    return make_bars(), make_bars(300, seed=1)


@pytest.fixture(scope="module")
def classifier(sets) -> Classifier:
    config = replace(PRESETS["tiny"], epochs=6, turn=0.0)
    return train_classifier(sets[0], config, seed=1, threads=1)[0]


def report_of(images: ImageSet, sets, classifier: Classifier, labels=(0, 1, 2)) -> dict:
    return evaluate(Drawing(images, labels), *sets, classifier)


@pytest.fixture(scope="module")
def honest(sets, classifier) -> dict:
    return report_of(make_bars(seed=2), sets, classifier)


def test_what_is_as_good_as_real_stands_at_the_floor(honest) -> None:
    assert honest["count"] == 300
    for contenders in honest["measures"].values():
        own, floor = contenders["generator"], contenders["floor"]
        for ceiling in ("noise", "mean image with noise"):
            ceiling_distance = contenders[ceiling]["frechet_distance"]
            assert ceiling_distance > 10 * max(own["frechet_distance"], floor["frechet_distance"])
        assert own["precision"] == pytest.approx(floor["precision"], abs=0.1)
        assert own["recall"] == pytest.approx(floor["recall"], abs=0.1)
        assert abs(own["kernel_distance"]["value"]) < 4 * own["kernel_distance"]["standard_error"]
    assert honest["labels"]["accuracy"] > 0.95
    assert honest["labels"]["smallest_share"] > 0.25
    assert all(0.8 < each["ratio"] < 1.25 for each in honest["neighbours"].values())
    json.dumps(honest, allow_nan=False)


def test_there_are_two_extractors_and_each_says_what_it_is(honest) -> None:
    assert set(honest["measures"]) == set(honest["extractors"]) == {"classifier", "pixels"}
    assert "our own classifier" in honest["extractors"]["classifier"]


def test_a_dropped_label_is_seen_in_recall_shares_and_accuracy(sets, classifier, honest) -> None:
    dropped = report_of(make_bars(seed=2), sets, classifier, labels=(0, 1, 1))
    assert dropped["labels"]["smallest_share"] < 0.05
    assert dropped["labels"]["accuracy"] == pytest.approx(2 / 3, abs=0.05)
    assert dropped["labels"]["by_label"]["both"]["accuracy"] < 0.1
    for name, contenders in dropped["measures"].items():
        before = honest["measures"][name]["generator"]
        assert contenders["generator"]["recall"] < before["recall"] - 0.1
        assert contenders["generator"]["frechet_distance"] > 2 * before["frechet_distance"]


def test_copies_of_training_images_are_told_though_they_look_perfect(sets, classifier) -> None:
    copied = report_of(sets[0], sets, classifier)
    assert copied["measures"]["classifier"]["generator"]["precision"] > 0.8
    for each in copied["neighbours"].values():
        assert each["ratio"] < 0.01
        assert each["copied"] == 1


def test_mirrored_copies_are_copies_where_a_mirror_image_means_the_same(sets, classifier) -> None:
    mirrored = replace(sets[0], images=sets[0].images[:, :, ::-1])
    assert report_of(mirrored, sets, classifier)["neighbours"]["premultiplied pixels"]["copied"] < 1
    either_way = copy(classifier)
    either_way.config = replace(classifier.config, flip=True)
    found = report_of(mirrored, sets, either_way)["neighbours"]["premultiplied pixels"]
    assert (found["ratio"], found["copied"]) == (0, 1)


def test_noise_that_a_classifier_overlooks_is_seen_by_another_extractor(sets, classifier) -> None:
    grey = make_bars(seed=2)
    grey = replace(grey, images=np.maximum(grey.images, 90))
    report = report_of(grey, sets, classifier)["measures"]["pixels"]
    assert report["generator"]["frechet_distance"] > 10 * report["floor"]["frechet_distance"]


def test_the_same_seed_makes_the_same_report(sets, classifier, honest) -> None:
    again = report_of(make_bars(seed=2), sets, classifier)
    assert again | {"seconds": 0} == honest | {"seconds": 0}


def test_progress_rises_to_the_end(sets, classifier) -> None:
    told: list[float] = []
    evaluate(
        Drawing(sets[0]), *sets, classifier, on_progress=lambda share, message: told.append(share)
    )
    assert told == sorted(told)
    assert len(set(told)) > 4


def test_what_cannot_be_compared_is_refused(sets, classifier) -> None:
    generator = Drawing(sets[0])
    with pytest.raises(DataError, match="50 to 300 can be compared"):
        evaluate(generator, *sets, classifier, count=301)
    with pytest.raises(DataError, match="different labels"):
        evaluate(generator, replace(sets[0], label_names=("a", "b", "c")), sets[1], classifier)
    small = replace(sets[0], images=sets[0].images[:, :8, :8])
    with pytest.raises(DataError, match="the generator makes"):
        evaluate(Drawing(small), *sets, classifier)


def test_pixels_that_nobody_sees_count_for_none() -> None:
    images = np.zeros((2, 4, 4, 4), dtype=np.uint8)
    images[1, ..., :3] = 200
    assert (pixels_of(images)[0] == pixels_of(images)[1]).all()


def test_a_glance_says_by_fewer_images_what_a_report_does(sets, classifier) -> None:
    def glance_at(labels: tuple[int, ...]) -> dict[str, float]:
        return glance(Drawing(make_bars(seed=2), labels), sets[1], classifier, count=200)

    good, collapsed = glance_at((0, 1, 2)), glance_at((0, 0, 0))
    assert good["frechet_distance"] < collapsed["frechet_distance"] / 4
    assert good["recall"] > 0.6 > collapsed["recall"]
    assert good["smallest_share"] > 0.2 > collapsed["smallest_share"]
    assert good["accuracy"] > 0.8 > collapsed["accuracy"]


def test_two_glances_at_one_generator_are_equal(sets, classifier) -> None:
    drawing = Drawing(make_bars(seed=2))
    assert glance(drawing, sets[1], classifier, count=100) == glance(
        drawing, sets[1], classifier, count=100
    )
