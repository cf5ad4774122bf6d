"""The decoder against rules worked out by hand, and against properties over random posteriors."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.task import SILENCE, UNKNOWN
from workbench.detection.decoder import DecoderConfig, Detection, HeldBack, KeywordDecoder

LABELS = (SILENCE, UNKNOWN, "go", "stop")
HOP_S = 0.1
PLAIN = DecoderConfig(
    threshold=0.6, smoothing_ms=0, patience_ms=0, refractory_ms=0, hop_ms=1000 * HOP_S
)


def row(go: float = 0.0, stop: float = 0.0, unknown: float = 0.0) -> np.ndarray:
    return np.array([1 - go - stop - unknown, unknown, go, stop], dtype=np.float32)


def decode(config: DecoderConfig, rows: list[np.ndarray]) -> list[Detection]:
    decoder = KeywordDecoder(LABELS, config, "patch")
    heard = [decoder.push(i * HOP_S, values) for i, values in enumerate(rows)]
    return [detection for detection in heard if detection is not None]


def times(detections: list[Detection]) -> list[float]:
    return [round(detection.time_s, 6) for detection in detections]


def test_a_word_above_its_threshold_is_reported_once() -> None:
    found = decode(PLAIN, [row(), row(go=0.9), row(go=0.9), row(go=0.9), row()])
    assert found == [Detection(0.1, "go", pytest.approx(0.9), 0.0, "patch")]


def test_a_word_is_reported_again_only_after_it_fell_below() -> None:
    rows = [row(go=0.9), row(go=0.9), row(go=0.5), row(go=0.9)]
    assert times(decode(PLAIN, rows)) == [0.0, 0.3]


def test_smoothing_is_the_mean_of_the_last_hops() -> None:
    config = PLAIN.model_copy(update={"smoothing_ms": 300})
    decoder = KeywordDecoder(LABELS, config)
    for i, go in enumerate((0.9, 0.3, 0.0, 0.6)):
        decoder.push(i * HOP_S, row(go=go))
    assert decoder.verdict is not None
    assert decoder.verdict.smoothed[2] == pytest.approx((0.3 + 0.0 + 0.6) / 3)


def test_nothing_is_reported_before_the_smoothing_window_is_full() -> None:
    config = PLAIN.model_copy(update={"smoothing_ms": 300})
    assert times(decode(config, [row(go=0.9)] * 4)) == [0.2]


def test_patience_asks_for_a_lasting_word() -> None:
    config = PLAIN.model_copy(update={"patience_ms": 200})
    short = [row(go=0.9), row(go=0.9), row(), row()]
    assert decode(config, short) == []
    assert times(decode(config, [row(), *[row(go=0.9)] * 4])) == [0.3]


def test_quiet_time_holds_for_every_word_of_the_patch() -> None:
    config = PLAIN.model_copy(update={"refractory_ms": 500})
    rows = [row(go=0.9), row(), row(stop=0.9), row(stop=0.9), row(stop=0.9), row(stop=0.9)]
    found = decode(config, rows)
    assert [(d.label, round(d.time_s, 6)) for d in found] == [("go", 0.0), ("stop", 0.5)]


def test_a_word_may_have_a_threshold_of_its_own() -> None:
    config = PLAIN.model_copy(update={"word_thresholds": {"stop": 0.3}})
    assert [d.label for d in decode(config, [row(go=0.5), row(stop=0.35, go=0.4)])] == ["stop"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([row(go=0.4)], HeldBack.BELOW_THRESHOLD),
        ([row(go=0.9), row(go=0.9)], HeldBack.STILL_SOUNDING),
        ([row(go=0.9), row(stop=0.9)], HeldBack.QUIET_TIME),
    ],
)
def test_the_verdict_tells_why_a_word_was_held_back(
    rows: list[np.ndarray], reason: HeldBack
) -> None:
    decoder = KeywordDecoder(LABELS, PLAIN.model_copy(update={"refractory_ms": 500}))
    for i, values in enumerate(rows):
        decoder.push(i * HOP_S, values)
    assert decoder.verdict is not None
    assert decoder.verdict.held_back is reason


def test_the_gap_is_measured_to_the_likeliest_other_class() -> None:
    decoder = KeywordDecoder(LABELS, PLAIN)
    decoder.push(0.0, row(go=0.3, unknown=0.5))
    assert decoder.verdict is not None
    assert (decoder.verdict.word, decoder.verdict.gap) == ("go", pytest.approx(-0.2))


def test_a_patch_without_words_reports_nothing() -> None:
    decoder = KeywordDecoder((SILENCE, UNKNOWN), PLAIN)
    assert decoder.push(0.0, np.array([0.0, 1.0], np.float32)) is None


def test_new_settings_hold_from_the_next_hop() -> None:
    decoder = KeywordDecoder(LABELS, PLAIN)
    assert decoder.push(0.0, row(go=0.4)) is None
    decoder.set_config(PLAIN.model_copy(update={"threshold": 0.3}))
    assert decoder.push(HOP_S, row(go=0.4)) is not None


posterior_rows = st.lists(
    st.tuples(*[st.floats(0, 1, width=32)] * 4).map(
        lambda four: np.array(four, np.float32) / max(sum(four), 1e-3)
    ),
    max_size=60,
)
configs = st.builds(
    DecoderConfig,
    threshold=st.floats(0.2, 0.9),
    smoothing_ms=st.sampled_from([0, 100, 300]),
    patience_ms=st.sampled_from([0, 150]),
    refractory_ms=st.sampled_from([0, 250, 1000]),
    hop_ms=st.just(100),
)


@given(posterior_rows, configs)
def test_what_is_reported_was_allowed(rows: list[np.ndarray], config: DecoderConfig) -> None:
    found = decode(config, rows)
    hops = config.smoothing_hops
    for detection in found:
        end = round(detection.time_s / HOP_S) + 1
        column = LABELS.index(detection.label)
        mean = np.mean([values[column] for values in rows[max(0, end - hops) : end]])
        assert detection.label not in (SILENCE, UNKNOWN)
        assert detection.score == pytest.approx(mean, abs=1e-6)
        assert detection.score >= config.threshold
    for earlier, later in pairwise(found):
        assert later.time_s - earlier.time_s >= config.refractory_ms / 1000 - 1e-6
