"""Each measure against closed forms, and against faults that it is there to see."""

import numpy as np
import pytest

from genai.images import metrics

pytestmark = pytest.mark.slow

N, F = 2000, 8


def normal(n: int = N, *, seed: int = 0, mean: float = 0.0, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, spread, (n, F)).astype(np.float32)


def with_moments(mean: np.ndarray, covariance: np.ndarray, seed: int) -> np.ndarray:
    """A sample that has exactly these moments, not only about."""
    raw = np.random.default_rng(seed).normal(size=(500, len(mean)))
    raw -= raw.mean(axis=0)
    raw = raw @ np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(raw, rowvar=False)))).T
    return raw @ np.linalg.cholesky(covariance).T + mean


def test_the_frechet_distance_of_normals_on_a_line_is_known() -> None:
    # (m1 - m2)² + (s1 - s2)²
    first = with_moments(np.array([1.0]), np.array([[4.0]]), 0)
    second = with_moments(np.array([4.0]), np.array([[9.0]]), 1)
    assert metrics.frechet_distance(first, second) == pytest.approx(9 + 1)


def test_the_frechet_distance_of_normals_with_their_own_axes_adds_up() -> None:
    first = with_moments(np.zeros(3), np.diag([1.0, 4.0, 9.0]), 0)
    second = with_moments(np.array([1.0, 2.0, 2.0]), np.diag([4.0, 1.0, 9.0]), 1)
    assert metrics.frechet_distance(first, second) == pytest.approx(9 + 1 + 1 + 0)


def test_the_frechet_distance_of_turned_normals_is_known() -> None:
    # C1 = diag(a, b), C2 the same turned by 90 degrees: tr C1 + tr C2 - 4 sqrt(a b)
    first = with_moments(np.zeros(2), np.diag([1.0, 16.0]), 0)
    turned = np.array([[0.0, -1.0], [1.0, 0.0]])
    second = with_moments(np.zeros(2), turned @ np.diag([1.0, 16.0]) @ turned.T, 1)
    assert metrics.frechet_distance(first, second) == pytest.approx(34 - 4 * 4)


def test_covariances_that_do_not_commute_follow_the_closed_form_of_two_axes() -> None:
    # tr (AB)^½ of 2 x 2 = sqrt(tr AB + 2 sqrt(det AB))
    first, second = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[3.0, 0.0], [0.0, 1.0]])
    both = first @ second
    root = np.sqrt(np.trace(both) + 2 * np.sqrt(np.linalg.det(both)))
    found = metrics.frechet_of_normals(np.zeros(2), first, np.zeros(2), second)
    assert found == pytest.approx(4 + 4 - 2 * root)


def test_a_distance_over_the_variance_does_not_depend_on_the_scale() -> None:
    real, fake = normal(), normal(seed=1, mean=1)
    shares = [
        metrics.frechet_distance(scale * real, scale * fake) / metrics.total_variance(scale * real)
        for scale in (1, 30)
    ]
    assert shares == pytest.approx([1.0, 1.0], rel=0.1)
    assert shares[0] == pytest.approx(shares[1], rel=1e-4)


def test_features_that_never_vary_are_no_fault() -> None:
    flat = np.zeros((50, 4))
    assert metrics.frechet_distance(flat, flat + [1, 0, 0, 0]) == pytest.approx(1)


def test_equal_sets_are_at_no_distance() -> None:
    real = normal()
    assert metrics.frechet_distance(real, real.copy()) == pytest.approx(0, abs=1e-6)
    found = metrics.prdc(real, real.copy())
    assert (found.precision, found.recall, found.coverage) == (1, 1, 1)


def test_the_kernel_distance_follows_its_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "FEWEST_BLOCKS", 2)
    real, fake = normal(4, seed=0)[:, :2], normal(4, seed=1, mean=1)[:, :2]

    def kernel(first: np.ndarray, second: np.ndarray) -> float:
        return float((first @ second / 2 + 1) ** 3)

    rng = np.random.default_rng(5)
    first, second = (each[rng.permutation(4)].astype(np.float64) for each in (real, fake))
    blocks = []
    for rows in (slice(0, 2), slice(2, 4)):
        (a, b), (c, d) = first[rows], second[rows]
        across = [kernel(x, y) for x in (a, b) for y in (c, d)]
        blocks.append(kernel(a, b) + kernel(c, d) - 2 * np.mean(across))
    found = metrics.kernel_distance(real, fake, np.random.default_rng(5))
    assert found.value == pytest.approx(np.mean(blocks))
    assert found.standard_error == pytest.approx(np.std(blocks, ddof=1) / np.sqrt(2))


def test_the_kernel_distance_is_without_bias_and_its_error_is_honest() -> None:
    found = [
        metrics.kernel_distance(
            normal(seed=seed), normal(seed=seed + 500), np.random.default_rng(seed), block=100
        )
        for seed in range(40)
    ]
    values = np.array([each.value for each in found])
    errors = np.array([each.standard_error for each in found])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))
    assert 0.7 < errors.mean() / values.std() < 1.4
    assert (np.abs(values) < 2.2 * errors).mean() > 0.85


