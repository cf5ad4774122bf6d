"""A sweep as a picture: accuracy against stored parameters and against multiplies, as a vector file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from workbench.evaluation.pareto import Offer, front
from workbench.studies.labels import Box, Label, Place, place_labels
from workbench.studies.summary import SummaryRow

TOP, PANEL_WIDTH, PANEL_HEIGHT, LEFT, GAP = 70, 450, 360, 70, 130
WIDTH = LEFT + 2 * PANEL_WIDTH + GAP + GAP // 2
FOOT, LINE = 62, 17
INK, MUTED, GREY, AXIS = "#1B1B1A", "#62625D", "#A3A39F", "#8A8A84"
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#8A6937",
    "#0093F5",
    "#8C6BB1",
    "#3B3B39",
    "#5B8C00",
    "#B03060",
)
CHARACTER, TEXT = 6.1, 11
DOT = 5.0
SIDE_STEP, WIDEST_GROUP = 13.0, 54.0
"""Pixels between points of equal cost, which would hide each other, and from the first of them to the last."""

SIDE_NOTE = "Points of equal cost stand side by side."

LEAST_SPAN = 2.0
ROOM = 0.1


@dataclass(frozen=True)
class _Point:
    """A row of the summary in a panel, in pixels."""

    row: SummaryRow
    x: float
    y: float
    low: float
    high: float
    colour: str


@dataclass(frozen=True)
class _Axis:
    """Attributes: least and greatest value, whether it is logarithmic, and its ticks."""

    low: float
    high: float
    is_log: bool
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies, 0 to 1."""
        low, high, at = self.low, self.high, value
        if self.is_log:
            low, high, at = math.log10(low), math.log10(high), math.log10(value)
        return (at - low) / (high - low)


def picture_svg(rows: Sequence[SummaryRow], title: str, notes: Sequence[str]) -> str:
    """Two panels side by side; dominated rows are grey, bars are the rows' 95 % intervals.

    Args:
        rows: Of the summary; without any the picture says so.
        title: What was compared.
        notes: How to read it, one line each.
    """
    notes = [*notes, SIDE_NOTE] if rows else notes
    height = TOP + PANEL_HEIGHT + FOOT + LINE * len(notes) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif"><rect width="100%" height="100%" fill="#FFFFFF"/>',
        _text(LEFT, 30, title, 15, weight="600"),
    ]
    if rows:
        accuracy = _percent_axis([(row.spread.low, row.spread.high) for row in rows])
        stored = _log_axis([_stored(row) for row in rows])
        multiplies = _linear_axis([row.multiplies for row in rows])
        second = LEFT + PANEL_WIDTH + GAP
        parts += _panel(rows, LEFT, "Stored parameters", stored, accuracy, _stored)
        parts += _panel(rows, second, "Multiplies per clip", multiplies, accuracy, _multiplies)
    else:
        parts.append(_text(LEFT, TOP, "No run has finished yet.", TEXT, fill=MUTED))
    foot = TOP + PANEL_HEIGHT + FOOT
    parts += [_text(LEFT, foot + i * LINE, note, TEXT, fill=MUTED) for i, note in enumerate(notes)]
    return "\n".join([*parts, "</svg>"])


def _stored(row: SummaryRow) -> float:
    return max(row.stored, 1.0)


def _multiplies(row: SummaryRow) -> float:
    return row.multiplies


def _panel(
    rows: Sequence[SummaryRow],
    left: float,
    title: str,
    across: _Axis,
    up: _Axis,
    cost: Callable[[SummaryRow], float],
) -> list[str]:
    offers = [Offer(cost(row), row.spread.accuracy) for row in rows]
    kept = front(offers)
    points = _points(rows, left, across, up, [offer in kept for offer in offers], cost)
    steps = [(left + PANEL_WIDTH * across.share(o.cost), _y(up, o.accuracy)) for o in kept]
    parts = _frame(left, title, across, up)
    parts.append(_front_line(steps))
    parts += [_mark(point) for point in sorted(points, key=lambda p: p.colour != GREY)]
    return parts + _names(points, left, steps)


def _points(
    rows: Sequence[SummaryRow],
    left: float,
    across: _Axis,
    up: _Axis,
    worth: Sequence[bool],
    cost: Callable[[SummaryRow], float],
) -> list[_Point]:
    methods = list(dict.fromkeys(row.method for row in rows))
    places = _side_by_side([left + PANEL_WIDTH * across.share(cost(row)) for row in rows])
    return [
        _Point(
            row,
            x,
            _y(up, row.spread.accuracy),
            _y(up, row.spread.low),
            _y(up, row.spread.high),
            COLOURS[methods.index(row.method) % len(COLOURS)] if good else GREY,
        )
        for row, x, good in zip(rows, places, worth, strict=True)
    ]


def _side_by_side(places: Sequence[float]) -> list[float]:
    """Places in pixels, where those that coincide are moved apart about their middle."""
    moved = list(places)
    groups: list[list[int]] = []
    for i in sorted(range(len(places)), key=places.__getitem__):
        if groups and places[i] - places[groups[-1][-1]] < 1:
            groups[-1].append(i)
        else:
            groups.append([i])
    for group in groups:
        step = min(SIDE_STEP, WIDEST_GROUP / max(len(group) - 1, 1))
        for rank, i in enumerate(sorted(group)):
            moved[i] += step * (rank - (len(group) - 1) / 2)
    return moved


def _y(up: _Axis, share: float) -> float:
    return TOP + PANEL_HEIGHT * (1 - up.share(100 * share))


