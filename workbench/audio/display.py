"""What a clip looks like: outline of its waveform, and its spectrogram. For people, not for training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import hann

from workbench.audio.files import Samples

WINDOW_S = 0.025
HOP_S = 0.005
FFT_S = 0.064
RANGE_DB = 80.0


@dataclass(frozen=True)
class Spectrogram:
    """Power over time and frequency.

    Attributes:
        power_db: (frequency, frame) in dB below the loudest cell, from ``-RANGE_DB`` to 0.
        top_hz: Frequency of the last row; the first is 0.
        duration_s: Length of what was analysed, in seconds.
    """

    power_db: npt.NDArray[np.float32]
    top_hz: float
    duration_s: float


def envelope(samples: Samples, columns: int) -> npt.NDArray[np.float32]:
    """Lowest and highest sample of each column of a picture.

    Args:
        samples: (sample,); nothing of it is skipped, so single peaks stay visible.
        columns: Width of the picture.

    Returns:
        (2, columns): lowest, highest; zeros when there is nothing.
    """
    if not len(samples):
        return np.zeros((2, columns), dtype=np.float32)
    edges = np.linspace(0, len(samples), columns + 1).astype(np.intp)
    starts = np.minimum(edges[:-1], len(samples) - 1)
    return np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)])


def spectrogram(samples: Samples, rate_hz: int) -> Spectrogram:
    """Spectrogram of (sample,) with 25 ms Hann windows every 5 ms, relative to its loudest cell."""
    window = round(WINDOW_S * rate_hz)
    padded = np.pad(samples, (0, max(window - len(samples), 0)))
    hop = round(HOP_S * rate_hz)
    transform = ShortTimeFFT(
        hann(window, sym=False),
        hop=hop,
        fs=rate_hz,
        mfft=round(FFT_S * rate_hz),
        scale_to="magnitude",
    )
    # Frame k is centred on k hops; without bounds there would be frames outside the clip.
    power = transform.spectrogram(padded.astype(np.float64), p0=0, p1=len(padded) // hop + 1)
    power_db = 10 * np.log10(np.maximum(power, 1e-20))
    relative = np.maximum(power_db - max(power_db.max(), -120.0), -RANGE_DB)
    return Spectrogram(relative.astype(np.float32), rate_hz / 2, len(padded) / rate_hz)
