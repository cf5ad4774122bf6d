"""What an import left out, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.data.importers import Problem
from workbench.gui import theme
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.table_twin import CopyTable

SIZE = (720, 420)


class ProblemsDialog(QDialog):
    """Lists files with the reason why each was left out."""

    def __init__(self, problems: Sequence[Problem], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Left out of the import"))
        self.resize(*SIZE)
        number = len(problems)
        heading = QLabel(
            plural(number, self.tr("1 file was left out"), self.tr("{0} files were left out")), self
        )
        theme.set_role(heading, "title")
        self.table = TextTable((self.tr("File"), self.tr("Reason"), self.tr("Folder")), self)
        self.table.set_rows([(p.path.name, p.reason, str(p.path.parent)) for p in problems])
        view = CopyTable(self.table, self)
        view.setAccessibleName(heading.text())
        view.resizeColumnsToContents()
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(PushButton(self.tr("Copy the list"), self._copy, "", self))
        close = PushButton(self.tr("Close"), self.accept, "primary", self)
        close.setDefault(True)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(heading)
        column.addWidget(view, 1)
        column.addLayout(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.table.as_text())
