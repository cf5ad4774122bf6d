"""The left rail: six stations in work order, each with its dot and its one number."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import stations, theme
from workbench.gui.icons import tinted_pixmap
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, RING, SMALL

ICON_SCALE = 1.4
"""Side of an icon as a multiple of the line height."""

DOT = 4.0


class RailButton(QAbstractButton):
    """Icon, title, number and a state dot, stacked; checkable."""

    def __init__(self, station: Station, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.station = station
        self.number = ""
        self.state = StationState.EMPTY
        self.setCheckable(True)
        self.setText(stations.title(station))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_number("", StationState.EMPTY)
        theme.controller().changed.connect(self.updateGeometry)

    def show_number(self, number: str, state: StationState) -> None:
        """Set the station's number and state, also for screen readers."""
        self.number, self.state = number, state
        spoken = ", ".join(part for part in (number, stations.state_word(state)) if part)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(spoken)
        key = list(Station).index(self.station) + 1
        self.setToolTip(f"{self.text()} (Ctrl+{key})\n{spoken}")
        self.update()

    def sizeHint(self) -> QSize:
        line, icon_side = self.fontMetrics().height(), self._icon_side()
        metrics = QFontMetrics(theme.font(semibold=True))
        widest = max(metrics.horizontalAdvance(stations.title(one)) for one in Station)
        return QSize(max(84, widest + 3 * GRID), icon_side + 2 * line + 3 * GRID)

    def _icon_side(self) -> int:
        return round(ICON_SCALE * self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(6, 2, -6, -2)
        if self.isChecked() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(colors.selection if self.isChecked() else colors.hover))
            painter.drawRoundedRect(box, GRID, GRID)
        if self.hasFocus():
            painter.setPen(QPen(theme.color(colors.link), RING))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), GRID, GRID)
        self._paint_content(painter)
        painter.end()

    def _paint_content(self, painter: QPainter) -> None:
        colors = theme.tokens()
        ink = colors.text if self.isChecked() else colors.muted
        line, icon_side = self.fontMetrics().height(), self._icon_side()
        top = (self.height() - icon_side - 2 * line - 2) // 2
        left = (self.width() - icon_side) // 2
        ratio = self.devicePixelRatioF()
        pixmap = tinted_pixmap(self.station, ink, round(icon_side * ratio))
        painter.drawPixmap(QRect(left, top, icon_side, icon_side), pixmap)
        painter.setPen(theme.color(ink))
        painter.setFont(theme.font(semibold=self.isChecked()))
        row = QRect(0, top + icon_side + 2, self.width(), line)
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.setFont(theme.number_font(SMALL))
        painter.setPen(theme.color(colors.muted))
        painter.drawText(row.translated(0, line), Qt.AlignmentFlag.AlignCenter, self.number)
        self._paint_dot(painter, QPointF(left + icon_side + GRID, top + DOT))

    def _paint_dot(self, painter: QPainter, centre: QPointF) -> None:
        """Empty: ring; ready: disc; working: half disc; warning: triangle. Shape and colour differ."""
        colors = theme.tokens()
        tint = {
            StationState.EMPTY: colors.outline,
            StationState.READY: colors.good,
            StationState.WORKING: colors.accent_hover,
            StationState.WARNING: colors.warning,
        }[self.state]
        painter.setPen(QPen(theme.color(tint), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.state is StationState.WARNING:
            painter.setBrush(theme.color(tint))
            x, y = centre.x(), centre.y()
            corners = (QPointF(x, y - DOT), QPointF(x + DOT, y + DOT), QPointF(x - DOT, y + DOT))
            painter.drawPolygon(corners)
            return
        if self.state is StationState.READY:
            painter.setBrush(theme.color(tint))
        painter.drawEllipse(centre, DOT - 0.5, DOT - 0.5)
        if self.state is StationState.WORKING:
            painter.setBrush(theme.color(tint))
            painter.drawPie(
                QRectF(centre.x() - DOT, centre.y() - DOT, 2 * DOT, 2 * DOT), 90 * 16, -180 * 16
            )


class Rail(QFrame):
    """Column of the six stations.

    Attributes:
        chosen: The user picked a station; carries it.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "rail")
        self.setAccessibleName(self.tr("Stations"))
        self._group = QButtonGroup(self)
        self._buttons: dict[Station, RailButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 1, GRID)
        column.setSpacing(0)
        for station in Station:
            button = RailButton(station, self)
            button.clicked.connect(lambda _=False, s=station: self.chosen.emit(s))
            self._group.addButton(button)
            self._buttons[station] = button
            column.addWidget(button)
        column.addStretch()

    def set_current(self, station: Station) -> None:
        self._buttons[station].setChecked(True)

    def clear_current(self) -> None:
        """Mark no station, while the welcome page is in front."""
        self._group.setExclusive(False)
        for button in self._buttons.values():
            button.setChecked(False)
        self._group.setExclusive(True)

    def show_number(self, station: Station, text: str, state: StationState) -> None:
        self._buttons[Station(station)].show_number(text, StationState(state))

    def button(self, station: Station) -> RailButton:
        return self._buttons[station]
