"""What the table of clips and the sheet of pictures share: which clips are current and selected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from workbench.gui.itemmodels.shown_clips import ShownClips

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

    _View = QAbstractItemView
else:
    _View = object  # Qt's own class comes second in the list of bases, and once only


class ClipsView(_View):
    """Mixed into a view of clips, which keeps its model as ``_clips`` and has a signal for each thing below.

    Attributes:
        current_changed: Another clip is current, or none.
        selection_changed: Other clips are selected.
        remove_wanted: Remove the selected clips.
        class_wanted: Give the selected clips the class that a key stands for; carries the digit.
    """

    MARKED_COLUMN = 0
    """Where the current clip is marked."""

    _clips: ShownClips

    def _act(self, event: QKeyEvent) -> Callable[[], None] | None:
        """What a key does in this view; None for keys that are Qt's."""
        raise NotImplementedError

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        act = self._act(event) if is_plain else None
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def current_clip(self) -> ClipRow | None:
        index = self.currentIndex()
        return self._clips.records[index.row()] if index.isValid() else None

    def selected_clips(self) -> list[ClipRow]:
        """Selected clips in the order of the rows."""
        selection = self.selectionModel().selection()
        found = [selection.at(number) for number in range(selection.size())]
        ranges = sorted({(one.top(), one.bottom()) for one in found})
        return [clip for top, bottom in ranges for clip in self._clips.records[top : bottom + 1]]

    def select_ids(self, ids: Collection[str], current: str | None) -> None:
        """Select clips by id, as far as they are shown."""
        selection = QItemSelection()
        rows = (
            [row for row, clip in enumerate(self._clips.records) if clip.id in ids] if ids else []
        )
        model, end = self._clips, self._clips.columnCount() - 1
        for first, last in _runs(rows):
            selection.append(QItemSelectionRange(model.index(first, 0), model.index(last, end)))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect)
        if current is not None:
            self.make_current(current)

    def add_to_selection(self, clip_id: str) -> None:
        """Select one more clip, if it is shown."""
        row = self._clips.row_of(clip_id)
        if row >= 0:
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().select(self._clips.index(row, 0), flags.Select | flags.Rows)

    def make_current(self, clip_id: str) -> None:
        """Make a clip the current one, if it is shown; the selection stays."""
        row = self._clips.row_of(clip_id)
        if row >= 0:
            index = self._clips.index(row, self.MARKED_COLUMN)
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.NoUpdate)

    def select_row(self, row: int) -> None:
        """Select one clip and make it the current one."""
        flags = QItemSelectionModel.SelectionFlag
        index = self._clips.index(row, self.MARKED_COLUMN)
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)


def digit_of(event: QKeyEvent) -> str:
    """The digit that was typed; empty for any other key."""
    text = event.text()
    return text if text.isascii() and text.isdigit() else ""


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each unbroken run of ascending numbers."""
    first = 0
    for place, row in enumerate(rows):
        if place + 1 == len(rows) or rows[place + 1] != row + 1:
            yield rows[first], row
            first = place + 1
