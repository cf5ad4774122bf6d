"""Where a backbone's parameters are: one bar, split by kind of layer, with the numbers beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.backbones.base import LayerInfo, LayerKind
from workbench.backbones.summary import parameters_by_kind
from workbench.gui import theme
from workbench.gui.formatting import percent, short_count
from workbench.gui.plots.layer_marks import kind_title, paint_mark
from workbench.gui.tokens import GRID, SMALL

BAR_HEIGHT = 14
SWATCH = 10


@dataclass(frozen=True)
class _Part:
    kind: str
    title: str
    parameters: int
    share: float

    @property
    def is_filled(self) -> bool:
        """Norms are outlined only: no task changes them as a layer."""
        return self.kind != LayerKind.NORM


class KindBar(QWidget):
    """Stacked bar of parameters by kind; the legend carries the numbers, so colour is never alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[_Part, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Parameters by kind of layer"))
        theme.controller().changed.connect(self.updateGeometry)

    def show_layers(self, layers: Sequence[LayerInfo]) -> None:
        by_kind = parameters_by_kind(layers)
        total = sum(by_kind.values())
        self._parts = tuple(
            _Part(kind, kind_title(kind), parameters, parameters / total)
            for kind, parameters in by_kind.items()
        )
        self.setAccessibleDescription("; ".join(map(_legend_text, self._parts)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, self.heightForWidth(self.width()))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = {place.y() for place in self._places(width)}
        line = QFontMetricsF(theme.number_font(SMALL)).height() + 4
        return round(BAR_HEIGHT + GRID + line * max(len(rows), 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme.number_font(SMALL))
        left = 0.5
        for part in self._parts:
            width = max(part.share * (self.width() - 1), 1.0)
            paint_mark(painter, QRectF(left, 0.5, width, BAR_HEIGHT), part.kind, part.is_filled)
            left += width
        ascent = painter.fontMetrics().ascent()
        for part, place in zip(self._parts, self._places(self.width()), strict=True):
            box = QRectF(place.x() + 0.5, place.y() + ascent - SWATCH + 1.5, SWATCH, SWATCH)
            paint_mark(painter, box, part.kind, part.is_filled)
            painter.setPen(theme.color(theme.tokens().muted))
            at = place + QPointF(SWATCH + 6, ascent + 1)
            painter.drawText(at, _legend_text(part))
        painter.end()

    def _places(self, width: int) -> list[QPointF]:
        """Upper left corner of each legend entry, wrapped at ``width``."""
        metrics = QFontMetricsF(theme.number_font(SMALL))
        places = []
        x, y = 0.0, float(BAR_HEIGHT + GRID)
        for part in self._parts:
            taken = SWATCH + 6 + metrics.horizontalAdvance(_legend_text(part)) + 2 * GRID
            if x and x + taken - 2 * GRID > width:
                x, y = 0.0, y + metrics.height() + 4
            places.append(QPointF(x, y))
            x += taken
        return places


def _legend_text(part: _Part) -> str:
    return f"{part.title} {short_count(part.parameters)} ({percent(part.share)})"
