"""The spectrogram of a running stream, column by column. For people, not for scoring."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.audio.files import Samples

WINDOW_S = 0.032
HOP_S = 0.01
FLOOR_DB = -120.0
SHOWN_DB = (-88.0, -28.0)
Columns = npt.NDArray[np.float32]


class SpectrumStream:
    """Cuts a stream into overlapping Hann windows; the columns do not depend on how it is cut into blocks.

    Args:
        rate_hz: Rate of the stream; the rows reach from 0 Hz to half of it.
    """

    def __init__(self, rate_hz: int) -> None:
        self._window = np.hanning(round(WINDOW_S * rate_hz)).astype(np.float32)
        self._hop = round(HOP_S * rate_hz)
        self._held = np.zeros(len(self._window) - self._hop, dtype=np.float32)

    @property
    def rows(self) -> int:
        return len(self._window) // 2 + 1

    def push(self, samples: Samples) -> Columns:
        """Take the next block (sample,); returns the columns (frequency, frame) that it completes.

        Values are in dB: a sine of full scale reaches 0.
        """
        held = np.concatenate([self._held, samples]).astype(np.float32)
        size = len(self._window)
        count = max(0, (len(held) - size) // self._hop + 1)
        if count == 0:
            self._held = held
            return np.empty((self.rows, 0), dtype=np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(held, size)[
            : count * self._hop : self._hop
        ]
        amplitude = np.abs(np.fft.rfft(frames * self._window, axis=1)) * (2 / self._window.sum())
        self._held = held[count * self._hop :]
        decibel = 20 * np.log10(np.maximum(amplitude, 10 ** (FLOOR_DB / 20)))
        return np.ascontiguousarray(decibel.T, dtype=np.float32)


def shades(columns: Columns) -> npt.NDArray[np.uint8]:
    """Columns in dB as indices 0 to 255 into a table of colours; quieter and louder than ``SHOWN_DB`` is limited."""
    low, high = SHOWN_DB
    level = (columns - low) * (255 / (high - low))
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
