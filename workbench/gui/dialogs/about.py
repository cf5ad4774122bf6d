"""Who made this, which version, and where it keeps its files."""

from __future__ import annotations

import platform
import sys

from PySide6 import __version__ as qt_version
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from workbench import __version__, locations
from workbench.gui import theme
from workbench.gui.tokens import GRID, MARGIN

TEXT_WIDTH = 460


class AboutDialog(QDialog):
    """Name, version, licence and folders, as selectable text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About"))
        title = QLabel(self.tr("Adaptation Workbench {0}").format(__version__), self)
        theme.set_role(title, "title")
        text = QLabel(self._text(), self)
        text.setWordWrap(True)
        text.setFixedWidth(TEXT_WIDTH)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        for widget in (title, text, buttons):
            column.addWidget(widget)

    def _text(self) -> str:
        lines = (
            self.tr("Adapts small pretrained networks to new tasks and stores only what changed."),
            self.tr("Works without network access and without an account. Licence: Apache-2.0."),
            "",
            f"Python {platform.python_version()}, Qt {qt_version}, {sys.platform}",
            self.tr("Log files: {0}").format(locations.log_dir()),
            self.tr("Your backbones: {0}").format(locations.user_models_dir()),
        )
        return "\n".join(lines)
