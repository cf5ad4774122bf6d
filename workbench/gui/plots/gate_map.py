"""The gate map: how far each channel of each task's adapter is open, live while it learns.

A row is a task, a group of columns a layer, a cell a channel; lightness is the opening, a cross is a channel that is
closed. After the gate plots of the multi-task adapters paper, with price and cost written beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui import theme
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.formatting import decimal, significant
from workbench.gui.plots.gate_places import (
    LEAST_ROW,
    MOST_ROW,
    GatePlaces,
    layer_title,
    side_texts,
    side_titles,
)
from workbench.gui.tokens import GRID, RING, SMALL
from workbench.methods.gates import Gates

CROSS = 0.26
"""Reach of a closed channel's cross, as a share of its cell's smaller side."""

SHADES = 5
"""Steps of the legend."""


class GateCell(NamedTuple):
    """Indices of a channel."""

    task: int
    layer: int
    channel: int


class GateMap(QWidget):
    """Openings of all gates as they stand; mouse and arrow keys pick a channel.

    Attributes:
        cell_chosen: The user picked a channel; carries a ``GateCell``.
    """

    cell_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tasks: tuple[str, ...] = ()
        self.gates: Gates | None = None
        self.chosen: GateCell | None = None
        self._throttle = Throttle(self._show_last, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Gate map: how far each channel of each task is open"))
        theme.controller().changed.connect(self._on_theme)

    def start(self, tasks: Sequence[str]) -> None:
        """Clear the map for a run over these tasks."""
        self.tasks, self.gates, self.chosen = tuple(tasks), None, None
        self.updateGeometry()
        self.update()

    def show_gates(self, gates: Gates) -> None:
        """Show other openings; as often as it likes, drawing is throttled."""
        self.gates = gates
        self._throttle.request()

    def choose(self, cell: GateCell | None) -> None:
        """Pick a channel, as if it had been clicked."""
        if cell is None or cell == self.chosen:
            return
        self.chosen = cell
        self.setAccessibleDescription(self.describe(cell).replace("\n", ", "))
        self.update()
        self.cell_chosen.emit(cell)

    def describe(self, cell: GateCell) -> str:
        """A channel in words."""
        assert self.gates is not None
        opening = self.gates.openings[cell.task][cell.layer][cell.channel]
        state = self.tr("open by {0}").format(decimal(opening, 3)) if opening else self.tr("closed")
        return "\n".join(
            (
                self.tasks[cell.task],
                self.tr("{0}, channel {1}").format(self.gates.layers[cell.layer], cell.channel + 1),
                state,
            )
        )

    def sizeHint(self) -> QSize:
        room = (MOST_ROW - LEAST_ROW) / 2
        return QSize(720, self.minimumSizeHint().height() + round(room * len(self.tasks)))

    def minimumSizeHint(self) -> QSize:
        if self.gates is None:
            return QSize(320, 120)
        least = GatePlaces.least(self.gates, self.tasks)
        return QSize(round(least.width()), round(least.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.gates is None:
            painter.setPen(theme.color(theme.tokens().muted))
            text = self.tr("The gate map starts with the first steps of the adapters.")
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, text)
        else:
            self._paint_map(painter, self.gates)
        painter.end()

    def _paint_map(self, painter: QPainter, gates: Gates) -> None:
        places = self._places(gates)
        self._paint_heading(painter, gates, places)
        for cell in _cells(gates):
            opening = gates.openings[cell.task][cell.layer][cell.channel]
            _paint_cell(painter, places.box(*cell), opening)
        self._paint_words(painter, gates, places)
        if self.chosen is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color(theme.tokens().text), 2))
            painter.drawRect(places.box(*self.chosen))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color(theme.tokens().link), RING))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _paint_heading(self, painter: QPainter, gates: Gates, places: GatePlaces) -> None:
        """Price and slope in words, and what lightness and crosses mean."""
        line = places.line
        painter.setFont(theme.number_font(SMALL))
        painter.setPen(theme.color(theme.tokens().text))
        price = self.tr("Price {0} nats per {1}, slope {2}").format(
            f"{gates.price:g}", gates.unit, significant(gates.slope, 3)
        )
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(GRID, GRID, self.width() - 2 * GRID, line), middle, price)
        left, top, side = float(GRID), GRID + 1.5 * line, line * 0.8
        painter.setPen(theme.color(theme.tokens().muted))
        for text, openings in (
            (self.tr("closed"), (0.0,)),
            (self.tr("opening, up to 1"), [(i + 1) / SHADES for i in range(SHADES)]),
        ):
            for opening in openings:
                _paint_cell(painter, QRectF(left, top + 0.1 * line, side, side), opening)
                left += side
            painter.setPen(theme.color(theme.tokens().muted))
            width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 2 * GRID
            painter.drawText(QRectF(left + GRID / 2, top, width, line), middle, text)
            left += width + GRID

    def _paint_words(self, painter: QPainter, gates: Gates, places: GatePlaces) -> None:
        """Layers above, tasks at the left, open channels and costs at the right."""
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(SMALL))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(theme.color(theme.tokens().muted))
        for layer in range(len(gates.layers)):
            room = places.heading(layer)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, layer_title(gates, layer))
        painter.drawText(places.name(None), right, self.tr("layer"))
        for column, text in enumerate(side_titles(gates)):
            painter.drawText(places.side(column, None), right, text)
        for task, name in enumerate(self.tasks):
            painter.setPen(theme.color(theme.tokens().text))
            painter.setFont(theme.font(SMALL))
            room = places.name(task)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, right, shown)
            painter.setFont(theme.number_font(SMALL))
            for column, text in enumerate(side_texts(gates, task)):
                painter.drawText(places.side(column, task), right, text)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            if cell is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.describe(cell), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.choose(self._cell_at(event.position()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or self.gates is None:
            super().keyPressEvent(event)
        else:
            self.choose(self._moved(self.gates, *move))

    def _moved(self, gates: Gates, down: int, right: int) -> GateCell:
        if self.chosen is None:
            return GateCell(0, 0, 0)
        task = min(max(self.chosen.task + down, 0), len(self.tasks) - 1)
        row = [cell for cell in _cells(gates) if cell.task == task]
        same = [cell[1:] for cell in row]
        at = min(max(same.index(self.chosen[1:]) + right, 0), len(row) - 1)
        return row[at]

    def _cell_at(self, place: QPointF) -> GateCell | None:
        if self.gates is None:
            return None
        places = self._places(self.gates)
        inside = (cell for cell in _cells(self.gates) if places.box(*cell).contains(place))
        return next(inside, None)

    def _places(self, gates: Gates) -> GatePlaces:
        return GatePlaces(gates, self.tasks, self.width(), self.height())

    def _show_last(self) -> None:
        self.updateGeometry()
        self.update()
        if self.chosen is not None and self.gates is not None:
            self.setAccessibleDescription(self.describe(self.chosen).replace("\n", ", "))

    def _on_theme(self) -> None:
        self.updateGeometry()
        self.update()


def _cells(gates: Gates) -> Iterator[GateCell]:
    for task, layers in enumerate(gates.openings):
        for layer, channels in enumerate(layers):
            for channel in range(len(channels)):
                yield GateCell(task, layer, channel)


def _paint_cell(painter: QPainter, box: QRectF, opening: float) -> None:
    """A channel: the more open the stronger; a cross where it is closed."""
    colors = theme.tokens()
    inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.fillRect(inner, theme.color(colors.sunken))
    if opening:
        painter.fillRect(inner, theme.color(colors.depthwise, opening))
        return
    painter.setPen(QPen(theme.color(colors.outline), 1.2))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    reach = CROSS * min(box.width(), box.height())
    middle = box.center()
    for slant in (1, -1):
        offset = QPointF(reach, slant * reach)
        painter.drawLine(middle - offset, middle + offset)
    painter.restore()
