"""Find a command by a few letters and run it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import theme
from workbench.gui.menus import plain_text, shown_shortcut
from workbench.gui.tokens import GRID

START_SIZE = (480, 360)


class CommandPalette(QDialog):
    """A search line over the list of all commands that are possible now."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Find a command"))
        self.resize(*START_SIZE)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Type a few letters"))
        self.search.setAccessibleName(self.tr("Search commands"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Commands"))
        for action in actions.values():
            if action.isEnabled():
                key = shown_shortcut(action)
                item = QListWidgetItem(
                    f"{plain_text(action)}    {key}" if key else plain_text(action)
                )
                item.setData(Qt.ItemDataRole.UserRole, action)
                self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.nothing = QLabel(self.tr("No command has these words in its name."), self)
        theme.set_role(self.nothing, "muted")
        self.nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.addWidget(self.search)
        column.addWidget(self.list)
        column.addWidget(self.nothing)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._run)
        self.list.itemActivated.connect(lambda _: self._run())
        self.search.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                self._move(step)
                return True
        return super().eventFilter(watched, event)

    def _shown(self) -> list[int]:
        return [row for row in range(self.list.count()) if not self.list.item(row).isHidden()]

    def _move(self, step: int) -> None:
        shown = self._shown()
        if shown:
            now = self.list.currentRow()
            place = shown.index(now) + step if now in shown else 0
            self.list.setCurrentRow(shown[place % len(shown)])

    def _filter(self, wanted: str) -> None:
        letters = wanted.lower().split()
        for row in range(self.list.count()):
            text = self.list.item(row).text().lower()
            self.list.item(row).setHidden(not all(part in text for part in letters))
        shown = self._shown()
        self.list.setCurrentRow(shown[0] if shown else -1)
        self.nothing.setVisible(not shown)

    def _run(self) -> None:
        item = self.list.currentItem()
        if item is None or item.isHidden():
            return
        action = item.data(Qt.ItemDataRole.UserRole)
        assert isinstance(action, QAction)
        self.accept()
        action.trigger()
