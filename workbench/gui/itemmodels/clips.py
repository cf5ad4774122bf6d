"""The clips of a task as a table, and the part of them that is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt

from workbench.gui.itemmodels.columns import Column, ColumnTable, Index

if TYPE_CHECKING:
    from workbench.gui.bridge.outlines import Outlines
    from workbench.project.project import ClipRecord

OUTLINE_ROLE = Qt.ItemDataRole.UserRole + 2
PLAY, WAVE, WORD, SPEAKER, LENGTH, FLAGS, SPLIT = range(7)


class ClipsModel(ColumnTable["ClipRecord"]):
    """One row per clip; the outline of a waveform is fetched when a view asks for it."""

    def __init__(self, outlines: Outlines, parent: QObject | None = None) -> None:
        super().__init__((), parent)
        self.columns = self._columns()
        self._outlines = outlines
        self._rows: dict[str, int] = {}
        self._order: tuple[int, Qt.SortOrder] | None = None
        outlines.ready.connect(self._on_outline)

    def show_records(self, records: Sequence[ClipRecord]) -> None:
        """Replace all rows; nothing moves when only their values changed."""
        wanted = self._sorted(records)
        same_rows = [one.id for one in wanted] == [one.id for one in self._records]
        if same_rows and wanted:
            self._records = wanted
            self.dataChanged.emit(self.index(0, 0), self.index(len(wanted) - 1, SPLIT))
        else:
            super().show_records(wanted)
        self._rows = {one.id: row for row, one in enumerate(wanted)}

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column now and after every change; -1 goes back to the given order."""
        self._order = (column, order) if column >= 0 else None
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._records[index.row()].id for index in before]
        self._records = self._sorted(self._records)
        self._rows = {one.id: row for row, one in enumerate(self._records)}
        after = [
            self.index(self._rows[clip_id], index.column())
            for clip_id, index in zip(ids, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sorted(self, records: Sequence[ClipRecord]) -> tuple[ClipRecord, ...]:
        if self._order is None:
            return tuple(records)
        column, order = self._order
        descending = order == Qt.SortOrder.DescendingOrder
        return tuple(sorted(records, key=self.columns[column].raw, reverse=descending))

    def row_of(self, clip_id: str) -> int:
        """Row of a clip, or -1."""
        return self._rows.get(clip_id, -1)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record = self._records[index.row()]
        if role == OUTLINE_ROLE:
            return self._outlines.get(record)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == PLAY:
            return self.tr("Play {0} by {1}").format(record.clip.label, record.clip.speaker)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == FLAGS:
            return ", ".join(record.flags)
        return super().data(index, role)

    def _on_outline(self, clip_id: str) -> None:
        row = self.row_of(clip_id)
        if row >= 0:
            cell = self.index(row, WAVE)
            self.dataChanged.emit(cell, cell, [OUTLINE_ROLE])

    def _columns(self) -> tuple[Column[ClipRecord], ...]:
        tr = self.tr

        def text(key: str, title: str, tip: str, read: Callable[[ClipRecord], Any]) -> Any:
            return Column(key, title, tip, read, is_number=False)

        return (
            Column("play", "", tr("Play"), lambda one: one.id, lambda _: "", is_number=False),
            Column("wave", tr("Waveform"), "", lambda one: one.id, lambda _: "", is_number=False),
            text("word", tr("Word"), tr("Class of the clip"), lambda one: one.clip.label),
            text("speaker", tr("Speaker"), tr("Who speaks"), lambda one: one.clip.speaker),
            Column(
                "length_s",
                tr("Length (s)"),
                tr("Duration in seconds"),
                lambda one: one.duration_s,
                lambda one: f"{one.duration_s:.2f}",
            ),
            text(
                "flags",
                tr("Flags"),
                tr("What a listener should check"),
                lambda one: ", ".join(one.flags),
            ),
            text(
                "split",
                tr("Split"),
                tr("Training, validation or test"),
                lambda one: str(one.clip.split or ""),
            ),
        )


class ClipFilter(QSortFilterProxyModel):
    """Shows one word or one speaker, and what contains the searched text."""

    def __init__(self, model: ClipsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._word: str | None = None
        self._speaker: str | None = None
        self._text = ""
        self._ids: frozenset[str] | None = None
        self.setSourceModel(model)

    def show_only(
        self, word: str | None, speaker: str | None, text: str, ids: frozenset[str] | None = None
    ) -> None:
        """Restrict the rows; None and an empty text restrict nothing."""
        self._word, self._speaker, self._text = word, speaker, text.casefold()
        self._ids = ids
        self.invalidate()

    def record(self, row: int) -> ClipRecord:
        """The clip in a visible row."""
        model = self.sourceModel()
        assert isinstance(model, ClipsModel)
        return model.records[self.mapToSource(self.index(row, 0)).row()]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Let the model sort: thousands of rows are compared there at once, not pair by pair."""
        model = self.sourceModel()
        assert isinstance(model, ClipsModel)
        model.sort(column, order)

    def row_of(self, clip_id: str) -> int:
        """Visible row of a clip, or -1."""
        model = self.sourceModel()
        assert isinstance(model, ClipsModel)
        return self.mapFromSource(model.index(model.row_of(clip_id), 0)).row()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, ClipsModel)
        record = model.records[source_row]
        clip = record.clip
        if self._ids is not None and record.id not in self._ids:
            return False
        if self._word is not None and clip.label != self._word:
            return False
        if self._speaker is not None and clip.speaker != self._speaker:
            return False
        words = (clip.label, clip.speaker, str(clip.split or ""), *record.flags)
        return any(self._text in word.casefold() for word in words)
