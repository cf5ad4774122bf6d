"""A section that is folded away until it is wanted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from workbench.gui import theme


class Fold(QWidget):
    """A heading that opens and closes what is below it.

    Args:
        title: Text of the heading.
        content: Shown when open.
    """

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton(self)
        self.button.setText(title)
        self.button.setAccessibleName(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.set_role(self.button, "fold")
        self._content = content
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(content)
        self.button.toggled.connect(self._show)
        theme.controller().changed.connect(self._dress)
        self._show(False)

    def _show(self, is_open: bool) -> None:
        self._content.setVisible(is_open)
        self.button.setAccessibleDescription(self.tr("open") if is_open else self.tr("closed"))
        self._dress()

    def _dress(self) -> None:
        name = "chevron-down" if self.button.isChecked() else "chevron-right"
        self.button.setIcon(theme.icon(name, theme.tokens().muted))
        self.button.setIconSize(theme.icon_size() * 0.7)
