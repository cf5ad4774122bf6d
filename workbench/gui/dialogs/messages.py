"""What was said since the program began, for messages that have gone from the screen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.gui.tokens import GRID, MARGIN
from workbench.notices import Level, Notice

START_SIZE = (640, 420)


class MessagesDialog(QDialog):
    """Text to read and to copy, the newest message first."""

    def __init__(self, notices: Iterable[Notice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Messages"))
        self.resize(*START_SIZE)
        lines = [self._line(notice) for notice in notices]
        self.text = QPlainTextEdit("\n".join(reversed(lines)), self)
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.windowTitle())
        self.text.setPlaceholderText(self.tr("Nothing was said yet."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(self.text)
        column.addWidget(buttons)

    def _line(self, notice: Notice) -> str:
        kind = {
            Level.INFO: self.tr("Information"),
            Level.WARNING: self.tr("Warning"),
            Level.ERROR: self.tr("Error"),
        }[notice.level]
        said = f"{notice.at.astimezone():%H:%M:%S}  {kind}: {notice.text}"
        return "\n    ".join((said, *notice.details.splitlines()))
