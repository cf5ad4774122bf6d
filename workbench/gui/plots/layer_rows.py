"""Rows of a layer map: one per layer in network order, grouped by stage; shared by runs and budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from workbench.gui import theme
from workbench.gui.plots.layer_marks import DEPTHWISE, LINEAR, NORM, kind_title, paint_mark
from workbench.gui.tokens import GRID, SMALL

GROUP_GAP = 4.0
LOOSEST = 1.7
TIGHTEST = 0.88
SWATCH = 10.0


@dataclass(frozen=True)
class MapRow:
    """One layer.

    Attributes:
        kind: As ``layer_marks`` knows it.
        share: Share of the convolution weights, 0 to 1.
    """

    name: str
    kind: str
    group: str
    shape: str
    parameters: int
    multiplies: int
    share: float


class RowLayout:
    """Where each row is, between the header above and the axis below.

    Args:
        rows: In network order.
        top: Height of the header.
        height: Height of the widget; rows shrink to fit it as far as their labels stay readable.
        bottom: Height below the rows.
    """

    def __init__(self, rows: Sequence[MapRow], top: float, height: float, bottom: float) -> None:
        self.rows = tuple(rows)
        line = QFontMetricsF(theme.font(SMALL)).height()
        gaps = GROUP_GAP * max(len(self.groups()) - 1, 0)
        fitting = (height - top - bottom - gaps) / max(len(self.rows), 1)
        self.pitch = min(max(fitting, TIGHTEST * line), LOOSEST * line)
        self.top = top
        self._tops: list[float] = []
        y = top
        for i, row in enumerate(self.rows):
            if i and row.group != self.rows[i - 1].group:
                y += GROUP_GAP
            self._tops.append(y)
            y += self.pitch
        self.end = y

    @staticmethod
    def least_height(rows: Sequence[MapRow], top: float, bottom: float) -> float:
        return RowLayout(rows, top, 0, bottom).end + bottom

    def groups(self) -> list[tuple[str, int, int]]:
        """(name, first row, row after the last) of each stage."""
        found: list[tuple[str, int, int]] = []
        for i, row in enumerate(self.rows):
            if found and found[-1][0] == row.group:
                found[-1] = (row.group, found[-1][1], i + 1)
            else:
                found.append((row.group, i, i + 1))
        return found

    def band(self, index: int, left: float, right: float) -> QRectF:
        return QRectF(left, self._tops[index], right - left, self.pitch)

    def row_at(self, y: float) -> int | None:
        for i, top in enumerate(self._tops):
            if top <= y < top + self.pitch:
                return i
        return None

    def label_widths(self) -> tuple[float, float]:
        """Room that the names of stages and of layers take."""
        metrics = QFontMetricsF(theme.font(SMALL, semibold=True))
        groups = max((metrics.horizontalAdvance(row.group) for row in self.rows), default=0.0)
        names = max((metrics.horizontalAdvance(row.name) for row in self.rows), default=0.0)
        return groups + 2 * GRID, names + GRID

    def paint_labels(self, painter: QPainter, selected: int | None) -> None:
        """Names of stages with their brackets, and names of layers."""
        colors = theme.tokens()
        groups, names = self.label_widths()
        painter.setFont(theme.font(SMALL))
        middle = Qt.AlignmentFlag.AlignVCenter
        for group, first, after in self.groups():
            top, bottom = self._tops[first], self._tops[after - 1] + self.pitch
            painter.setPen(QPen(theme.color(colors.border), 2))
            painter.drawLine(QPointF(groups - 6, top + 2), QPointF(groups - 6, bottom - 2))
            painter.setPen(theme.color(colors.text))
            painter.drawText(QRectF(0, top, groups, self.pitch), middle, group)
        for i, row in enumerate(self.rows):
            painter.setFont(theme.font(SMALL, semibold=i == selected))
            painter.setPen(theme.color(colors.text if i == selected else colors.muted))
            painter.drawText(self.band(i, groups, groups + names), middle, row.name)

    def paint_band(self, painter: QPainter, index: int | None, width: float, ink: str) -> None:
        """Tint behind a selected or hovered row."""
        if index is not None:
            painter.fillRect(self.band(index, 0, width), theme.color(ink))


def paint_legend(painter: QPainter, width: float, note: str, rows: Sequence[MapRow]) -> None:
    """Swatches of what can be seen in a map along its top, and a note on its scale."""
    painter.setFont(theme.font(SMALL))
    metrics = QFontMetricsF(painter.font())
    ink = theme.color(theme.tokens().muted)
    x, baseline = 0.0, metrics.ascent()
    kinds = {row.kind for row in rows}
    others = [(kind, True, kind_title(kind)) for kind in (LINEAR, NORM) if kind in kinds]
    entries = [
        (DEPTHWISE, True, kind_title(DEPTHWISE)),
        ("pointwise", True, f"{kind_title('pointwise')}, {kind_title('conv')}"),
        *others,
        ("pointwise", False, _frozen()),
    ]
    for kind, filled, text in entries:
        box = QRectF(round(x) + 0.5, round(baseline - SWATCH) + 1.5, SWATCH, SWATCH)
        if filled:
            paint_mark(painter, box, kind, True)
        else:
            paint_frozen(painter, box)
        painter.setPen(ink)
        painter.drawText(QPointF(x + SWATCH + 5, baseline), text)
        x += SWATCH + 5 + metrics.horizontalAdvance(text) + 2 * GRID
    painter.setPen(ink)
    fitting = metrics.elidedText(note, Qt.TextElideMode.ElideRight, width - x)
    painter.drawText(QPointF(x, baseline), fitting)


def paint_frozen(painter: QPainter, box: QRectF) -> None:
    """A layer that stays as it was: outlined only, so that the changed ones stand out; its width counts too."""
    colors = theme.tokens()
    painter.setBrush(theme.color(colors.sunken))
    painter.setPen(QPen(theme.color(colors.outline), 1))
    painter.drawRect(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _frozen() -> str:
    return QCoreApplication.translate("LayerMap", "frozen")
