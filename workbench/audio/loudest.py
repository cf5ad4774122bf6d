"""Where in a recording the sound is."""

from __future__ import annotations

import numpy as np

from workbench.audio.files import Samples

FRAME_S = 0.01


def loudest_part(samples: Samples, rate_hz: int, length_s: float = 1.0) -> Samples:
    """The part of a recording (sample,) that holds most of its sound, with that in its middle.

    Power is weighted by how near the middle it lies (a Hann window), so that a short word is not cut off at an end.

    Args:
        samples: At least ``length_s`` long; a shorter recording is padded with silence before it.
        rate_hz: Its rate.
        length_s: Length of the part.
    """
    length, frame = round(length_s * rate_hz), round(FRAME_S * rate_hz)
    samples = np.pad(samples, (max(0, length - len(samples)), 0))
    whole = samples[: len(samples) // frame * frame].reshape(-1, frame)
    power = np.mean(np.square(whole, dtype=np.float64), axis=1)
    inside = np.convolve(power, np.hanning(length // frame), "valid")
    begin = int(inside.argmax()) * frame
    return samples[begin : begin + length]
