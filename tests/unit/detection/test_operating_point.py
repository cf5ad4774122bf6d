"""The chosen threshold against spikes of known height, and its promise against simulation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from workbench.data.task import SILENCE
from workbench.detection.decoder import DecoderConfig
from workbench.detection.operating_point import SpokenWord, choose_threshold, count_alarms
from workbench.detection.tracks import Track
from workbench.errors import WorkbenchError

HOP_S = 0.1
CONFIG = DecoderConfig(threshold=0.5, smoothing_ms=0, patience_ms=0, refractory_ms=0, hop_ms=100)


def track(heights: Sequence[float], minutes: float = 30.0) -> Track:
    """One separate spike of each height; hops at which nothing happens in between are left out."""
    word = np.zeros(2 * len(heights) + 1)
    word[1::2] = heights
    times_s = (np.arange(len(word)) + 1) * HOP_S
    posteriors = np.stack([1 - word, word], axis=1).astype(np.float32)
    return Track((SILENCE, "go"), minutes / 60, times_s, posteriors)


def test_the_threshold_leaves_as_many_alarms_as_the_goal_allows() -> None:
    background = track([0.4, 0.5, 0.6, 0.702, 0.8, 0.9])
    point = choose_threshold([background], CONFIG, goal_per_hour=4)
    assert point.alarms.events == 2
    assert 0.702 < point.threshold <= 0.707
    assert point.alarms.per_hour == 4
    assert not point.proven


def test_no_alarm_in_half_an_hour_proves_six_per_hour() -> None:
    point = choose_threshold([track([0.62])], CONFIG, goal_per_hour=0.5)
    assert point.alarms.events == 0
    assert point.alarms.ci95 == point.expected == (0.0, pytest.approx(6.0))
    assert not point.proven


def test_seven_clean_hours_prove_half_an_alarm_per_hour() -> None:
    assert choose_threshold([track([], minutes=420)], CONFIG, goal_per_hour=0.5).proven


def test_hours_of_several_recordings_add_up() -> None:
    """Three and a half clean hours twice prove what neither proves alone; alarms of both count."""
    half = track([], minutes=210)
    assert not choose_threshold([half], CONFIG, goal_per_hour=0.5).proven
    point = choose_threshold([half, half], CONFIG, goal_per_hour=0.5)
    assert point.proven
    assert point.alarms.hours == pytest.approx(7)
    assert point.alarms.ci95 == (0, pytest.approx(3 / 7))
    both = choose_threshold([track([0.702]), track([0.8])], CONFIG, goal_per_hour=1)
    assert 0.702 < both.threshold <= 0.707
    assert both.alarms.events == 1


def test_missed_words_are_counted_at_the_chosen_threshold() -> None:
    words = [
        SpokenWord(word, track([height], minutes=0.1))
        for word, height in (("go", 0.95), ("go", 0.9), ("go", 0.85), ("go", 0.3), ("stop", 0.9))
    ]
    point = choose_threshold([track([0.8, 0.86])], CONFIG, goal_per_hour=2, words=words)
    assert point.alarms.events == 1
    assert point.missed is not None
    assert (point.missed.missed, point.missed.n) == (2, 5), "heard as another word is missed"
    assert point.missed.ci95 == (pytest.approx(0.1176, abs=1e-4), pytest.approx(0.7693, abs=1e-4))


def test_too_little_background_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="30 seconds of background"):
        choose_threshold([track([0.5], minutes=0.5)], CONFIG, goal_per_hour=1)


def test_a_word_in_the_background_is_named_as_the_likely_cause() -> None:
    with pytest.raises(WorkbenchError) as caught:
        choose_threshold([track([1.0] * 40)], CONFIG, goal_per_hour=1)
    assert "background" in caught.value.hint


@pytest.mark.parametrize("goal_per_hour", [0.5, 3, 8])
def test_as_much_other_audio_stays_inside_what_is_expected(goal_per_hour: float) -> None:
    generator = np.random.default_rng(11)

    def stream() -> Track:
        return track(generator.beta(2, 5, generator.poisson(60)), minutes=60)

    inside = 0
    rounds = 60
    for _ in range(rounds):
        point = choose_threshold([stream()], CONFIG, goal_per_hour)
        again = count_alarms([stream()], CONFIG.model_copy(update={"threshold": point.threshold}))
        inside += point.expected[0] <= again <= point.expected[1]
    assert inside / rounds >= 0.9
