"""Detection metrics against textbook values, counting by hand, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.detection_metrics import (
    det_curve,
    expected_again,
    false_alarms_per_hour,
    false_reject_rate,
)


def test_five_clean_minutes_prove_fewer_than_36_per_hour() -> None:
    rate = false_alarms_per_hour(0, 5 / 60)
    assert rate.per_hour == 0
    assert rate.ci95 == (0, pytest.approx(36))


@pytest.mark.parametrize(
    ("events", "low", "high"), [(1, 0.025, 5.572), (10, 4.795, 18.390), (100, 81.36, 121.63)]
)
def test_the_interval_is_the_exact_one_of_the_tables(events: int, low: float, high: float) -> None:
    rate = false_alarms_per_hour(events, 2.0)
    assert rate.per_hour == events / 2
    assert rate.ci95 == (pytest.approx(low / 2, abs=0.005), pytest.approx(high / 2, abs=0.005))


def test_nothing_heard_proves_nothing() -> None:
    assert false_alarms_per_hour(0, 0).ci95 == (0, float("inf"))
    assert expected_again(0, 0) == (0, float("inf"))


@pytest.mark.parametrize("events", [0, 1, 4, 20])
def test_the_next_count_falls_inside_what_is_expected(events: int) -> None:
    generator = np.random.default_rng(events)
    low, high = expected_again(events, 1.0)
    rounds, inside = 4000, 0
    for _ in range(rounds):
        first = np.sort(generator.random(generator.poisson(200)))[::-1]
        inside += low <= np.sum(generator.random(generator.poisson(200)) > first[events]) <= high
    assert inside / rounds >= 0.89


def test_no_events_are_expected_to_stay_within_the_rule_of_three() -> None:
    assert expected_again(0, 2.0) == (0, 1.5)


def test_misses_have_a_wilson_interval() -> None:
    rate = false_reject_rate(1, 20)
    assert rate.share == 0.05
    assert rate.ci95 == (pytest.approx(0.0089, abs=1e-4), pytest.approx(0.2361, abs=1e-4))
    assert false_reject_rate(0, 0).ci95 == (0, 1)


scores = st.lists(st.integers(0, 20).map(lambda i: i / 20), min_size=1, max_size=30)


@given(scores, scores)
def test_each_point_of_the_curve_counts_both_errors(
    words: list[float], alarms: list[float]
) -> None:
    curve = det_curve(words, alarms, hours=2.0)
    for point in curve:
        raised = sum(score >= point.threshold for score in alarms)
        missed = sum(score < point.threshold for score in words)
        assert point.false_alarms_per_hour == raised / 2
        assert point.false_reject_rate == pytest.approx(missed / len(words))
    assert [point.threshold for point in curve] == sorted({*words, *alarms})
