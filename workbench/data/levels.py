"""How loud a clip is, and whether that makes it hard to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

SILENT_DB = -60.0
QUIET_DB = -40.0
CLIPPED_LEVEL = 0.99
CLIPPED_SHARE = 0.001
_WINDOW_S = 0.1


class LevelFlag(StrEnum):
    SILENT = "silent"
    QUIET = "quiet"
    CLIPPED = "clipped"


@dataclass(frozen=True)
class Levels:
    """Levels of one clip.

    Attributes:
        loudest_db: Mean power of the loudest tenth of a second, in dB relative to full scale.
        clipped_share: Share of samples at full scale, 0-1.
    """

    loudest_db: float
    clipped_share: float

    @property
    def flags(self) -> tuple[LevelFlag, ...]:
        """What the user should know about the level, worst first."""
        if self.loudest_db < SILENT_DB:
            return (LevelFlag.SILENT,)
        if self.loudest_db < QUIET_DB:
            return (LevelFlag.QUIET,)
        return (LevelFlag.CLIPPED,) if self.clipped_share > CLIPPED_SHARE else ()


def measure(samples: npt.NDArray[np.float32], rate_hz: int) -> Levels:
    """Measure a clip.

    Args:
        samples: (sample,) in [-1, 1].
        rate_hz: Their rate.
    """
    if not len(samples):
        return Levels(-np.inf, 0.0)
    window = min(len(samples), max(1, int(_WINDOW_S * rate_hz)))
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    power = float(np.mean(np.square(whole, dtype=np.float64), axis=1).max())
    clipped = float(np.mean(np.abs(samples) >= CLIPPED_LEVEL))
    return Levels(10 * np.log10(power) if power > 0 else -np.inf, clipped)
