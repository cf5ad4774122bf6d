"""The threshold that keeps false alarms below a goal, chosen on audio without the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.detection.decoder import DecoderConfig
from workbench.detection.tracks import Track, detections
from workbench.errors import WorkbenchError
from workbench.evaluation.detection_metrics import (
    HourlyRate,
    MissRate,
    expected_again,
    false_alarms_per_hour,
    false_reject_rate,
)

THRESHOLDS = (*np.round(np.arange(0.3, 0.995, 0.005), 3).tolist(), 0.995, 0.998, 0.999)
SHORTEST_S = 60.0


@dataclass(frozen=True)
class SpokenWord:
    """A recording in which one word is spoken, as a patch follows it."""

    word: str
    track: Track


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold and what it costs.

    Attributes:
        threshold: Smoothed probability for all words of the patch.
        alarms: False alarms left on the background audio.
        expected: Lowest and highest rate per hour to expect of as much other audio (90 %).
        goal_per_hour: What was asked for.
        proven: Whether there was enough audio to promise the goal with 95 % confidence.
        missed: Spoken words that this threshold misses; None when there are no examples.
    """

    threshold: float
    alarms: HourlyRate
    expected: tuple[float, float]
    goal_per_hour: float
    proven: bool
    missed: MissRate | None


def choose_threshold(
    background: Sequence[Track],
    config: DecoderConfig,
    goal_per_hour: float,
    words: Sequence[SpokenWord] = (),
) -> OperatingPoint:
    """The lowest threshold at which the background raises at most the wanted number of alarms.

    Args:
        background: Recordings in which none of the words is spoken; their hours add up.
        config: Decoder settings; its thresholds are replaced.
        goal_per_hour: Most false alarms per hour.
        words: Examples to count how many the threshold misses; one that is heard as another word is missed.

    Raises:
        WorkbenchError: when there is under a minute of background, or no threshold reaches the goal.
    """
    hours = sum(track.hours for track in background)
    if hours * 3600 < SHORTEST_S:
        raise WorkbenchError(
            f"{hours * 3600:.0f} seconds of background are too few to choose a threshold.",
            hint="Record a few minutes of the place where the words will be spoken.",
        )
    found = _lowest(background, config, goal_per_hour * hours)
    if found is None:
        raise WorkbenchError(
            "Even the highest threshold raises more false alarms than you allow.",
            hint="Check that the words do not occur in the background, or add it to the task as _silence_.",
        )
    threshold, events = found
    rate = false_alarms_per_hour(events, hours)
    return OperatingPoint(
        threshold,
        rate,
        expected_again(events, hours),
        goal_per_hour,
        rate.ci95[1] <= goal_per_hour,
        _missed(words, _with_threshold(config, threshold)) if words else None,
    )


def count_alarms(tracks: Sequence[Track], config: DecoderConfig) -> int:
    """How many words the decoder reports of recordings."""
    return sum(len(detections(track, config)) for track in tracks)


def _missed(words: Sequence[SpokenWord], config: DecoderConfig) -> MissRate:
    heard = sum(
        any(found.label == one.word for found in detections(one.track, config)) for one in words
    )
    return false_reject_rate(len(words) - heard, len(words))


def _lowest(
    tracks: Sequence[Track], config: DecoderConfig, most: float
) -> tuple[float, int] | None:
    """Bisect the thresholds; alarms fall with the threshold but for rare splits of one event into two."""
    low, high = 0, len(THRESHOLDS)
    best: tuple[float, int] | None = None
    while low < high:
        middle = (low + high) // 2
        events = count_alarms(tracks, _with_threshold(config, THRESHOLDS[middle]))
        if events <= most:
            best, high = (THRESHOLDS[middle], events), middle
        else:
            low = middle + 1
    return best


def _with_threshold(config: DecoderConfig, threshold: float) -> DecoderConfig:
    return config.model_copy(update={"threshold": threshold, "word_thresholds": {}})
