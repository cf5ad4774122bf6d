"""Ring of the most recent samples: an audio callback writes, another thread reads."""

from __future__ import annotations

import threading

import numpy as np

from workbench.audio.files import Samples


class RingBuffer:
    """Keeps the last ``capacity`` samples in memory that is allocated once.

    Every sample is stored twice, ``capacity`` apart, so any recent window is one contiguous slice
    and is copied out in one step. Positions count all samples ever written; a reader keeps its own
    position, so several readers do not disturb each other.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least one sample")
        self.capacity = capacity
        self._memory = np.zeros(2 * capacity, dtype=np.float32)
        self._written = 0
        self._lock = threading.Lock()

    @property
    def position(self) -> int:
        """Samples written so far."""
        return self._written

    def write(self, samples: Samples) -> None:
        """Append samples (sample,); of more than ``capacity`` only the last ones are kept."""
        kept = samples[-self.capacity :]
        with self._lock:
            self._written += len(samples)
            start = (self._written - len(kept)) % self.capacity
            head = min(len(kept), self.capacity - start)
            for offset in (0, self.capacity):
                self._memory[offset + start : offset + start + head] = kept[:head]
                self._memory[offset : offset + len(kept) - head] = kept[head:]

    def latest(self, n: int) -> Samples:
        """Copy of the last ``n`` samples (sample,), oldest first; fewer when fewer are held."""
        with self._lock:
            return self._last(min(n, self._held()))

    def read_since(self, position: int) -> tuple[Samples, int, int]:
        """Read what was written after ``position``.

        Args:
            position: Where the last read ended; 0 at first.

        Returns:
            The samples (sample,), the position to ask with next time, and how many samples were
            overwritten before they could be read (0 when nothing was lost).
        """
        with self._lock:
            wanted = self._written - position
            readable = min(wanted, self._held())
            return self._last(readable), self._written, wanted - readable

    def _held(self) -> int:
        return min(self._written, self.capacity)

    def _last(self, n: int) -> Samples:
        end = self._written % self.capacity + self.capacity
        return self._memory[end - n : end].copy()
