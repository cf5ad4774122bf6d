"""What was said against what was heard, as a table of counts."""

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
from workbench.gui.formatting import percent
from workbench.gui.tokens import GRID, SMALL

FAINTEST = 0.22
STRONG = 0.55
"""Opacity of a cell with one example, and the opacity from which the count is written in the other ink."""

SMALLEST_CELL = 14.0
LARGEST_CELL = 46.0


class Confusion(QWidget):
    """Rows are true labels, columns what was heard. Right answers are blue on the diagonal, mistakes vermilion.

    Attributes:
        cell_chosen: The user picked a cell; carries (true index, heard index), or None when it was let go.
    """

    cell_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.labels: tuple[str, ...] = ()
        self.counts: tuple[tuple[int, ...], ...] = ()
        self.chosen: tuple[int, int] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("True against answered"))
        theme.controller().changed.connect(self.update)

    def show_counts(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show another table; ``counts[i][j]`` examples of label i were heard as label j."""
        self.labels = tuple(labels)
        self.counts = tuple(tuple(row) for row in counts)
        self.chosen = None
        self.updateGeometry()
        self.update()

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Pick a cell; picking it again lets it go."""
        self.chosen = None if cell == self.chosen else cell
        self.setAccessibleDescription(self._describe(*self.chosen) if self.chosen else "")
        self.update()
        self.cell_chosen.emit(self.chosen)

    def minimumSizeHint(self) -> QSize:
        side = round(SMALLEST_CELL * max(len(self.labels), 6))
        return QSize(round(self._left()) + side, round(self._top()) + side)

    def sizeHint(self) -> QSize:
        return QSize(360, 320)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            if cell is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._describe(*cell), self)
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
        if move is None or not self.labels:
            super().keyPressEvent(event)
            return
        last = len(self.labels) - 1
        row, column = self.chosen or (-move[0], -move[1])
        cell = min(max(row + move[0], 0), last), min(max(column + move[1], 0), last)
        if cell != self.chosen:
            self.choose(cell)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.labels:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(len(self.labels)):
            for column in range(len(self.labels)):
                self._paint_cell(painter, row, column)
        self._paint_labels(painter)
        if self.chosen is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color(theme.tokens().text), 2))
            painter.drawRect(self._box(*self.chosen).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_cell(self, painter: QPainter, row: int, column: int) -> None:
        colors = theme.tokens()
        box = self._box(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
        number, total = self.counts[row][column], sum(self.counts[row])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(colors.sunken))
        painter.drawRect(box)
        if not number:
            return
        share = number / total
        strength = FAINTEST + (1 - FAINTEST) * share
        ink = colors.depthwise if row == column else colors.pointwise
        painter.setBrush(theme.color(ink, strength))
        painter.drawRect(box)
        on_strong = colors.ground if colors.is_dark else colors.accent_text
        painter.setPen(theme.color(on_strong if strength > STRONG else colors.text))
        painter.setFont(theme.number_font(SMALL))
        if QFontMetricsF(painter.font()).horizontalAdvance(str(number)) < box.width():
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))

    def _paint_labels(self, painter: QPainter) -> None:
        """True labels at the left, heard ones slanted above, and what rows and columns are."""
        colors = theme.tokens()
        painter.setFont(theme.font(SMALL))
        painter.setPen(theme.color(colors.text))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, label in enumerate(self.labels):
            box = self._box(i, 0)
            painter.drawText(QRectF(0, box.top(), self._left() - 6, box.height()), right, label)
            painter.save()
            painter.translate(self._box(0, i).center().x() + 4, self._top() - 5)
            painter.rotate(-55)
            painter.drawText(QPointF(0, 0), label)
            painter.restore()
        painter.setPen(theme.color(colors.muted))
        line = QFontMetricsF(painter.font()).height()
        corner = QRectF(0, self._top() - 2 * line - 4, self._left() - 6, 2 * line)
        painter.drawText(corner, right, self.tr("given →\ntrue ↓"))

    def _left(self) -> float:
        metrics = QFontMetricsF(theme.font(SMALL))
        widest = max((metrics.horizontalAdvance(label) for label in self.labels), default=40.0)
        return max(widest, 50.0) + 2 * GRID

    def _top(self) -> float:
        """Room for the slanted labels: their height is about four fifths of their length."""
        return (self._left() - 2 * GRID) * 0.82 + 2 * GRID

    def _side(self) -> float:
        number = max(len(self.labels), 1)
        room = min(self.width() - self._left() - 5 * GRID, self.height() - self._top() - 2)
        return min(max(room / number, SMALLEST_CELL / 2), LARGEST_CELL)

    def _box(self, row: int, column: int) -> QRectF:
        side = self._side()
        return QRectF(self._left() + column * side, self._top() + row * side, side, side)

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        side = self._side()
        column = int((place.x() - self._left()) // side)
        row = int((place.y() - self._top()) // side)
        inside = 0 <= row < len(self.labels) and 0 <= column < len(self.labels)
        return (row, column) if inside else None

    def _describe(self, row: int, column: int) -> str:
        number, total = self.counts[row][column], sum(self.counts[row])
        share = percent(number / total) if total else "–"
        return self.tr("{0} answered as {1}: {2} of {3} ({4})").format(
            self.labels[row], self.labels[column], number, total, share
        )
