"""Raw sound of a device as float samples, and its level."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np
import numpy.typing as npt

from workbench.audio.files import Samples

FULL_SCALE = {
    np.dtype(np.uint8): 128.0,
    np.dtype(np.int16): 2.0**15,
    np.dtype(np.int32): 2.0**31,
    np.dtype(np.float32): 1.0,
}
FLOOR_DB = -90.0
CLIPPED = 0.999


@dataclass(frozen=True)
class Level:
    """How loud a block of sound is.

    Attributes:
        peak_db: Largest amplitude, in dB of full scale, at least ``FLOOR_DB``.
        rms_db: Effective amplitude, in dB of full scale, at least ``FLOOR_DB``.
        clipped: The device ran into its limit.
    """

    peak_db: float = FLOOR_DB
    rms_db: float = FLOOR_DB
    clipped: bool = False


class PeakHold:
    """The recent peak as a meter shows it: up at once, down slowly."""

    def __init__(self, fall_db_per_s: float = 12.0) -> None:
        self._fall_db_per_s = fall_db_per_s
        self.peak_db = FLOOR_DB

    def add(self, level: Level, duration_s: float) -> float:
        """Take the level of the next block and return the held peak, in dB of full scale."""
        fallen = max(self.peak_db - self._fall_db_per_s * duration_s, FLOOR_DB)
        self.peak_db = max(fallen, level.peak_db)
        return self.peak_db


def mono_from_pcm(data: bytes, dtype: npt.DTypeLike, channels: int) -> Samples:
    """Mix interleaved PCM to mono float32 (sample,) in [-1, 1]; an incomplete frame is left out."""
    kind = np.dtype(dtype)
    frame_bytes = kind.itemsize * channels
    values = np.frombuffer(data, dtype=kind, count=len(data) // frame_bytes * channels)
    mixed = values.reshape(-1, channels).mean(axis=1, dtype=np.float64)
    if kind == np.dtype(np.uint8):
        mixed = mixed - FULL_SCALE[kind]
    return np.asarray(mixed / FULL_SCALE[kind], dtype=np.float32)


def pcm16(samples: Samples, channels: int = 1) -> bytes:
    """16-bit PCM of (sample,), the same in every channel; what exceeds full scale is limited."""
    limited = np.clip(np.round(samples * 2.0**15), -(2**15), 2**15 - 1).astype("<i2")
    return np.repeat(limited, channels).tobytes()


def measure(samples: Samples) -> Level:
    """Level of a block (sample,); an empty block is silent."""
    if not len(samples):
        return Level()
    peak = float(np.abs(samples).max())
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    return Level(_decibel(peak), _decibel(rms), peak >= CLIPPED)


def _decibel(amplitude: float) -> float:
    return max(20 * log10(amplitude), FLOOR_DB) if amplitude > 0 else FLOOR_DB