def _frame(left: float, title: str, across: _Axis, up: _Axis) -> list[str]:
    bottom = TOP + PANEL_HEIGHT
    parts = [
        f'<path d="M{left} {TOP}V{bottom}H{left + PANEL_WIDTH}" fill="none" stroke="{AXIS}"/>',
        _text(left + PANEL_WIDTH / 2, bottom + 36, title, 12, "middle"),
        _text(left - 44, TOP - 14, "Accuracy (%)", 12),
    ]
    for tick in across.ticks:
        x = left + PANEL_WIDTH * across.share(tick)
        parts.append(f'<path d="M{x:.1f} {bottom}v4" stroke="{AXIS}"/>')
        parts.append(_text(x, bottom + 17, _short(tick), TEXT, "middle", MUTED))
    for tick in up.ticks:
        y = TOP + PANEL_HEIGHT * (1 - up.share(tick))
        parts.append(f'<path d="M{left} {y:.1f}h-4" stroke="{AXIS}"/>')
        parts.append(_text(left - 8, y + 4, f"{tick:g}", TEXT, "end", MUTED))
    return parts


def _front_line(steps: Sequence[tuple[float, float]]) -> str:
    """Steps along the rows that nothing dominates, from the cheapest to the most accurate."""
    path = f"M{steps[0][0]:.1f} {steps[0][1]:.1f}"
    path += "".join(f"H{x:.1f}V{y:.1f}" for x, y in steps[1:])
    return f'<path d="{path}" fill="none" stroke="{AXIS}" stroke-dasharray="2 3"/>'


def _mark(point: _Point) -> str:
    s = point.row.spread
    note = (
        f"{point.row.title}: {100 * s.accuracy:.1f} % ({100 * s.low:.1f} to {100 * s.high:.1f}), "
        f"{point.row.stored:,.0f} parameters stored, {point.row.multiplies:,.0f} multiplies"
    )
    return (
        f"<g><title>{escape(note)}</title>"
        f'<path d="M{point.x:.1f} {point.low:.1f}V{point.high:.1f}" stroke="{point.colour}" '
        f'stroke-width="1.5"/><circle cx="{point.x:.1f}" cy="{point.y:.1f}" r="{DOT}" '
        f'fill="{point.colour}" stroke="#FFFFFF"/></g>'
    )


def _names(
    points: Sequence[_Point], left: float, steps: Sequence[tuple[float, float]]
) -> list[str]:
    """Names beside the points; those that are worth their price choose first."""
    ordered = sorted(points, key=lambda p: p.colour == GREY)
    labels = [Label(p.x, p.y, CHARACTER * len(p.row.title), TEXT + 2) for p in ordered]
    area = Box(left + 4, TOP - 6, left + PANEL_WIDTH + GAP / 2 - 12, TOP + PANEL_HEIGHT - 4)
    dots = [Box(p.x - DOT, p.y - DOT, p.x + DOT, p.y + DOT) for p in points]
    bars = [Box(p.x - 1, p.high, p.x + 1, p.low) for p in points]
    flat = [Box(a[0], a[1] - 1, b[0], a[1] + 1) for a, b in pairwise(steps)]
    places = place_labels(labels, [*dots, *bars, *flat], area)
    return [
        _name(point, place)
        for point, place in zip(ordered, places, strict=True)
        if place is not None
    ]


def _name(point: _Point, place: Place) -> str:
    box = place.box
    text = _text(
        box.left,
        box.bottom - 3,
        point.row.title,
        TEXT,
        fill=MUTED if point.colour == GREY else INK,
    )
    if not place.needs_line:
        return text
    x = min(max(point.x, box.left), box.right)
    y = min(max(point.y, box.top), box.bottom)
    line = f'<path d="M{point.x:.1f} {point.y:.1f}L{x:.1f} {y:.1f}" stroke="{GREY}" stroke-width="0.7"/>'
    return line + text


def _percent_axis(intervals: Sequence[tuple[float, float]]) -> _Axis:
    low = 100 * min(low for low, _ in intervals)
    high = 100 * max(high for _, high in intervals)
    span = max(high - low, LEAST_SPAN)
    low, high = max(0.0, low - ROOM * span), min(100.0 + ROOM * span, high + ROOM * span)
    ticks = [tick for tick in _round_ticks(low, high) if tick <= 100]
    return _Axis(low, high, False, tuple(ticks))


def _log_axis(values: Sequence[float]) -> _Axis:
    low, high = math.log10(min(values)), math.log10(max(values))
    room = ROOM * max(high - low, 0.5)
    low, high = low - room, high + room
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    inside = tuple(tick for tick in ticks if low <= math.log10(tick) <= high)
    return _Axis(10**low, 10**high, True, inside)


def _linear_axis(values: Sequence[float]) -> _Axis:
    span = max(max(values) - min(values), 0.2 * max(values))
    # Points of equal cost stand side by side, the cheapest often at the left edge.
    low, high = min(values) - 3 * ROOM * span, max(values) + 2 * ROOM * span
    return _Axis(low, high, False, tuple(tick for tick in _round_ticks(low, high) if tick >= 0))


def _round_ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers from ``low`` to ``high``, about as many as asked for."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first = math.ceil(low / step)
    return [round(i * step, 10) for i in range(first, math.floor(high / step) + 1)]


def _short(value: float) -> str:
    """``12.5 M``"""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.4g} {unit}"
    return f"{value:.4g}"


def _text(
    x: float,
    y: float,
    text: str,
    size: int,
    anchor: str = "start",
    fill: str = INK,
    weight: str = "400",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
    )
