"""What a long-running process of ours has freed goes back to the system.

In glibc each thread has a heap of its own, up to eight for each core, and once a block of up to 32 MB was freed, that much
stays with every heap. A target's thread reads ten megabytes twice a minute: all exporters on a cloud of 1,000 computes took
173 MB so, and 123 MB with these two settings (benchmarks.frame.together). The environment's MALLOC_... variables would say
the same, too late for a process that runs.
"""

import ctypes

_ARENA_MAX, _TRIM_THRESHOLD = -8, -1
"""M_ARENA_MAX and M_TRIM_THRESHOLD of mallopt(3)."""
_ARENAS = 2
_KEPT = 128 << 10
"""Bytes; glibc's own default, which no longer grows once it is set."""


def give_back() -> None:
    """From now on; before threads are started, as they keep their heaps. Nothing happens where there is no mallopt (musl)."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_TRIM_THRESHOLD, _KEPT)


def trim() -> None:
    """Give back now what was freed so far, once a start is over. Nothing happens where there is no malloc_trim (musl)."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
