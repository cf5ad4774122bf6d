"""The stretch of time that all live plots show, and the gutters that keep them in line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from workbench.gui import theme
from workbench.gui.tokens import GRID

SPAN_S = 10.0
TICK_S = 2
LABEL_LETTERS = 15


@dataclass(frozen=True)
class TimeWindow:
    """From ``start_s`` at the left edge to ``end_s`` at the right."""

    start_s: float = 0.0
    end_s: float = SPAN_S

    @staticmethod
    def until(now_s: float) -> TimeWindow:
        """Starts at 0 and fills up, then scrolls."""
        end_s = max(now_s, SPAN_S)
        return TimeWindow(end_s - SPAN_S, end_s)

    def x(self, time_s: float, area: QRectF) -> float:
        """Horizontal position of a moment in a plot's area."""
        return area.left() + area.width() * (time_s - self.start_s) / (self.end_s - self.start_s)

    def ticks(self) -> list[int]:
        """Whole seconds that carry a label."""
        first = math.ceil(self.start_s / TICK_S) * TICK_S
        return list(range(first, math.floor(self.end_s) + 1, TICK_S))


def left_gutter() -> float:
    """Room for labels at the left of every live plot."""
    letter = QFontMetricsF(theme.font()).averageCharWidth()
    return LABEL_LETTERS * letter + 2 * GRID


def right_gutter() -> float:
    """Room for half a time label at the right."""
    return 2.0 * GRID
