"""Clips counted by word or by speaker, with their share of train, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
GROUP_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Group:
    """Clips that share a word or a speaker.

    Attributes:
        key: The word or speaker; None stands for all clips.
        title: What the user reads.
        parts: Clips in train, validation and test.
        is_torn: One speaker in several parts, which makes measured accuracies too good.
        shortcut: Key that gives selected clips this class; empty where the tenth and later ones leave its place
            free, None where nobody has one.
    """

    key: str | None
    title: str
    parts: tuple[int, int, int]
    is_torn: bool = False
    shortcut: str | None = None

    @property
    def count(self) -> int:
        return sum(self.parts)


class GroupsModel(QAbstractListModel):
    """One row per word or speaker, the first for all clips."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[Group, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        return self._groups

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show groups; rows that stay in place are updated, so that selections survive."""
        wanted = tuple(groups)
        if [one.key for one in wanted] == [one.key for one in self._groups]:
            self._groups = wanted
            if wanted:
                self.dataChanged.emit(self.index(0), self.index(len(wanted) - 1))
            return
        self.beginResetModel()
        self._groups = wanted
        self.endResetModel()

    def row_of(self, key: str | None) -> int:
        """Row of a group, or -1."""
        return next((row for row, one in enumerate(self._groups) if one.key == key), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._groups)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        group = self._groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return group.title
        if role == GROUP_ROLE:
            return group
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            train, validation, test = group.parts
            text = self.tr("{0}: {1} train, {2} validation, {3} test").format(
                group.title, train, validation, test
            )
            torn = self.tr("This speaker is in several parts.")
            return f"{text}. {torn}" if group.is_torn else text
        return None
