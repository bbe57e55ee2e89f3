"""What the first start leaves behind."""

import pytest

from tests.e2e.harness import Site

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]
MAX_ARTIFACT_BYTES = 60 * 1024 * 1024


def test_the_artifact_of_the_demo_is_small(site: Site) -> None:
    (artifact,) = (site.state / "artifacts").glob("*/manifest.json")
    size = sum(path.stat().st_size for path in artifact.parent.iterdir())
    assert 1024 * 1024 < size < MAX_ARTIFACT_BYTES
