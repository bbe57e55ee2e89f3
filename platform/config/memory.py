"""How a web process holds memory: what lists leave behind must neither cost time nor pile up."""

import ctypes
import gc

YOUNG_OBJECTS = 20_000  # a list makes thousands, nearly all gone when it is answered
# of glibc's malloc.h. By itself it hands out the tables of one artifact from the same arenas as
# everything else, one arena a thread, and what lies between them keeps them from being given back
# when the next artifact serves: 20 MB more at each. Those larger than LARGE are mapped by
# themselves, and smaller ones are not asked of the kernel again at every list.
LARGE = 4 << 20  # bytes
KEPT = 16 << 20  # bytes at the end of an arena
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
ARENAS = 2


def settle() -> None:
    """Call it once all is imported. What is not there on another system is passed over."""
    gc.freeze()  # what every request needs is no garbage: it is not looked through again
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE)
        mallopt(M_TRIM_THRESHOLD, KEPT)
        mallopt(M_ARENA_MAX, ARENAS)
