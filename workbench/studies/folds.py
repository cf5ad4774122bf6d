"""A bias folds a line: how many pieces of the input reach a target depends on one number below the last layer.

The exact toy of "K for the price of 1" (arXiv 1810.10703, section 4): a tent ``q`` made of ReLUs, folded over itself,
and the pieces of the input that land in a target band. Everything is piecewise linear and rational, so knots, pieces
and the biases at which their number changes are found exactly, in fractions, and not on a grid.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

Interval = tuple[Fraction, Fraction]
"""Lower and upper end, both included."""

BAND: Interval = (Fraction(1, 5), Fraction(2, 5))
"""The target of the paper's figure."""


@dataclass(frozen=True)
class PiecewiseLinear:
    """A continuous function that is linear between knots and constant outside them.

    Attributes:
        knots: Places, rising; at least one.
        values: Of the function at the knots.
    """

    knots: tuple[Fraction, ...]
    values: tuple[Fraction, ...]

    def __call__(self, x: Fraction) -> Fraction:
        right = bisect_right(self.knots, x)
        if right == 0:
            return self.values[0]
        if right == len(self.knots):
            return self.values[-1]
        (x0, x1), (y0, y1) = (pair[right - 1 : right + 1] for pair in (self.knots, self.values))
        return y0 + (y1 - y0) * (x - x0) / (x1 - x0)

    def after(self, inner: PiecewiseLinear) -> PiecewiseLinear:
        """This function of the inner one."""
        knots = set(inner.knots)
        for level in self.knots:
            knots.update(inner.crossings(level))
        places = tuple(sorted(knots))
        return PiecewiseLinear(places, tuple(self(inner(x)) for x in places))

    def crossings(self, level: Fraction) -> tuple[Fraction, ...]:
        """Places strictly between two knots at which the function passes a level."""
        places = []
        for x0, x1, y0, y1 in self._segments():
            if min(y0, y1) < level < max(y0, y1):
                places.append(x0 + (x1 - x0) * (level - y0) / (y1 - y0))
        return tuple(places)

    def preimage(self, band: Interval) -> tuple[Interval, ...]:
        """Maximal intervals on which the function stays inside a band, from left to right.

        Args:
            band: A band that holds neither of the values outside the knots, so that every piece is bounded.
        """
        low, high = band
        pieces: list[Interval] = []
        for x0, x1, y0, y1 in self._segments():
            part = _part_inside(x0, x1, y0, y1, low, high)
            if part is None:
                continue
            if pieces and pieces[-1][1] == part[0]:
                pieces[-1] = (pieces[-1][0], part[1])
            else:
                pieces.append(part)
        return tuple(pieces)

    def _segments(self) -> list[tuple[Fraction, Fraction, Fraction, Fraction]]:
        xs, ys = self.knots, self.values
        return list(zip(xs[:-1], xs[1:], ys[:-1], ys[1:], strict=True))


def _part_inside(
    x0: Fraction, x1: Fraction, y0: Fraction, y1: Fraction, low: Fraction, high: Fraction
) -> Interval | None:
    """Part of one segment whose values lie in a band."""
    if y0 == y1:
        return (x0, x1) if low <= y0 <= high else None
    ends = sorted((level - y0) / (y1 - y0) for level in (low, high))
    start, end = max(ends[0], Fraction(0)), min(ends[1], Fraction(1))
    if start > end:
        return None
    return x0 + (x1 - x0) * start, x0 + (x1 - x0) * end


def tent(b0: Fraction = Fraction(0)) -> PiecewiseLinear:
    """``q(x; b0) = 2 relu(relu(x + b0) - relu(2x - 1))``, the paper's fold with p = 2 and its other biases at 0.

    Args:
        b0: Bias of the rising unit, above -1/2; at or below that the tent is flat on the ground.
    """
    peak = Fraction(1, 2)
    if b0 <= -peak:
        return PiecewiseLinear((Fraction(0),), (Fraction(0),))
    ground = Fraction(0)
    return PiecewiseLinear((-b0, peak, 1 + b0), (ground, 1 + 2 * b0, ground))


def folded(b0: Fraction) -> PiecewiseLinear:
    """``F = q(q(x; b0); 0)``: only the bias of the inner fold moves."""
    return tent().after(tent(b0))


def transitions(band: Interval = BAND) -> tuple[Fraction, ...]:
    """Biases at which the number of pieces in a band changes, from 0 downwards.

    The inner tent reaches the height 1 + 2 b0; a piece joins its mirror image, or is lost, when that height passes an
    end of what the outer tent maps into the band.

    Args:
        band: Between 0 and 1, both excluded.
    """
    heights = [end for piece in tent().preimage(band) for end in piece]
    return tuple(sorted(((height - 1) / 2 for height in heights), reverse=True))
