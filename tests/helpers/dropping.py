"""Files dropped on a widget."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


def drop(area: QWidget, *sources: Path) -> None:
    """What a file manager sends when something is dropped on a widget."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(source)) for source in sources])
    area.dropEvent(
        QDropEvent(
            QPointF(area.rect().center()),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
