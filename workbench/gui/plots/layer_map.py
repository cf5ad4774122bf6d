"""The layer map of runs: one row per layer, one column per run, filled where the run changed the layer.

After Fig. 2 of the SWR paper (arXiv 2302.13435), with the size of each layer drawn as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from workbench.gui import theme
from workbench.gui.formatting import count, decimal, percent, short_count, significant
from workbench.gui.plots.layer_marks import paint_mark
from workbench.gui.plots.layer_rows import MapRow, RowLayout, paint_frozen, paint_legend
from workbench.gui.plots.row_map import RowMap, line_height
from workbench.gui.tokens import GRID, SMALL
from workbench.methods.stored_where import BESIDE

LEAST_BAR = 3.0
COLUMN_GAP = 2.0 * GRID
WIDEST_COLUMN = 240.0
LEAST_COLUMN = 6.0
"""Width of a column at least, in lines of text."""

DOT = 4.0
ADAPTER = "adapter"


@dataclass(frozen=True)
class MapCell:
    """What a run did to one layer.

    Attributes:
        delta_norm: Frobenius norm of the change; ``relative_norm`` is that over the pretrained weight's.
        how: Purpose of what is stored for the layer, as patches name it; empty when nothing is.
        stored: Its elements.
    """

    changed: bool
    probability: float
    delta_norm: float
    relative_norm: float
    how: str
    stored: int


@dataclass(frozen=True)
class MapColumn:
    """One run: its id, name and result, its colour everywhere, and a cell per row.

    Attributes:
        beside: Elements that it stores outside the layers, by purpose.
    """

    key: str
    title: str
    subtitle: str
    color: str
    cells: tuple[MapCell, ...]
    beside: Mapping[str, int]


class LayerMap(RowMap):
    """Runs side by side. A cell is as wide as the square root of the layer's share of the weights.

    An adapter beside a layer is half as high as a change of the layer itself. What a run stores outside the layers is
    told below them.

    Attributes:
        column_chosen: The user picked a run by its header or with the keys; carries its id.
    """

    column_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[MapColumn, ...] = ()
        self.current: str | None = None
        self.setAccessibleName(self.tr("Layers changed by each run"))

    def show_runs(
        self, rows: Sequence[MapRow], columns: Sequence[MapColumn], current: str | None
    ) -> None:
        """Replace what is drawn; the chosen layer stays chosen while the backbone is the same."""
        self.columns, self.current = tuple(columns), current
        self._set_rows(rows)

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        least = self.left() + GRID + len(self.columns) * LEAST_COLUMN * line_height()
        return QSize(max(size.width(), round(least)) if self.rows else size.width(), size.height())

    def header_height(self) -> float:
        return 3 * line_height() + 2 * GRID

    def axis_height(self) -> float:
        """Room for what is stored outside the layers."""
        return 2.0 * GRID + len(self._beside()) * line_height()

    def describe_at(self, row: int, x: float) -> str:
        column = self._column_at(x)
        shown = self.columns if column is None else (self.columns[column],)
        return "\n".join(f"{one.title}: {self._describe(one.cells[row])}" for one in shown)

    def spoken_row(self, row: int) -> str:
        cells = "; ".join(f"{one.title}: {self._describe(one.cells[row])}" for one in self.columns)
        return f"{super().spoken_row(row)}; {cells}"

    def step_column(self, step: int) -> None:
        keys = [column.key for column in self.columns]
        if keys:
            at = keys.index(self.current) if self.current in keys else 0
            self.column_chosen.emit(keys[min(max(at + step, 0), len(keys) - 1)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        column = self._column_at(event.position().x())
        if column is not None:
            self.column_chosen.emit(self.columns[column].key)
        super().mousePressEvent(event)

    def paint_content(self, painter: QPainter, layout: RowLayout) -> None:
        widest = math.sqrt(max(row.share for row in self.rows))
        note = self.tr("width: share of the weights, square-root scale to {0}").format(
            percent(widest**2)
        )
        if any(c.changed and c.how == ADAPTER for column in self.columns for c in column.cells):
            note = self.tr("half height: adapter beside the layer; {0}").format(note)
        paint_legend(painter, self.width(), note, self.rows)
        left, pitch = self.left(), self._pitch()
        for i, column in enumerate(self.columns):
            x = left + i * pitch
            self._paint_header(painter, column, x, pitch - COLUMN_GAP)
            for r, (row, cell) in enumerate(zip(self.rows, column.cells, strict=True)):
                band = layout.band(r, x, x + pitch - COLUMN_GAP)
                width = max(math.sqrt(row.share) / widest * band.width(), LEAST_BAR)
                height = round(band.height() * 0.7)
                top = round(band.center().y() - height / 2) + 0.5
                box = QRectF(round(x) + 0.5, top, round(width), height)
                if cell.changed and cell.how == ADAPTER:
                    paint_frozen(painter, box)
                    box.setTop(round(box.center().y()) + 0.5)
                if cell.changed:
                    paint_mark(painter, box, row.kind, True)
                else:
                    paint_frozen(painter, box)

        self._paint_beside(painter, layout.end + GRID)

    def _beside(self) -> tuple[str, ...]:
        """Purposes of what the runs store outside the layers."""
        return tuple(one for one in BESIDE if any(one in column.beside for column in self.columns))

    def _paint_beside(self, painter: QPainter, top: float) -> None:
        colors = theme.tokens()
        left, pitch, line = self.left(), self._pitch(), line_height()
        middle = Qt.AlignmentFlag.AlignVCenter
        for purpose in self._beside():
            painter.setFont(theme.font(SMALL))
            painter.setPen(theme.color(colors.muted))
            painter.drawText(QRectF(0, top, left, line), middle, purpose_title(purpose))
            painter.setFont(theme.number_font(SMALL))
            painter.setPen(theme.color(colors.text))
            for i, column in enumerate(self.columns):
                values = column.beside.get(purpose, 0)
                text = short_count(values) if values else "–"
                place = QRectF(left + i * pitch, top, pitch - COLUMN_GAP, line)
                painter.drawText(place, middle, text)
            top += line

    def _paint_header(self, painter: QPainter, column: MapColumn, x: float, width: float) -> None:
        colors = theme.tokens()
        line = line_height()
        top = line + GRID
        painter.save()
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(column.color))
        painter.drawEllipse(QPointF(x + DOT, top + line / 2), DOT, DOT)
        if column.key == self.current:
            painter.drawRect(QRectF(x, top + 2 * line + 2, width, 2))
        painter.restore()
        painter.setFont(theme.font(SMALL, semibold=column.key == self.current))
        painter.setPen(theme.color(colors.text))
        metrics = QFontMetricsF(painter.font())
        room = width - 3 * DOT
        title = metrics.elidedText(column.title, Qt.TextElideMode.ElideRight, room)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(x + 3 * DOT, top, room, line), middle, title)
        painter.setFont(theme.number_font(SMALL))
        painter.setPen(theme.color(colors.muted))
        subtitle = QFontMetricsF(painter.font()).elidedText(
            column.subtitle, Qt.TextElideMode.ElideRight, width
        )
        painter.drawText(QRectF(x, top + line, width, line), middle, subtitle)

    def _pitch(self) -> float:
        room = self.width() - self.left() - GRID
        return min(room / max(len(self.columns), 1), WIDEST_COLUMN)

    def _column_at(self, x: float) -> int | None:
        column = math.floor((x - self.left()) / self._pitch())
        return column if 0 <= column < len(self.columns) else None

    def _describe(self, cell: MapCell) -> str:
        if not cell.changed:
            text = self.tr("frozen, probability {0}").format(decimal(cell.probability, 2))
        elif cell.how == ADAPTER:
            text = self.tr("adapter of {0} of the weight (norm {1})").format(
                percent(cell.relative_norm), significant(cell.delta_norm, 3)
            )
        else:
            text = self.tr("changed by {0} of the weight (norm {1}), probability {2}").format(
                percent(cell.relative_norm),
                significant(cell.delta_norm, 3),
                decimal(cell.probability, 2),
            )
        if not cell.stored:
            return text
        return self.tr("{0}; stored: {1} {2}").format(
            text, purpose_title(cell.how), count(cell.stored)
        )


def purpose_title(purpose: str) -> str:
    """What a stored tensor is for, in words."""
    titles = {
        "delta": _tr("delta weights"),
        "weight": _tr("new weights"),
        "mask": _tr("mask words"),
        ADAPTER: _tr("adapter weights"),
        "side": _tr("side network, parameters"),
        "agent": _tr("agent, parameters"),
        "head": _tr("head, parameters"),
    }
    return titles[purpose]


def _tr(text: str) -> str:
    return QCoreApplication.translate("LayerMap", text)