def test_a_shift_shows_everywhere() -> None:
    real, near, far = normal(), normal(seed=1), normal(seed=1, mean=1)
    rng = np.random.default_rng(0)
    assert metrics.frechet_distance(real, far) == pytest.approx(F, rel=0.1)
    assert metrics.frechet_distance(real, near) < 0.1
    shifted = metrics.kernel_distance(real, far, rng)
    assert shifted.value > 20 * shifted.standard_error
    assert metrics.prdc(real, far).precision < metrics.prdc(real, near).precision - 0.2
    away = metrics.prdc(real, real + 100)
    assert (away.precision, away.recall, away.density, away.coverage) == (0, 0, 0, 0)


def test_precision_recall_density_and_coverage_of_points_on_a_line() -> None:
    # with k = 1 neighbourhoods reach: of 0, 1, 10 by 1, 1, 9; of 0.5, 0.6, 30 by 0.1, 0.1, 29.4
    real, fake = np.array([[0.0], [1.0], [10.0]]), np.array([[0.5], [0.6], [30.0]])
    found = metrics.prdc(real, fake, k=1)
    assert found.precision == pytest.approx(2 / 3)  # 30 lies in none
    assert found.recall == pytest.approx(2 / 3)  # 1 and 10 lie in that of 30
    # 0.5 is in those of 0 and 1; 0.6 in those of 0 and 1, and at 9.4 not in that of 10
    assert found.density == pytest.approx(4 / 3)
    assert found.coverage == pytest.approx(2 / 3)


def test_the_blocks_of_distances_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = metrics.prdc(normal(300), normal(200, seed=1))
    near = metrics.nearest(normal(300), normal(200, seed=1))
    monkeypatch.setattr(metrics, "ROWS_AT_ONCE", 7)
    assert metrics.prdc(normal(300), normal(200, seed=1)) == whole
    assert (metrics.nearest(normal(300), normal(200, seed=1))[1] == near[1]).all()


def modes(n: int, seed: int, among: int = 10) -> np.ndarray:
    """Points about that many places, far apart."""
    rng = np.random.default_rng(seed)
    places = 10 * np.eye(10, dtype=np.float32)
    return places[rng.integers(0, among, n)] + rng.normal(0, 1, (n, 10)).astype(np.float32)


def test_dropped_modes_lower_recall_and_coverage_but_not_precision() -> None:
    real = modes(1500, 0)
    whole, half = metrics.prdc(real, modes(1500, 1)), metrics.prdc(real, modes(1500, 1, among=5))
    assert half.recall < 0.62 * whole.recall
    assert half.coverage < 0.62 * whole.coverage
    assert half.precision > whole.precision - 0.05
    spectra = [metrics.spectrum(real, modes(1500, 1, among=n)) for n in (10, 5)]
    assert spectra[0].variance_ratio == pytest.approx(1, abs=0.05)
    assert spectra[1].fake_dimensions < 0.7 * spectra[0].fake_dimensions


def test_one_image_again_and_again_has_no_recall() -> None:
    real = normal()
    found = metrics.prdc(real, np.repeat(real[:1], N, axis=0))
    assert found.recall == 0
    assert found.coverage < 0.02
    assert metrics.spectrum(real, np.repeat(real[:1], N, axis=0)).fake_dimensions == 0


def test_copies_are_caught() -> None:
    train, held_out, fresh = normal(), normal(300, seed=1), normal(300, seed=2)
    rng = np.random.default_rng(0)
    traces = train[:300] + rng.normal(0, 1e-3, (300, F)).astype(np.float32)
    assert metrics.neighbours(fresh, [train], held_out).ratio == pytest.approx(1, abs=0.1)
    assert metrics.neighbours(fresh, [train], held_out).copied == 0
    for copies in (train[:300], traces):
        found = metrics.neighbours(copies, [train], held_out)
        assert found.ratio < 0.01
        assert found.copied == 1
    mixed = np.concatenate([train[:75], fresh[:225]])
    assert metrics.neighbours(mixed, [train[:200], train[200:]], held_out).copied == pytest.approx(
        0.25
    )


def test_a_copy_is_at_no_distance_however_far_from_the_origin() -> None:
    train = normal() + np.float32(1000)
    distances, rows = metrics.nearest(train[:50], train)
    assert (distances == 0).all()
    assert rows.tolist() == list(range(50))


def test_dimensions_are_counted_by_the_entropy_of_the_variances() -> None:
    assert metrics.effective_dimensions(np.ones(7)) == pytest.approx(7)
    assert metrics.effective_dimensions(np.array([5.0, 0, 0])) == pytest.approx(1)
    assert metrics.effective_dimensions(np.zeros(3)) == 0
    shares = np.array([0.5, 0.25, 0.25])
    assert metrics.effective_dimensions(8 * shares) == pytest.approx(2**1.5)


def test_the_spectrum_tells_along_which_real_directions_fakes_lack_variety() -> None:
    scales = np.array([4, 3, 2, 1, 1, 1, 1, 1])
    fake = normal(seed=1) * scales
    fake[:, 1] *= 0.5
    found = metrics.spectrum(normal() * scales, fake)
    assert found.leading_ratios[:3] == pytest.approx([1, 0.25, 1], abs=0.1)


@pytest.mark.parametrize("measure", [metrics.frechet_distance, metrics.prdc])
def test_too_few_images_are_said(measure) -> None:
    with pytest.raises(ValueError, match="need"):
        measure(normal(1), normal(1))
