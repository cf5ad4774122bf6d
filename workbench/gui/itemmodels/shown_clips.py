"""Some clips of a task: the chosen ones, in the chosen order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt

from workbench.gui.itemmodels.clip_choice import ClipChoice
from workbench.gui.itemmodels.columns import Column, ColumnTable
from workbench.project.clip_rows import Change, ClipRow, place

Find = Callable[[str], ClipRow | None]


class ShownClips(ColumnTable[ClipRow]):
    """One row per clip that is shown.

    It filters and sorts by itself: a proxy model would ask for a hundred thousand rows one by one.
    """

    def __init__(self, columns: Sequence[Column[ClipRow]], parent: QObject | None = None) -> None:
        super().__init__(columns, parent)
        self._all: Sequence[ClipRow] = ()
        self._find: Find = lambda _: None
        self._records: list[ClipRow] = []
        self._choice = ClipChoice()
        self._order: tuple[int, Qt.SortOrder] | None = None

    def show_clips(self, rows: Sequence[ClipRow], find: Find, choice: ClipChoice) -> None:
        """Show those of some clips that are chosen.

        Args:
            rows: Clips in the order of ``place``; whoever changes them tells ``take``.
            find: The row of a clip that has a certain id, as it is now.
            choice: Which of them are shown.
        """
        self._all, self._find, self._choice = rows, find, choice
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def choose(self, choice: ClipChoice) -> None:
        """Show others of the same clips."""
        self.show_clips(self._all, self._find, choice)

    def take(self, changes: Sequence[Change]) -> None:
        """Bring the rows of changed clips to what they are now; the others stay where they are."""
        for old, new in changes:
            before = self.position(old) if old is not None else -1
            is_shown = self._choice.accepts(new)
            if before >= 0 and is_shown and self._key(self._records[before]) == self._key(new):
                self._records[before] = new
                last = self.columnCount() - 1
                self.dataChanged.emit(self.index(before, 0), self.index(before, last))
                continue
            if before >= 0:
                self.beginRemoveRows(QModelIndex(), before, before)
                del self._records[before]
                self.endRemoveRows()
            if is_shown:
                after = self._insertion(new)
                self.beginInsertRows(QModelIndex(), after, after)
                self._records.insert(after, new)
                self.endInsertRows()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column now and after every change; -1 goes back to the given order."""
        wanted = (column, order) if column >= 0 else None
        if wanted == self._order:  # a view may ask twice
            return
        self._order = wanted
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._records[index.row()] for index in before]
        self._arrange()
        after = [
            self.index(self.position(row), index.column())
            for row, index in zip(kept, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def row_of(self, clip_id: str) -> int:
        """Row of a clip, or -1."""
        row = self._find(clip_id)
        return self.position(row) if row is not None else -1

    @property
    def _descends(self) -> bool:
        return self._order is not None and self._order[1] == Qt.SortOrder.DescendingOrder

    def _arrange(self) -> None:
        """Choose and sort all rows: what is equal in a sorted column keeps its given order."""
        self._records = self._choice.pick(self._all)
        if self._order is not None:
            self._records.sort(key=self.columns[self._order[0]].raw)
        if self._descends:
            self._records.reverse()

    def _key(self, row: ClipRow) -> tuple[Any, ...]:
        return place(row) if self._order is None else (self._raw(row), *place(row))

    def _raw(self, row: ClipRow) -> Any:
        assert self._order is not None
        return self.columns[self._order[0]].raw(row)

    def _insertion(self, row: ClipRow) -> int:
        """Where a row belongs that is not there."""
        rows = self._records
        if not self._descends:
            return bisect_left(rows, self._key(row), key=self._key)
        return len(rows) - bisect_left(_Backwards(rows), self._key(row), key=self._key)

    def position(self, row: ClipRow) -> int:
        """Where a row is shown that is in the table as it is given, or -1."""
        found = self._insertion(row) - int(self._descends)
        is_there = 0 <= found < len(self._records) and self._records[found].id == row.id
        return found if is_there else -1


class _Backwards(Sequence[ClipRow]):
    """Descending rows as ascending ones, without copying them."""

    def __init__(self, rows: Sequence[ClipRow]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: Any) -> Any:
        return self._rows[len(self._rows) - 1 - number]
