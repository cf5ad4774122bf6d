"""What a patch made of a recording, kept so that other thresholds can be tried on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation

from workbench.audio.files import Samples
from workbench.backbones.inputs import sound_of
from workbench.data.task import is_word
from workbench.detection.decoder import DecoderConfig, Detection, KeywordDecoder, Posteriors
from workbench.detection.scorer import Scorer
from workbench.detection.stream import StreamEngine, StreamFrame

Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """Posteriors of one patch over a recording; an hour of them takes a few megabytes.

    Attributes:
        classes: Order of the posteriors.
        hours: Length of the recording.
        times_s: End of each window (hop,).
        posteriors: (hop, class).
    """

    classes: tuple[str, ...]
    hours: float
    times_s: Times
    posteriors: Posteriors


class Follower:
    """Scores one recording with the streaming engine, block by block."""

    def __init__(self, scorer: Scorer, config: DecoderConfig) -> None:
        self._classes = scorer.classes
        self._engine = StreamEngine([scorer], sound_of(scorer.frontend), config)
        self._times_s: list[Times] = []
        self._posteriors: list[Posteriors] = []

    def feed(self, samples: Samples) -> None:
        """Hear the next block (sample,) at the front-end's rate, of any length."""
        heard = self._engine.feed(samples)
        frames = [item for item in heard if isinstance(item, StreamFrame)]
        values = [frame.posteriors for frame in frames]
        self._times_s.append(np.array([frame.time_s for frame in frames]))
        self._posteriors.append(np.array(values, dtype=np.float32).reshape(-1, len(self._classes)))

    def track(self) -> Track:
        """What was heard so far; at least one block must have been."""
        hours = self._engine.time_s / 3600
        times_s, posteriors = np.concatenate(self._times_s), np.concatenate(self._posteriors)
        return Track(self._classes, hours, times_s, posteriors)


def detections(track: Track, config: DecoderConfig) -> list[Detection]:
    """What the decoder reports of a track with these settings."""
    decoder = KeywordDecoder(track.classes, config)
    near = _near_a_word(track, config)
    hops = zip(track.times_s[near].tolist(), track.posteriors[near], strict=True)
    found = (decoder.push(time_s, values) for time_s, values in hops)
    return [one for one in found if one is not None]


def _near_a_word(track: Track, config: DecoderConfig) -> npt.NDArray[np.bool_]:
    """Hops whose smoothed posteriors may reach a threshold, and those around them.

    An average reaches a threshold only if one of its posteriors does. What lies further away from such a hop than the
    averages reach changes nothing in the decoder, so that hours of quiet cost nothing.
    """
    words = [i for i, label in enumerate(track.classes) if is_word(label)]
    thresholds = np.array([config.threshold_of(track.classes[i]) for i in words])
    loud = (track.posteriors[:, words] >= thresholds).any(axis=1)
    near: npt.NDArray[np.bool_] = binary_dilation(loud, iterations=config.smoothing_hops)
    return near
