"""Buttons in the house style, each with an accessible name and an icon that follows the theme."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QToolButton, QWidget

from workbench.gui import theme


class PushButton(QPushButton):
    """A push button that also answers to Enter; outside dialogs Qt gives it only Space.

    Args:
        text: A verb.
        act: Called on a click.
        role: Style-sheet role: ``primary``, ``quiet``, ``danger`` or empty.
    """

    def __init__(
        self,
        text: str,
        act: Callable[[], object] | None = None,
        role: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        theme.set_role(self, role)
        if act is not None:
            self.clicked.connect(lambda *_: act())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)


class IconButton(QToolButton):
    """A quiet button with an icon only; its name is the tooltip and what a screen reader says."""

    def __init__(
        self,
        icon_name: str,
        name: str,
        act: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        theme.set_role(self, "quiet")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_name(name)
        self._dress()
        theme.controller().changed.connect(self._dress)
        if act is not None:
            self.clicked.connect(lambda *_: act())

    def set_name(self, name: str) -> None:
        self.setToolTip(name)
        self.setAccessibleName(name)

    def set_icon(self, icon_name: str) -> None:
        self._icon_name = icon_name
        self._dress()

    def _dress(self) -> None:
        self.setIcon(theme.icon(self._icon_name))
        self.setIconSize(theme.icon_size())
