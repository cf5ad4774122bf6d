"""What every layer map does: rows that can be hovered, chosen by mouse or keys, and described."""

from __future__ import annotations

from collections.abc import Sequence

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
from workbench.gui.formatting import count, percent, short_count
from workbench.gui.plots.layer_marks import kind_title
from workbench.gui.plots.layer_rows import MapRow, RowLayout
from workbench.gui.tokens import GRID, RING, SMALL


class RowMap(QWidget):
    """Layers from top to bottom; what is right of their names is drawn by the subclass.

    Attributes:
        row_chosen: The user picked a layer; carries its row.
    """

    row_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[MapRow, ...] = ()
        self.selected: int | None = None
        self._hovered: int | None = None
        self._left: float | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.controller().changed.connect(self._on_theme)

    def header_height(self) -> float:
        raise NotImplementedError

    def axis_height(self) -> float:
        raise NotImplementedError

    def paint_content(self, painter: QPainter, layout: RowLayout) -> None:
        """Draw header, cells and axis; labels and bands are there already."""
        raise NotImplementedError

    def describe_at(self, row: int, x: float) -> str:
        """Tooltip for a place in a row, below the description of the layer itself."""
        raise NotImplementedError

    def step_column(self, step: int) -> None:
        """Move by a column with the left and right keys."""
        raise NotImplementedError

    def choose(self, row: int | None) -> None:
        """Select a layer, as if it had been clicked."""
        if row is None or not 0 <= row < len(self.rows):
            return
        self.selected = row
        self.setAccessibleDescription(self.spoken_row(row))
        self.update()
        self.row_chosen.emit(row)

    def spoken_row(self, row: int) -> str:
        return self.describe_layer(self.rows[row]).replace("\n", ", ")

    def row_layout(self) -> RowLayout:
        return RowLayout(self.rows, self.header_height(), self.height(), self.axis_height())

    def left(self) -> float:
        """Where the cells begin."""
        if self._left is None:
            self._left = sum(self.row_layout().label_widths())
        return self._left

    def describe_layer(self, row: MapRow) -> str:
        return "\n".join(
            (
                row.name,
                f"{kind_title(row.kind)}, {row.group}, {row.shape}",
                self.tr("{0} parameters, {1} of the convolution weights").format(
                    count(row.parameters), percent(row.share, 2)
                ),
                self.tr("{0} multiplies per example").format(short_count(row.multiplies)),
            )
        )

    def minimumSizeHint(self) -> QSize:
        if not self.rows:
            return QSize(320, 160)
        height = RowLayout.least_height(self.rows, self.header_height(), self.axis_height())
        return QSize(round(self.left()) + 24 * GRID, round(height) + 2)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.rows:
            return
        painter = QPainter(self)
        layout, colors = self.row_layout(), theme.tokens()
        if self._hovered != self.selected:
            layout.paint_band(painter, self._hovered, self.width(), colors.hover)
        layout.paint_band(painter, self.selected, self.width(), colors.selection)
        layout.paint_labels(painter, self.selected)
        self.paint_content(painter, layout)
        if self.hasFocus():
            painter.setPen(QPen(theme.color(colors.link), RING))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = self.tooltip_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def tooltip_at(self, place: QPointF) -> str:
        row = self.row_layout().row_at(place.y())
        if row is None:
            return ""
        about = self.describe_at(row, place.x())
        return "\n".join(part for part in (self.describe_layer(self.rows[row]), about) if part)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.row_layout().row_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.choose(self.row_layout().row_at(event.position().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = -1 if self.selected is None else self.selected
        last = len(self.rows) - 1
        targets = {
            Qt.Key.Key_Down: min(current + 1, last),
            Qt.Key.Key_Up: max(current - 1, 0),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in targets:
            self.choose(targets[key])
        elif key in steps:
            self.step_column(steps[key])
        else:
            super().keyPressEvent(event)

    def _hover(self, row: int | None) -> None:
        if row != self._hovered:
            self._hovered = row
            self.update()

    def _on_theme(self) -> None:
        self._left = None
        self.updateGeometry()
        self.update()

    def _set_rows(self, rows: Sequence[MapRow]) -> None:
        if tuple(rows) != self.rows:
            self.rows = tuple(rows)
            self.selected = self._hovered = None
            self._left = None
        self.updateGeometry()
        self.update()


def line_height() -> float:
    return QFontMetricsF(theme.font(SMALL)).height()
