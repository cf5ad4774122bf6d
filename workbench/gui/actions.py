"""Menus and shortcuts: one table, the same order on every platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

Standard = QKeySequence.StandardKey


@dataclass(frozen=True)
class Spec:
    """One menu entry.

    Attributes:
        key: Standard key or text such as ``Ctrl+Return``; empty for none.
        menu_role: Where macOS moves the entry.
    """

    name: str
    text: str
    act: Callable[[], object]
    key: Standard | str = ""
    menu_role: QAction.MenuRole = QAction.MenuRole.NoRole
    checkable: bool = False


class ActionBook:
    """All actions of the window by name, in menu order."""

    def __init__(self, window: QMainWindow, bar: QMenuBar) -> None:
        self._window = window
        self._bar = bar
        self.actions: dict[str, QAction] = {}

    def add_menu(self, title: str, entries: list[Spec | None]) -> QMenu:
        """Add a menu; None makes a separator."""
        menu = self._bar.addMenu(title)
        menu.setToolTipsVisible(True)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            else:
                menu.addAction(self.add(entry))
        return menu

    def add(self, spec: Spec) -> QAction:
        """Make one action, reachable by its key from everywhere in the window."""
        action = QAction(spec.text, self._window)
        action.setObjectName(spec.name)
        action.setMenuRole(spec.menu_role)
        action.setCheckable(spec.checkable)
        if spec.key:
            action.setShortcut(QKeySequence(spec.key))
        action.triggered.connect(lambda *_: spec.act())
        self.actions[spec.name] = action
        return action

    def __getitem__(self, name: str) -> QAction:
        return self.actions[name]
