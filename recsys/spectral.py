"""Where the id embeddings of the towers begin: what follows what, in few numbers an item."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from recsys.baselines import Scores, strongest_entries
from recsys.followers import follower_blocks, scaled
from recsys.interactions import Interactions

REACH = 0.8  # what a follower counts, against the one before it
MOST_PAIRS = 20_000_000  # above, each item keeps its nearest only: about 1 GB
TINY = 1e-9


def spectral_vectors(train: Interactions, dim: int, *, seed: int) -> Scores:
    """Vectors whose products tell how often two items come near each other. (N, min(D, N))

    The leading factors of the symmetric, normalised follower counts; spread 1 / sqrt(D).
    """
    sizes = (train.item_counts() + 1.0) ** -0.5
    most = max(1, MOST_PAIRS // len(sizes))
    parts = [
        strongest_entries(scaled(counts.astype(np.float64), sizes[items], sizes), most)
        for items, counts in follower_blocks(train, reach=REACH)
    ]
    near = sparse.vstack(parts).tocsr()
    near += near.T.tocsr()
    factors = min(dim, near.shape[0])
    left, strengths, _ = randomized_svd(near, n_components=factors, random_state=seed)
    vectors = left * np.sqrt(strengths)
    spread = max(float(vectors.std()), TINY)  # nothing follows anything where all have one item
    return np.asarray(vectors / (spread * dim**0.5), dtype=np.float32)
