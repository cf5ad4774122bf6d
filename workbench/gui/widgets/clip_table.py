"""The table of clips with the keys of an audio editor; they act only while it has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from workbench.gui import theme
from workbench.gui.itemmodels import clips
from workbench.gui.itemmodels.clips import ClipsModel
from workbench.gui.itemmodels.columns import Index
from workbench.gui.tokens import BODY, GRID
from workbench.gui.widgets.clip_delegates import (
    FlagDelegate,
    OutlineDelegate,
    PlayDelegate,
    SplitDelegate,
)
from workbench.gui.widgets.clips_view import ClipsView, digit_of
from workbench.gui.widgets.frameless import frameless

# Widths in multiples of the font height.
_WIDTHS = {
    clips.PLAY: 2.6,
    clips.WORD: 7,
    clips.SPEAKER: 8,
    clips.LENGTH: 5.5,
    clips.FLAGS: 7.5,
    clips.SPLIT: 5.5,
}


class ClipTable(ClipsView, QTableView):
    """Rows of clips.

    Attributes:
        play_wanted: Play the current clip, or stop it.
        record_wanted: Record takes of the word that is shown.
        remove_wanted: Remove the selected clips.
        class_wanted: Give the selected clips the word that a key stands for; carries the digit.
        current_changed: Another clip is current, or none.
        selection_changed: Other clips are selected.
    """

    play_wanted = Signal()
    record_wanted = Signal()
    remove_wanted = Signal()
    class_wanted = Signal(str)
    current_changed = Signal()
    selection_changed = Signal()
    MARKED_COLUMN = clips.WORD

    def __init__(self, model: ClipsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clips = model
        self.setModel(model)
        self.setAccessibleName(self.tr("Clips"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        frameless(self)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(clips.WAVE, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        # With the selection of the rows it would ask for each cell whether it is part of it.
        header.setSelectionModel(QItemSelectionModel(model, self))
        self._play_delegate = PlayDelegate(self)
        self.setItemDelegateForColumn(clips.PLAY, self._play_delegate)
        self.setItemDelegateForColumn(clips.WAVE, OutlineDelegate(self))
        self.setItemDelegateForColumn(clips.FLAGS, FlagDelegate(self))
        self.setItemDelegateForColumn(clips.SPLIT, SplitDelegate(self))
        self.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.clicked.connect(self._on_click)
        theme.controller().changed.connect(self._dress)
        self._dress()

    def step(self, distance: int) -> None:
        """Go to a clip that many rows further down, as far as there are rows."""
        rows = self._clips.rowCount()
        if rows:
            self.selectRow(min(max(self.currentIndex().row() + distance, 0), rows - 1))

    def show_playing(self, clip_id: str | None) -> None:
        """Mark the row that plays."""
        self._play_delegate.playing_row = self._clips.row_of(clip_id) if clip_id else -1
        self.viewport().update()

    def _act(self, event: QKeyEvent) -> Callable[[], None] | None:
        acts: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Space: self.play_wanted.emit,
            Qt.Key.Key_R: self.record_wanted.emit,
            Qt.Key.Key_Delete: self.remove_wanted.emit,
            Qt.Key.Key_Backspace: self.remove_wanted.emit,
            Qt.Key.Key_Left: lambda: self.step(-1),
            Qt.Key.Key_Right: lambda: self.step(1),
        }
        if digit := digit_of(event):
            return lambda: self.class_wanted.emit(digit)
        return acts.get(Qt.Key(event.key()))

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.current_changed.emit()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.selection_changed.emit()

    def _on_click(self, index: QModelIndex) -> None:
        if index.column() == clips.PLAY:
            self.play_wanted.emit()

    def _dress(self) -> None:
        unit = theme.controller().points(BODY) * self.logicalDpiX() / 72
        self.verticalHeader().setDefaultSectionSize(round(unit + 2.5 * GRID))
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, round(width * unit))
