"""Where everything of the gate map is, and what is written there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from workbench.gui import theme
from workbench.gui.formatting import decimal
from workbench.gui.tokens import GRID, SMALL
from workbench.methods.gates import Gates

LEAST_CELL, MOST_CELL = 4.0, 18.0
LEAST_ROW, MOST_ROW = 16.0, 32.0
WIDEST_NAME = 160.0
LAYER_GAP = 1.5 * GRID
SIDES = 2
SHORT_UNITS = {"thousand parameters": "k params", "million FLOPs": "MFLOPs"}


class GatePlaces:
    """Rows of tasks and groups of channels in a widget of a given size.

    Args:
        gates: Give the number of channels in each layer.
        tasks: Names.
        width, height: Of the widget.
    """

    def __init__(self, gates: Gates, tasks: Sequence[str], width: float, height: float) -> None:
        metrics = _metrics()
        self.line = metrics.height()
        self._channels = [len(channels) for channels in gates.openings[0]]
        longest = max((metrics.horizontalAdvance(name) for name in tasks), default=0.0)
        self._left = GRID + min(longest, WIDEST_NAME) + GRID
        self._top = GRID + 4.5 * self.line
        texts = [side_titles(gates), *(side_texts(gates, task) for task in range(len(tasks)))]
        self._sides = [
            max(metrics.horizontalAdvance(row[column]) for row in texts) + 2 * GRID
            for column in range(SIDES)
        ]
        gaps = (len(self._channels) - 1) * LAYER_GAP
        room = width - self._left - sum(self._sides) - gaps - GRID
        self.cell = min(max(room / max(sum(self._channels), 1), LEAST_CELL), MOST_CELL)
        rows = max(len(tasks), 1)
        self.row = min(max((height - self._top - GRID) / rows, LEAST_ROW), MOST_ROW)

    @classmethod
    def least(cls, gates: Gates, tasks: Sequence[str]) -> QSizeF:
        """Size below which something would be cut off."""
        places = cls(gates, tasks, 0, 0)
        width = places.side(SIDES - 1, None).right() + GRID
        return QSizeF(width, places._top + len(tasks) * places.row + GRID)

    def box(self, task: int, layer: int, channel: int) -> QRectF:
        """A channel."""
        left = self._layer_left(layer) + channel * self.cell
        return QRectF(left, self._top + task * self.row, self.cell, self.row - 2)

    def heading(self, layer: int) -> QRectF:
        """Above a layer's channels."""
        left, width = self._layer_left(layer), self._channels[layer] * self.cell
        grown = max(2 * self.line - width, 0.0) / 2
        return QRectF(left - grown, self._top - self.line - 4, width + 2 * grown, self.line)

    def name(self, task: int | None) -> QRectF:
        """Left of a task's channels, or above that for None."""
        if task is None:
            return QRectF(0, self._top - self.line - 4, self._left - GRID, self.line)
        return QRectF(0, self._top + task * self.row, self._left - GRID, self.row - 2)

    def side(self, column: int, task: int | None) -> QRectF:
        """Right of a task's channels, or above that for None."""
        end = self._layer_left(len(self._channels)) - LAYER_GAP
        left = end + sum(self._sides[:column])
        if task is None:
            return QRectF(left, self._top - self.line - 4, self._sides[column], self.line)
        return QRectF(left, self._top + task * self.row, self._sides[column], self.row - 2)

    def _layer_left(self, layer: int) -> float:
        before = sum(self._channels[:layer])
        return self._left + before * self.cell + layer * LAYER_GAP


def layer_title(gates: Gates, layer: int) -> str:
    """Number of a convolution layer, or a word for the last."""
    if layer + 1 < len(gates.layers):
        return str(layer + 1)
    return QCoreApplication.translate("GateMap", "embedding")


def side_titles(gates: Gates) -> tuple[str, ...]:
    """What the columns at the right hold."""
    unit = SHORT_UNITS.get(gates.unit, gates.unit)
    return (
        QCoreApplication.translate("GateMap", "open"),
        QCoreApplication.translate("GateMap", "cost, {0}").format(unit),
    )


def side_texts(gates: Gates, task: int) -> tuple[str, ...]:
    """Channels that are open and how many there are; soft cost in the unit of the price."""
    channels = [opening for layer in gates.openings[task] for opening in layer]
    opened = sum(opening > 0 for opening in channels)
    return f"{opened}/{len(channels)}", decimal(gates.costs[task], 2)


def _metrics() -> QFontMetricsF:
    return QFontMetricsF(theme.number_font(SMALL))
