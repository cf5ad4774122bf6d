"""Intervals and tables against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.metrics import evaluate_predictions, wilson


def test_wilson_against_published_values() -> None:
    """Newcombe (1998), Table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_the_share_and_stays_in_range(n: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, n))
    low, high = wilson(correct, n)
    assert 0 <= low <= correct / n + 1e-12
    assert correct / n - 1e-12 <= high <= 1
    mirrored_low, mirrored_high = wilson(n - correct, n)
    assert (mirrored_low, mirrored_high) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_evaluation_by_hand() -> None:
    truth, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0])
    found = evaluate_predictions(truth, predicted, ("a", "b", "c"))
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.confusion == ((1, 1, 0), (1, 2, 0), (0, 0, 0))
    assert found.per_class["b"].recall == pytest.approx(2 / 3)
    assert found.per_class["c"].n == 0
