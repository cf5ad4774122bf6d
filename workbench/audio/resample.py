"""Resampling of a live stream: block by block, the same result as resampling it whole."""

from __future__ import annotations

from math import gcd

import numpy as np
import numpy.typing as npt
from scipy.signal import firwin, upfirdn

from workbench.audio.files import Samples

_LOBES = 10
_KAISER_BETA = 5.0


class StreamResampler:
    """Polyphase resampler that keeps its state between blocks, so block borders do not click.

    The filter is the one of ``scipy.signal.resample_poly``, hence a file that is played through the
    stream gives the samples that ``workbench.audio.files.resample`` gives for the whole file. The
    output lags the input by ten samples of the slower rate.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self.from_hz, self.to_hz = from_hz, to_hz
        self._up, self._down = to_hz // common, from_hz // common
        widest = max(self._up, self._down)
        self._reach = _LOBES * widest if widest > 1 else 0
        self._taps = self._lowpass(widest) if widest > 1 else np.ones(1)
        self._held = np.zeros(0, dtype=np.float32)
        self._held_from = 0
        self._emitted = 0

    def push(self, samples: Samples) -> Samples:
        """Take the next input block (sample,) and return the output (sample,) it settles."""
        self._held = np.concatenate([self._held, samples])
        heard = self._held_from + len(self._held)
        settled = ((heard - 1) * self._up - self._reach) // self._down + 1
        return self._emit(settled)

    def flush(self) -> Samples:
        """The rest (sample,) of a stream that has ended, as if silence followed."""
        heard = self._held_from + len(self._held)
        return self._emit(-(-heard * self._up // self._down))

    def _lowpass(self, widest: int) -> npt.NDArray[np.float64]:
        taps = firwin(2 * self._reach + 1, 1.0 / widest, window=("kaiser", _KAISER_BETA))
        return np.asarray(taps * self._up, dtype=np.float64)

    def _emit(self, until: int) -> Samples:
        """Outputs from the last emitted one to ``until``; drops input that no later one needs."""
        if until <= self._emitted:
            return np.zeros(0, dtype=np.float32)
        # The filter delays by its reach; padding lets us read on to the last output.
        padding = np.zeros(2 * self._reach // self._up + 1, dtype=np.float32)
        padded = np.concatenate([self._held, padding])
        # Wanted are every down-th sample of the filtered signal from `first` on. upfirdn returns
        # those at multiples of down, so zeros before the taps move `first` onto one.
        first = self._emitted * self._down + self._reach - self._held_from * self._up
        shift = -first % self._down
        taps = np.concatenate([np.zeros(shift), self._taps])
        filtered = upfirdn(taps, padded, self._up, self._down)
        start = (first + shift) // self._down
        produced: Samples = filtered[start : start + until - self._emitted].astype(np.float32)
        self._emitted = until
        self._forget()
        return produced

    def _forget(self) -> None:
        needed = (self._emitted * self._down - self._reach) // self._up
        unneeded = min(max(needed - self._held_from, 0), len(self._held))
        self._held = self._held[unneeded:]
        self._held_from += unneeded
