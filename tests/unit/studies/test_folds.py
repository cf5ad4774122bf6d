"""The fold: exact pieces, their number, and the biases at which it changes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.studies.folds import BAND, PiecewiseLinear, folded, tent, transitions

BIASES = st.fractions(min_value=-1, max_value=Fraction(1, 2), max_denominator=400)
INPUTS = st.fractions(min_value=-1, max_value=2, max_denominator=400)


def relu(x: Fraction) -> Fraction:
    return max(x, Fraction(0))


def q(x: Fraction, b0: Fraction) -> Fraction:
    """The paper's formula, with p = 2 and the other biases 0."""
    return 2 * relu(relu(x + b0) - relu(2 * x - 1))


@given(INPUTS, BIASES)
def test_knots_and_values_are_those_of_the_relu_formula(x: Fraction, b0: Fraction) -> None:
    assert tent(b0)(x) == q(x, b0)
    assert folded(b0)(x) == q(q(x, b0), Fraction(0))


@pytest.mark.parametrize(
    ("bias", "pieces"), [("0", 4), ("-0.075", 3), ("-0.125", 2), ("-0.425", 1), ("-0.5", 0)]
)
def test_the_paper_s_five_biases_give_its_five_counts(bias: str, pieces: int) -> None:
    assert len(folded(Fraction(bias)).preimage(BAND)) == pieces


def test_pieces_worked_by_hand() -> None:
    tenths = [(1, 2), (8, 9), (11, 12), (18, 19)]
    expected = tuple((Fraction(low, 20), Fraction(high, 20)) for low, high in tenths)
    assert folded(Fraction(0)).preimage(BAND) == expected


def test_the_count_changes_at_the_transitions_and_nowhere_else() -> None:
    found = transitions()
    assert found == tuple(map(Fraction, ("-0.05", "-0.1", "-0.4", "-0.45")))
    near = Fraction(1, 10**9)
    edges = [Fraction(1, 2), *found, Fraction(-1)]
    for above, below, count in zip(edges[:-1], edges[1:], (4, 3, 2, 1, 0), strict=True):
        for bias in (above - near, (above + below) / 2, below + near):
            assert len(folded(bias).preimage(BAND)) == count, bias


@given(INPUTS, BIASES)
def test_a_point_lies_in_a_piece_exactly_when_its_value_lies_in_the_band(
    x: Fraction, b0: Fraction
) -> None:
    pieces = folded(b0).preimage(BAND)
    is_in_piece = any(low <= x <= high for low, high in pieces)
    assert is_in_piece == (BAND[0] <= q(q(x, b0), Fraction(0)) <= BAND[1])
    assert all(left[1] < right[0] for left, right in pairwise(pieces))


def test_a_plateau_in_the_band_is_one_piece_with_its_slopes() -> None:
    mesa = PiecewiseLinear(*(tuple(map(Fraction, row)) for row in ((0, 1, 2, 3), (0, 1, 1, 0))))
    half = Fraction(1, 2)
    assert mesa.preimage((half, Fraction(1))) == ((half, 5 * half),)
