"""A page onto which a folder, a zip, a manifest or pictures can be dropped."""

from __future__ import annotations

from collections.abc import Sequence
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
from workbench.images.suffixes import is_single_picture


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
        if self._takes(local_paths(event.mimeData())):
            event.acceptProposedAction()
            self._veil.setGeometry(self.rect())
            self._veil.raise_()
            self._veil.show()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._veil.hide()
        paths = local_paths(event.mimeData())
        if self._takes(paths):
            event.acceptProposedAction()
            self._deliver(paths)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._veil.setGeometry(self.rect())

    def _takes(self, paths: Sequence[Path]) -> bool:
        return len(paths) == 1

    def _deliver(self, paths: Sequence[Path]) -> None:
        self.dropped.emit(paths[0])


class DropAreaForPictures(DropArea):
    """Single pictures can be dropped, too, several at a time.

    Attributes:
        pictures_dropped: Carries their paths.
    """

    pictures_dropped = Signal(object)

    def _takes(self, paths: Sequence[Path]) -> bool:
        return super()._takes(paths) or are_pictures(paths)

    def _deliver(self, paths: Sequence[Path]) -> None:
        if are_pictures(paths):
            self.pictures_dropped.emit(paths)
        else:
            super()._deliver(paths)


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


def local_paths(data: QMimeData) -> tuple[Path, ...]:
    """The folders and files of this computer that are dragged or pasted."""
    return tuple(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


def are_pictures(paths: Sequence[Path]) -> bool:
    """Whether these are files of one picture each, and nothing else."""
    return bool(paths) and all(is_single_picture(path) for path in paths)
