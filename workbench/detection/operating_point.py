"""The threshold that keeps false alarms below a goal, chosen on audio without the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from workbench.audio.files import Samples
from workbench.backbones.inputs import sound_of
from workbench.cancel import CancelToken
from workbench.detection.decoder import DecoderConfig, KeywordDecoder, Posteriors
from workbench.detection.scorer import Scorer
from workbench.detection.stream import StreamEngine, StreamFrame
from workbench.errors import WorkbenchError
from workbench.evaluation.detection_metrics import (
    HourlyRate,
    MissRate,
    expected_again,
    false_alarms_per_hour,
    false_reject_rate,
)

THRESHOLDS = (*np.round(np.arange(0.3, 0.995, 0.005), 3).tolist(), 0.995, 0.998, 0.999)
BLOCK_S = 10.0
SHORTEST_S = 60.0


@dataclass(frozen=True)
class Track:
    """Posteriors of one patch over a recording.

    Attributes:
        classes: Order of the posteriors.
        hours: Length of the recording.
        times_s: End of each window (hop,).
        posteriors: (hop, class).
    """

    classes: tuple[str, ...]
    hours: float
    times_s: tuple[float, ...]
    posteriors: Posteriors


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold and what it costs.

    Attributes:
        threshold: Smoothed probability for all words of the patch.
        alarms: False alarms left on the background audio.
        expected: Lowest and highest rate per hour to expect of as much other audio (90 %).
        goal_per_hour: What was asked for.
        proven: Whether there was enough audio to promise the goal with 95 % confidence.
        missed: Words missed at this threshold, when examples were given.
    """

    threshold: float
    alarms: HourlyRate
    expected: tuple[float, float]
    goal_per_hour: float
    proven: bool
    missed: MissRate | None


def follow(
    scorer: Scorer, samples: Samples, config: DecoderConfig, token: CancelToken | None = None
) -> Track:
    """Score a recording (sample,) with the streaming engine.

    Raises:
        Cancelled: when the token was stopped.
    """
    frontend = sound_of(scorer.frontend)
    engine = StreamEngine([scorer], frontend, config)
    rate_hz = frontend.rate_hz
    block = round(BLOCK_S * rate_hz)
    frames: list[StreamFrame] = []
    for start in range(0, len(samples), block):
        if token:
            token.check()
        heard = engine.feed(samples[start : start + block])
        frames += [item for item in heard if isinstance(item, StreamFrame)]
    posteriors = np.array([frame.posteriors for frame in frames], dtype=np.float32)
    times_s = tuple(frame.time_s for frame in frames)
    return Track(scorer.classes, len(samples) / rate_hz / 3600, times_s, posteriors)


def count_alarms(track: Track, config: DecoderConfig) -> int:
    """Detections that the decoder makes of a track with other settings."""
    decoder = KeywordDecoder(track.classes, config)
    hops = zip(track.times_s, track.posteriors, strict=True)
    return sum(decoder.push(time_s, values) is not None for time_s, values in hops)


def choose_threshold(
    background: Track,
    config: DecoderConfig,
    goal_per_hour: float,
    words: Iterable[Track] = (),
) -> OperatingPoint:
    """The lowest threshold at which the background raises at most the wanted number of alarms.

    Args:
        background: Audio in which none of the words is spoken.
        config: Decoder settings; its thresholds are replaced.
        goal_per_hour: Most false alarms per hour.
        words: One track per spoken word, to count how many the threshold misses.

    Raises:
        WorkbenchError: when there is under a minute of background, or no threshold reaches the goal.
    """
    if background.hours * 3600 < SHORTEST_S:
        raise WorkbenchError(
            f"{background.hours * 3600:.0f} seconds of background are too few to choose a threshold.",
            hint="Record a few minutes of the place where the words will be spoken.",
        )
    found = _lowest(background, config, goal_per_hour)
    if found is None:
        raise WorkbenchError(
            "Even the highest threshold raises more false alarms than you allow.",
            hint="Check that the words do not occur in the background, or add it to the task as _silence_.",
        )
    threshold, events = found
    rate = false_alarms_per_hour(events, background.hours)
    spoken = list(words)
    heard = sum(count_alarms(track, _with_threshold(config, threshold)) > 0 for track in spoken)
    return OperatingPoint(
        threshold,
        rate,
        expected_again(events, background.hours),
        goal_per_hour,
        rate.ci95[1] <= goal_per_hour,
        false_reject_rate(len(spoken) - heard, len(spoken)) if spoken else None,
    )


def _lowest(track: Track, config: DecoderConfig, goal: float) -> tuple[float, int] | None:
    """Bisect the thresholds; alarms fall with the threshold but for rare splits of one event into two."""
    low, high = 0, len(THRESHOLDS)
    best: tuple[float, int] | None = None
    while low < high:
        middle = (low + high) // 2
        events = count_alarms(track, _with_threshold(config, THRESHOLDS[middle]))
        if events <= goal * track.hours:
            best, high = (THRESHOLDS[middle], events), middle
        else:
            low = middle + 1
    return best


def _with_threshold(config: DecoderConfig, threshold: float) -> DecoderConfig:
    return config.model_copy(update={"threshold": threshold, "word_thresholds": {}})
