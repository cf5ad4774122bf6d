"""A plain table of finished texts: the twin of a chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class TextTable(QAbstractTableModel):
    """Rows of texts under column titles; numbers are right-aligned."""

    def __init__(self, titles: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles = tuple(titles)
        self._rows: list[tuple[str, ...]] = []

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Replace all rows; where there are as many as before, what is selected stays so."""
        new = [tuple(row) for row in rows]
        if new and len(new) == len(self._rows):
            self._rows = new
            last = self.index(len(new) - 1, len(self._titles) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._rows = new
        self.endResetModel()

    def add_row(self, row: Sequence[str]) -> None:
        """Append one row."""
        end = len(self._rows)
        self.beginInsertRows(QModelIndex(), end, end)
        self._rows.append(tuple(row))
        self.endInsertRows()

    def as_text(self) -> str:
        """All rows with titles, tab-separated, for the clipboard and for tests."""
        return "\n".join("\t".join(row) for row in (self._titles, *self._rows))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole and text[:1].isdigit():
            return RIGHT
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        first = self._rows[0][section] if self._rows else ""
        if role == Qt.ItemDataRole.TextAlignmentRole and first[:1].isdigit():
            return RIGHT
        return None
