from __future__ import annotations

import math

import torch
from torch import Tensor


def sampled_softmax(
    users: Tensor, positives: Tensor, negatives: Tensor, log_q: Tensor, is_positive: Tensor
) -> Tensor:
    """Softmax of each positive against shared negatives; the full softmax when those are all items.

    users: (M, D); positives: (M, D); negatives: (K, D);
    log_q: (K,) log probability of drawing each;
    is_positive: (M, K) a negative that is the positive itself.
    """
    positive = (users * positives).sum(-1)  # (M,) not corrected
    negative = users @ negatives.T - log_q  # (M, K) popular items are drawn too often
    negative = negative.masked_fill(is_positive, float("-inf"))  # an item is not its own negative
    others = torch.logsumexp(negative, dim=-1) - math.log(
        len(negatives)
    )  # (M,) log sum over others
    return (torch.logaddexp(positive, others) - positive).mean()
