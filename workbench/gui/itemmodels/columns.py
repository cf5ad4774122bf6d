"""A sortable, exportable table over records: each column says how it reads a record and how it shows it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

RAW_ROLE = Qt.ItemDataRole.UserRole
RECORD_ROLE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex
Record = TypeVar("Record")


@dataclass(frozen=True)
class Column(Generic[Record]):
    """One column.

    Attributes:
        key: Name in code and in exported files.
        title, tip: What stands above it, and what that means.
        raw: Value for sorting and export; None when there is none.
        text: Value for people; without it the raw value is shown.
    """

    key: str
    title: str
    tip: str
    raw: Callable[[Record], Any]
    text: Callable[[Record], str] | None = None
    is_number: bool = True

    def shown(self, record: Record) -> str:
        if self.text is not None:
            return self.text(record)
        value = self.raw(record)
        return "–" if value is None else str(value)

    @property
    def alignment(self) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if self.is_number else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class ColumnTable(QAbstractTableModel, Generic[Record]):
    """Records under columns; ``RAW_ROLE`` gives plain values, ``RECORD_ROLE`` the record itself."""

    def __init__(self, columns: Sequence[Column[Record]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._records: list[Record] = []

    @property
    def records(self) -> Sequence[Record]:
        """The rows themselves, not a copy: a table may have a hundred thousand."""
        return self._records

    def show_records(self, records: Sequence[Record]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._records = list(records)
        self.endResetModel()

    def add_record(self, record: Record) -> None:
        """One more row below the others; what is selected stays so."""
        end = len(self._records)
        self.beginInsertRows(QModelIndex(), end, end)
        self._records.append(record)
        self.endInsertRows()

    def column_of(self, key: str) -> int:
        return [column.key for column in self.columns].index(key)

    def as_csv(self) -> str:
        """All rows with plain numbers, for other programs."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([column.key for column in self.columns])
        writer.writerows([column.raw(one) for column in self.columns] for one in self._records)
        return out.getvalue()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        record, column = self._records[index.row()], self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.shown(record)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment
        if role == RAW_ROLE:
            return column.raw(record)
        if role == RECORD_ROLE:
            return record
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment
        return None
