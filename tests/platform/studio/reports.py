"""What measuring leaves on the row of a run, of made-up figures."""

from typing import Any

SPACES = ("classifier", "premultiplied pixels", "principal components")


def make_measures(distance: float) -> dict[str, Any]:
    return {
        "frechet_distance": distance,
        "frechet_of_variance": distance / 100,
        "kernel_distance": {"value": distance / 10, "standard_error": 0.01},
        "precision": 0.71,
        "recall": 0.62,
        "density": 0.83,
        "coverage": 0.54,
        "spectrum": {
            "real_dimensions": 12.0,
            "fake_dimensions": 9.5,
            "variance_ratio": 0.8,
            "leading_ratios": [0.9, 0.8, 0.7],
        },
    }


def make_evaluation(distance: float) -> dict[str, Any]:
    """As genai's evaluation reports, of made-up figures."""
    contenders = {
        "generator": make_measures(distance),
        "floor": make_measures(2.0),
        "mean image with noise": make_measures(150.0),
        "noise": make_measures(300.0),
    }
    classes = {"asked_for": 0.5, "seen": 0.4, "accuracy": 0.97}
    near = {"ratio": 0.93, "samples": 4.0, "held_out": 4.3, "copied": 0.01}
    return {
        "count": 1000,
        "measures": {"classifier": contenders, "pixels": contenders},
        "labels": {
            "accuracy": 0.96,
            "accuracy_on_held_out": 0.99,
            "by_label": {"left": classes, "right": classes | {"seen": 0.6, "accuracy": None}},
        },
        "neighbours": dict.fromkeys(
            ("classifier", "premultiplied pixels", "principal components"), near
        ),
    }


def make_report(*, recalls: tuple[float, ...] = (0.2, 0.5, 0.6)) -> dict[str, Any]:
    """What measuring leaves on a run's row."""
    steps = [
        {
            "step": 100 * number,
            "seconds": 10.0 * number,
            "frechet_distance": 90.0 / number,
            "precision": 0.7,
            "recall": recall,
            "density": 0.8,
            "coverage": 0.5,
            "accuracy": 0.9,
            "smallest_share": 0.2,
        }
        for number, recall in enumerate(recalls, start=1)
    ]
    return {
        "run": make_evaluation(21.5),
        "mlp": {"minutes": 5.0, "report": make_evaluation(55.6)},
        "published": {
            "id": 1, "name": "Old one", "version": "0a1b2c3d", "report": make_evaluation(30.5),
        },
        "steps": steps,
        "seconds": 123.4,
    }  # fmt: skip
