"""A level meter: level, peak that lingers, and a mark that stays once the input was clipped."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID

FLOOR_DB = -60.0
LOUD_DB = -6.0
CLIP_WIDTH = 10


class LevelBar(QWidget):
    """Horizontal meter from -60 to 0 dB of full scale; a click clears the clip mark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level_db = self._peak_db = FLOOR_DB
        self._clipped = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Input level"))
        self.setToolTip(self.tr("Input level in dB of full scale; click to clear the clip mark"))

    def sizeHint(self) -> QSize:
        return QSize(20 * GRID, 2 * GRID)

    def show_level(self, level_db: float, peak_db: float, clipped: bool = False) -> None:
        """Show a level and the recent peak, both in dB of full scale (0 is the loudest)."""
        self._level_db = min(max(level_db, FLOOR_DB), 0.0)
        self._peak_db = min(max(peak_db, FLOOR_DB), 0.0)
        self._clipped = self._clipped or clipped
        clip = self.tr(", clipped") if self._clipped else ""
        self.setAccessibleDescription(f"{self._level_db:.0f} dB{clip}")
        self.update()

    def clear_clip(self) -> None:
        self._clipped = False
        self.update()

    @property
    def is_clipped(self) -> bool:
        return self._clipped

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clear_clip()
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color(colors.outline))
        painter.setBrush(theme.color(colors.sunken))
        track = QRectF(0.5, 0.5, self.width() - CLIP_WIDTH - 5, self.height() - 1)
        painter.drawRoundedRect(track, 3, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        inner = track.adjusted(1, 1, -1, -1)
        level = self._x(self._level_db, inner.width())
        loud = self._x(LOUD_DB, inner.width())
        painter.setBrush(theme.color(colors.good))
        painter.drawRect(QRectF(inner.left(), inner.top(), min(level, loud), inner.height()))
        if level > loud:
            painter.setBrush(theme.color(colors.warning))
            painter.drawRect(QRectF(inner.left() + loud, inner.top(), level - loud, inner.height()))
        peak = inner.left() + self._x(self._peak_db, inner.width())
        painter.fillRect(QRectF(peak - 1, inner.top(), 2, inner.height()), theme.color(colors.text))
        self._paint_clip(painter, track.right() + 4)
        painter.end()

    def _paint_clip(self, painter: QPainter, left: float) -> None:
        colors = theme.tokens()
        box = QRectF(left, 0.5, CLIP_WIDTH, self.height() - 1)
        painter.setPen(theme.color(colors.error if self._clipped else colors.outline))
        painter.setBrush(theme.color(colors.error if self._clipped else colors.sunken))
        painter.drawRoundedRect(box, 3, 3)
        if self._clipped:
            painter.setPen(theme.color(colors.card))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "!")

    @staticmethod
    def _x(level_db: float, width: float) -> float:
        return width * (level_db - FLOOR_DB) / -FLOOR_DB
