"""How a web process holds memory: what lists leave behind must neither cost time nor pile up."""

import ctypes
import gc

YOUNG_OBJECTS = 20_000  # a list makes thousands, nearly all gone when it is answered
# glibc hands out large tables from the arena of the thread that loads an artifact, and what lies
# between them keeps them from being given back when the next artifact serves. Larger than LARGE
# they are mapped by themselves. What lists take and give back all the time is kept, or the kernel
# would be asked for it anew each time.
LARGE = 4 << 20  # bytes
KEPT = 16 << 20  # bytes at the end of an arena
ARENAS = 2  # threads take turns in Python, so more of them save no waiting
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of its malloc.h
LIBC = ctypes.CDLL(None) if hasattr(ctypes.CDLL(None), "mallopt") else None  # None: another one


def settle() -> None:
    """Call it once all is imported. What is not there on another system is passed over."""
    gc.collect()
    gc.freeze()  # what every request needs is no garbage: it is not looked through again
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    if LIBC is not None:
        LIBC.mallopt(M_MMAP_THRESHOLD, LARGE)
        LIBC.mallopt(M_TRIM_THRESHOLD, KEPT)
        LIBC.mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """To the kernel, what is free in the midst of the arenas: once much of it was let go at once.

    Some milliseconds.
    """
    if LIBC is not None:
        LIBC.malloc_trim(0)
