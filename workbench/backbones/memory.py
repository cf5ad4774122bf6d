"""Keeps freed tensor memory in the process, because fetching fresh pages each step costs a quarter of training."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_MAX = -4
_M_ARENA_MAX = -8
_LARGEST_INT = 2**31 - 1


def keep_freed_memory() -> bool:
    """Stop the C library from giving large freed blocks back to the system between training steps.

    By default glibc maps every large tensor afresh and unmaps it when freed, so the system clears each page again
    and again. Memory use then stays at its peak until the process ends. Settings of the user's own (``MALLOC_*``
    variables read by glibc) apply until this call.

    Returns:
        Whether the setting was taken; False where the C library is not glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        library = ctypes.CDLL(None)
        # Other C libraries offer a mallopt that does nothing.
        mallopt, _ = library.mallopt, library.gnu_get_libc_version
    except (OSError, AttributeError):
        return False
    # One arena: the arenas of other threads grow by separate mappings too small for a large tensor.
    settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, _LARGEST_INT), (_M_ARENA_MAX, 1))
    accepted: int = sum(mallopt(option, value) for option, value in settings)
    return accepted == len(settings)
