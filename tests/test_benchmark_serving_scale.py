"""The row about catalogs of a million: what it makes up, and what it says."""

import numpy as np

from recsys.index import Index
from tests.benchmarks.made_catalog import MadeCatalog
from tests.benchmarks.render import tables
from tests.benchmarks.render_tables import OF_A_CATALOG
from tests.benchmarks.serving_scale import figures, recall_of


def test_a_made_catalog_is_the_same_every_time_and_has_clusters() -> None:
    first, second = MadeCatalog(2000), MadeCatalog(2000)
    assert np.array_equal(first.vectors, second.vectors)
    assert np.allclose(np.linalg.norm(first.vectors, axis=1), 1, atol=1e-5)
    alike = first.vectors @ first.vectors.T
    same = first.clusters[:, None] == first.clusters
    assert alike[same].mean() > alike[~same].mean() + 0.3
    history = first.histories(1, 50)[0]
    assert all(1 <= entry.item_id <= 2000 for entry in history)


def test_an_exact_search_recalls_everything() -> None:
    catalog = MadeCatalog(2000)
    assert recall_of(Index.build(catalog.vectors), catalog) == 1


def test_the_document_has_a_column_for_each_size() -> None:
    costs = {"20 items": 2.0, "400 items": 4.0}
    times = {"20 items": 3.5, "400 items": 1.5}
    facts = {"cpu_ms": costs, "over_smallest": times} | dict.fromkeys(OF_A_CATALOG, 0.99)
    record = {"row": "serving-scale", "command": "make bench", "cpu_seconds": 1.0, "peak_mib": 2,
              "commit": "ab", "catalogs": {"9,000 items": facts, "1,000,000 items": facts},
              "figures": figures(facts)}  # fmt: skip
    text = tables(record)
    assert "|  | 9,000 items | 1,000,000 items |" in text
    assert "| CPU of 20 items, ms | 2.00 (3.50 ×) |" in text
    assert "at most 3 | **no** |" in text
    assert "at least 0.980 | yes |" in text
