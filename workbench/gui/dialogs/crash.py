"""What a bug looks like to the user: an honest text, the details, and the choice to go on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton

START_SIZE = (640, 420)


class CrashDialog(QDialog):
    """Accepted: go on working; rejected: quit.

    Args:
        report: What is known of the fault.
        log_file: Where it is kept; None when it is kept nowhere.
        parent: Over which the dialog is shown.
    """

    def __init__(self, report: str, log_file: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.resize(*START_SIZE)
        title = QLabel(self.tr("The workbench ran into a fault of its own."), self)
        theme.set_role(title, "title")
        what = self.tr(
            "Your project is saved: every change is written when it is made. You can go on working; "
            "if something looks wrong, restart."
        )
        where = self.tr("The report below is also in {0}.").format(log_file) if log_file else ""
        text = QLabel(f"{what} {where}".rstrip(), self)
        text.setWordWrap(True)
        self.details = QPlainTextEdit(report, self)
        self.details.setReadOnly(True)
        self.details.setFont(theme.mono_font())
        self.details.setAccessibleName(self.tr("Report"))
        self.copy_button = PushButton(self.tr("Copy report"), self._copy, "", self)
        self.continue_button = PushButton(self.tr("Continue"), self.accept, "primary", self)
        self.continue_button.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.copy_button)
        row.addStretch()
        row.addWidget(PushButton(self.tr("Quit"), self.reject, "", self))
        row.addWidget(self.continue_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(title)
        column.addWidget(text)
        column.addWidget(self.details, 1)
        column.addLayout(row)
        self.continue_button.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details.toPlainText())
