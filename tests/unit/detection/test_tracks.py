"""What is kept of a recording gives what the stream gave, with any settings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.detection.fakes import LoudnessScorer
from workbench.data.task import SILENCE
from workbench.detection.decoder import DecoderConfig, Detection, KeywordDecoder
from workbench.detection.stream import StreamEngine
from workbench.detection.tracks import Follower, Track, detections

CONFIG = DecoderConfig(threshold=0.5, smoothing_ms=200, patience_ms=0, refractory_ms=0, hop_ms=100)


def test_a_track_gives_what_the_engine_reports() -> None:
    samples = 0.1 * np.random.default_rng(0).standard_normal(16000 * 8).astype(np.float32)
    samples[: 16000 * 4] *= 1e-4
    scorer = LoudnessScorer()
    heard = StreamEngine([scorer], scorer.frontend, CONFIG).feed(samples)
    reported = [(one.time_s, one.label) for one in heard if isinstance(one, Detection)]
    follower = Follower(scorer, CONFIG)
    for start in range(0, len(samples), 7000):
        follower.feed(samples[start : start + 7000])
    track = follower.track()
    assert track.hours == pytest.approx(8 / 3600)
    assert [(one.time_s, one.label) for one in detections(track, CONFIG)] == reported
    assert len(reported) == 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    quiet=st.floats(0.5, 0.99),
    smoothing_ms=st.sampled_from([0.0, 160.0, 400.0]),
    patience_ms=st.sampled_from([0.0, 160.0]),
    refractory_ms=st.sampled_from([0.0, 300.0]),
)
def test_leaving_out_what_is_quiet_changes_no_detection(
    seed: int, quiet: float, smoothing_ms: float, patience_ms: float, refractory_ms: float
) -> None:
    generator = np.random.default_rng(seed)
    # Some stretches are sure of a word, most of silence, as a room is.
    stretches = generator.random(40) > quiet
    share = np.repeat(np.where(stretches, 0.9, 0.1), 6)[:, None]
    words = share * generator.random((len(share), 2))
    posteriors = np.concatenate([1 - words.sum(axis=1, keepdims=True), words], axis=1)
    config = DecoderConfig(
        threshold=0.4,
        word_thresholds={"stop": 0.5},
        smoothing_ms=smoothing_ms,
        patience_ms=patience_ms,
        refractory_ms=refractory_ms,
    )
    times_s = 0.08 * np.arange(1, len(posteriors) + 1)
    track = Track((SILENCE, "go", "stop"), 1.0, times_s, posteriors.astype(np.float32))
    decoder = KeywordDecoder(track.classes, config)
    pushed = (decoder.push(*hop) for hop in zip(times_s.tolist(), track.posteriors, strict=True))
    assert detections(track, config) == [one for one in pushed if one is not None]


def test_a_recording_shorter_than_a_window_has_no_detections() -> None:
    follower = Follower(LoudnessScorer(), CONFIG)
    follower.feed(np.zeros(8000, np.float32))
    track = follower.track()
    assert len(track.times_s) == 0
    assert detections(track, CONFIG) == []
