"""The layer map of budgets: what the kept policy of one run would change at every budget from 1 to 100 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from workbench.gui import theme
from workbench.gui.formatting import decimal, percent
from workbench.gui.plots.layer_marks import paint_mark
from workbench.gui.plots.layer_rows import MapRow, RowLayout, paint_legend
from workbench.gui.plots.row_map import RowMap, line_height
from workbench.gui.tokens import GRID, SMALL

TICKS_PERCENT = (1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100)
MARK = 4.0


@dataclass(frozen=True)
class BudgetColumn:
    """One budget.

    Attributes:
        budget: Asked share of the convolution weights, 0 to 1.
        chosen, probabilities: Per row.
        left: Rows that were changed at the budget before and no longer are.
    """

    budget: float
    chosen: tuple[bool, ...]
    probabilities: tuple[float, ...]
    left: tuple[int, ...]


class BudgetMap(RowMap):
    """Budgets from left to right; a layer's line runs where the policy would change it.

    Attributes:
        budget_chosen: The user picked a budget; carries the share, 0 to 1.
    """

    budget_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[BudgetColumn, ...] = ()
        self.asked: float | None = None
        self.chosen_column: int | None = None
        self.setAccessibleName(self.tr("Layers changed at each budget"))

    def show_budgets(
        self, rows: Sequence[MapRow], columns: Sequence[BudgetColumn], asked: float | None
    ) -> None:
        """Replace what is drawn.

        Args:
            rows: Layers.
            columns: One per budget, evenly spaced.
            asked: Budget that the run was trained with; marked.
        """
        if tuple(columns) != self.columns:
            self.chosen_column = None
        self.columns, self.asked = tuple(columns), asked
        self._set_rows(rows)

    def header_height(self) -> float:
        return 3 * line_height() + GRID

    def axis_height(self) -> float:
        return float(GRID)

    def describe_at(self, row: int, x: float) -> str:
        at = self._column_at(x)
        return "" if at is None else self._describe(row, self.columns[at])

    def step_column(self, step: int) -> None:
        if self.columns:
            at = -1 if self.chosen_column is None else self.chosen_column
            self._choose_column(min(max(at + step, 0), len(self.columns) - 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._column_at(event.position().x())
        if at is not None:
            self._choose_column(at)
        super().mousePressEvent(event)

    def paint_content(self, painter: QPainter, layout: RowLayout) -> None:
        note = self.tr("▸ leaves the set as the budget grows")
        paint_legend(painter, self.width(), note, self.rows)
        self._paint_axis(painter, layout)
        for r, row in enumerate(self.rows):
            for first, after in self._spans(r):
                band = layout.band(r, self._x(first), self._x(after))
                height = round(band.height() * 0.7)
                top = round(band.center().y() - height / 2) + 0.5
                paint_mark(painter, QRectF(band.left(), top, band.width(), height), row.kind, True)
                if after < len(self.columns) and r in self.columns[after].left:
                    self._paint_leaver(painter, QPointF(self._x(after) + 2, band.center().y()))
        self._paint_markers(painter, layout)

    def _paint_axis(self, painter: QPainter, layout: RowLayout) -> None:
        """Ticks above the rows, so that they stay in sight when the map is scrolled to its end."""
        colors, line = theme.tokens(), line_height()
        painter.setFont(theme.number_font(SMALL))
        budgets = [round(100 * column.budget) for column in self.columns]
        top = layout.top - line - 4
        for tick in TICKS_PERCENT:
            if tick not in budgets:
                continue
            x = self._x(budgets.index(tick) + 0.5)
            painter.setPen(QPen(theme.color(colors.border), 1))
            painter.drawLine(QPointF(x, layout.top - 3), QPointF(x, layout.end))
            painter.setPen(theme.color(colors.muted))
            box = QRectF(x - 30, top, 60, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, str(tick))
        title = QRectF(0, top, self.left() - 2 * GRID, line)
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft, self.tr("Budget (% of the weights)"))

    def _paint_markers(self, painter: QPainter, layout: RowLayout) -> None:
        """The budget of the run, dashed and named; the chosen one, solid."""
        colors = theme.tokens()
        if self.asked is not None and self.columns:
            nearest = min(self.columns, key=lambda c: abs(c.budget - float(self.asked or 0)))
            x = self._x(self.columns.index(nearest) + 0.5)
            painter.setPen(QPen(theme.color(colors.text), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, layout.top - 3), QPointF(x, layout.end))
            left = max(x - 80, self.left() - 2 * GRID)
            box = QRectF(left, layout.top - 5 - 2 * line_height(), 160, line_height())
            text = self.tr("this run: {0}").format(percent(self.asked, 0))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)
        if self.chosen_column is not None:
            x = self._x(self.chosen_column + 0.5)
            painter.setPen(QPen(theme.color(colors.link), 2))
            painter.drawLine(QPointF(x, layout.top - 2), QPointF(x, layout.end + 2))

    def _paint_leaver(self, painter: QPainter, tip: QPointF) -> None:
        painter.save()
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(theme.tokens().warning))
        painter.drawPolygon(
            (tip + QPointF(MARK + 2, 0), tip + QPointF(0, -MARK), tip + QPointF(0, MARK))
        )
        painter.restore()

    def _spans(self, row: int) -> list[tuple[int, int]]:
        """Runs of neighbouring budgets that change a layer, as (first, after the last)."""
        spans: list[tuple[int, int]] = []
        for i, column in enumerate(self.columns):
            if not column.chosen[row]:
                continue
            if spans and spans[-1][1] == i:
                spans[-1] = (spans[-1][0], i + 1)
            else:
                spans.append((i, i + 1))
        return spans

    def _x(self, column: float) -> float:
        room = self.width() - self.left() - 2 * GRID
        return self.left() + room * column / max(len(self.columns), 1)

    def _column_at(self, x: float) -> int | None:
        room = self.width() - self.left() - 2 * GRID
        at = int((x - self.left()) / room * len(self.columns)) if room > 0 else -1
        return at if x >= self.left() and 0 <= at < len(self.columns) else None

    def _choose_column(self, at: int) -> None:
        self.chosen_column = at
        self.update()
        self.budget_chosen.emit(self.columns[at].budget)

    def _describe(self, row: int, column: BudgetColumn) -> str:
        if row in column.left:
            state = self.tr("frozen: left the set as the budget grew")
        else:
            state = self.tr("changed") if column.chosen[row] else self.tr("frozen")
        return self.tr("at {0}: {1}, probability {2}").format(
            percent(column.budget, 0), state, decimal(column.probabilities[row], 2)
        )
