"""The chosen threshold against spikes of known height, and its promise against simulation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.unit.detection.fakes import LoudnessScorer
from workbench.cancel import Cancelled, CancelToken
from workbench.data.task import SILENCE
from workbench.detection.decoder import DecoderConfig
from workbench.detection.operating_point import Track, choose_threshold, count_alarms, follow
from workbench.detection.stream import StreamEngine, StreamFrame
from workbench.errors import WorkbenchError

HOP_S = 0.1
CONFIG = DecoderConfig(threshold=0.5, smoothing_ms=0, patience_ms=0, refractory_ms=0, hop_ms=100)


def track(heights: Sequence[float], minutes: float = 30.0) -> Track:
    """One separate spike of each height; hops at which nothing happens in between are left out."""
    word = np.zeros(2 * len(heights) + 1)
    word[1::2] = heights
    times_s = tuple(((np.arange(len(word)) + 1) * HOP_S).tolist())
    posteriors = np.stack([1 - word, word], axis=1).astype(np.float32)
    return Track((SILENCE, "go"), minutes / 60, times_s, posteriors)


def test_the_threshold_leaves_as_many_alarms_as_the_goal_allows() -> None:
    background = track([0.4, 0.5, 0.6, 0.702, 0.8, 0.9])
    point = choose_threshold(background, CONFIG, goal_per_hour=4)
    assert point.alarms.events == 2
    assert 0.702 < point.threshold <= 0.707
    assert point.alarms.per_hour == 4
    assert not point.proven


def test_no_alarm_in_half_an_hour_proves_six_per_hour() -> None:
    point = choose_threshold(track([0.62]), CONFIG, goal_per_hour=0.5)
    assert point.alarms.events == 0
    assert point.alarms.ci95 == point.expected == (0.0, pytest.approx(6.0))
    assert not point.proven


def test_seven_clean_hours_prove_half_an_alarm_per_hour() -> None:
    assert choose_threshold(track([], minutes=420), CONFIG, goal_per_hour=0.5).proven


def test_missed_words_are_counted_at_the_chosen_threshold() -> None:
    words = [track([height], minutes=0.1) for height in (0.95, 0.9, 0.85, 0.3)]
    point = choose_threshold(track([0.8, 0.86]), CONFIG, goal_per_hour=2, words=words)
    assert point.alarms.events == 1
    assert point.missed is not None
    assert (point.missed.missed, point.missed.n) == (1, 4)


def test_counting_alarms_on_a_track_is_what_the_engine_reports() -> None:
    samples = 0.1 * np.random.default_rng(0).standard_normal(16000 * 8)
    samples[: 16000 * 4] *= 1e-4
    config = CONFIG.model_copy(update={"smoothing_ms": 200.0})
    scorer = LoudnessScorer()
    wave = samples.astype(np.float32)
    heard = StreamEngine([scorer], scorer.frontend, config).feed(wave)
    reported = sum(not isinstance(item, StreamFrame) for item in heard)
    assert count_alarms(follow(scorer, wave, config), config) == reported == 1


def test_too_little_background_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="30 seconds of background"):
        choose_threshold(track([0.5], minutes=0.5), CONFIG, goal_per_hour=1)


def test_a_word_in_the_background_is_named_as_the_likely_cause() -> None:
    with pytest.raises(WorkbenchError) as caught:
        choose_threshold(track([1.0] * 40), CONFIG, goal_per_hour=1)
    assert "background" in caught.value.hint


def test_following_can_be_stopped() -> None:
    token = CancelToken()
    token.stop()
    with pytest.raises(Cancelled):
        follow(LoudnessScorer(), np.zeros(16000, np.float32), CONFIG, token)


@pytest.mark.parametrize("goal_per_hour", [0.5, 3, 8])
def test_as_much_other_audio_stays_inside_what_is_expected(goal_per_hour: float) -> None:
    generator = np.random.default_rng(11)

    def stream() -> Track:
        return track(generator.beta(2, 5, generator.poisson(60)), minutes=60)

    inside = 0
    rounds = 60
    for _ in range(rounds):
        point = choose_threshold(stream(), CONFIG, goal_per_hour)
        again = count_alarms(stream(), CONFIG.model_copy(update={"threshold": point.threshold}))
        inside += point.expected[0] <= again <= point.expected[1]
    assert inside / rounds >= 0.9
