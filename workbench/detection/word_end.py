"""Where the sound of a word ends, so that the delay until its detection can be told."""

from __future__ import annotations

import numpy as np

from workbench.audio.files import Samples

FRAME_S = 0.01
FLOOR_PERCENTILE = 10
SILENT_POWER = 1e-10


def sound_end_s(samples: Samples, rate_hz: int) -> float:
    """Estimate how long before the end of a window the last loud sound ended, in seconds.

    Loud is what lies above the middle, in dB, between the floor of the window and its loudest 10 ms.

    Args:
        samples: Window (sample,) that holds the word.
        rate_hz: Its rate.

    Returns:
        0 when the window is loud to its end.
    """
    frame = round(FRAME_S * rate_hz)
    frames = samples[len(samples) % frame :].reshape(-1, frame)
    level_db = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + SILENT_POWER)
    middle = (np.percentile(level_db, FLOOR_PERCENTILE) + level_db.max()) / 2
    last_loud = int(np.flatnonzero(level_db >= middle)[-1])
    return (len(level_db) - 1 - last_loud) * FRAME_S
