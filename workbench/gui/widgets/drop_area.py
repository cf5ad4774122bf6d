"""A page onto which a folder, a zip or a manifest can be dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID, RADIUS, TITLE


class DropArea(QWidget):
    """Shows where to drop while something is dragged over it.

    Attributes:
        dropped: Carries the path of a folder or file.
    """

    dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._veil = _Veil(self.tr("Drop to import"), self)
        self._veil.hide()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _path(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._veil.setGeometry(self.rect())
            self._veil.raise_()
            self._veil.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._veil.hide()
        path = _path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._veil.setGeometry(self.rect())


class DropFrame(QWidget):
    """A dashed frame around what invites to drop something."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.addWidget(content)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        _paint_frame(painter, QRectF(self.rect()), theme.tokens().outline, 1)
        painter.end()


class _Veil(QWidget):
    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = text
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color(colors.ground, 0.85))
        inner = QRectF(self.rect()).adjusted(2 * GRID, 2 * GRID, -2 * GRID, -2 * GRID)
        _paint_frame(painter, inner, colors.accent, 2)
        painter.setPen(theme.color(colors.text))
        painter.setFont(theme.font(TITLE, semibold=True))
        painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()


def _paint_frame(painter: QPainter, area: QRectF, ink: str, width: int) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color(ink), width, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(area.adjusted(width, width, -width, -width), RADIUS, RADIUS)


def _path(data: QMimeData) -> Path | None:
    """The one local folder or file that is dragged, or None."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 else None
