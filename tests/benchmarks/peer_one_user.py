"""Trains RecTools' SASRec for one epoch, then says what a list of one user costs.

Runs in an environment of its own (requirements-bench.txt) and imports nothing of ours. Each line of
the standard input is a list of users; the answer is the CPU-seconds of a list, on average.
"""

from __future__ import annotations

import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from rectools import Columns  # noqa: E402
from rectools.dataset import Dataset  # noqa: E402
from rectools.models import SASRecModel  # noqa: E402


def main(rows: str, k: int) -> None:
    torch.set_num_threads(1)
    with np.load(rows) as stored:
        users, items = stored["users"], stored["items"]
    times = pd.to_datetime(np.arange(len(users)), unit="s")
    columns = {Columns.User: users, Columns.Item: items, Columns.Weight: 1.0}
    dataset = Dataset.construct(pd.DataFrame({**columns, Columns.Datetime: times}))
    model = SASRecModel(
        n_factors=64, n_blocks=2, n_heads=2, session_max_len=100, epochs=1, loss="sampled_softmax",
        n_negatives=64, batch_size=32, recommend_torch_device="cpu",
    )  # fmt: skip
    model.fit(dataset)
    for line in sys.stdin:
        asked = json.loads(line)
        started = time.process_time()
        for user in asked:
            model.recommend(users=[user], dataset=dataset, k=k, filter_viewed=True)
        print("cost", (time.process_time() - started) / len(asked), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
