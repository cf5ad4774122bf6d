"""The policy film as a table: a row per moment, a column per layer, read from the film itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.formatting import count, decimal, percent
from workbench.gui.plots.film_store import FilmStore

Index = QModelIndex | QPersistentModelIndex
STEP, COST = range(2)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class FilmTable(QAbstractTableModel):
    """Step, share of the weights that would be stored, and the probability of each layer."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = FilmStore(0)
        self._titles: tuple[str, ...] = ()
        self._tips: tuple[str, ...] = ()
        self._known = 0

    def start(self, store: FilmStore, names: Sequence[str], tips: Sequence[str]) -> None:
        """Show another film, whose layers are called ``names``; ``tips`` say what they are."""
        self.beginResetModel()
        self._store, self._known = store, len(store)
        self._titles = (self.tr("Step"), self.tr("Would store"), *names)
        self._tips = ("", "", *tips)
        self.endResetModel()

    def follow(self) -> None:
        """Show what the film has taken in since."""
        frames = len(self._store)
        if frames < self._known:
            self.beginResetModel()
            self._known = frames
            self.endResetModel()
        elif frames > self._known:
            self.beginInsertRows(QModelIndex(), self._known, frames - 1)
            self._known = frames
            self.endInsertRows()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._known

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        info, column = self._store.frames[index.row()], index.column()
        if column == STEP:
            return count(info.position)
        if column == COST:
            return percent(info.hard_cost)
        return decimal(self._store.column(index.row())[column - COST - 1], 4)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tips[section]
        return None
