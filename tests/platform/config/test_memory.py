"""What a web process gives back, in processes of their own: one is settled for good."""

import ctypes
import subprocess
import sys

import pytest

from tests.platform.config.embedded import PLATFORM

pytestmark = pytest.mark.slow

SWAPS = """
import psutil, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from config import memory

def load(number):
    tables = []
    for size in (16, 7, 7, 7, 7, 1):  # MB, as of an artifact over nine thousand titles
        tables.append(np.ones(size << 17))
        litter.append(np.ones(1000))  # what is made meanwhile, and stays
    return tables

litter = []
if "settled" in sys.argv:
    memory.settle()
with ThreadPoolExecutor(8) as threads:
    grown = []
    for round in range(20):
        tables = list(threads.map(load, range(8)))[round % 8]
        grown.append(psutil.Process().memory_info().rss >> 20)
print(max(grown) - grown[0])
"""


SCATTERED = """
import psutil, sys
import numpy as np
from config import memory

memory.settle()
blocks = [np.ones(4000) for _ in range(4000)]  # 32 kB each
kept = blocks[::50]
del blocks
before = psutil.Process().memory_info().rss
memory.give_back()
print((before - psutil.Process().memory_info().rss) >> 20)
"""


def grown_by(*words: str) -> int:
    """MiB between the first swap and the largest."""
    return printed_by(SWAPS, *words)


def printed_by(script: str, *words: str) -> int:
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, cwd=PLATFORM, capture_output=True, text=True, check=True)
    return int(done.stdout)


needs_glibc = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc's malloc"
)


@needs_glibc
def test_what_is_free_in_the_midst_of_the_rest_is_given_back_when_asked_for() -> None:
    assert printed_by(SCATTERED) > 60  # of 128 MiB


@needs_glibc
def test_tables_that_serve_no_more_are_given_back() -> None:
    kept = grown_by("bare")
    assert kept > 200, "what this guards against is not seen here: mend the test"
    assert grown_by("settled") < kept / 4
