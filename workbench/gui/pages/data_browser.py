"""A list of clips below the large view of the selected one, and what both do to clips."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from workbench.gui.class_keys import class_keys
from workbench.gui.itemmodels.clip_choice import ClipChoice
from workbench.gui.itemmodels.shown_clips import Find
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_list import ClipListCard
from workbench.gui.pages.data_selected import SelectedCard
from workbench.gui.tokens import GRID
from workbench.gui.widgets.clip_table import ClipTable
from workbench.gui.widgets.picture_sheet import PictureSheet
from workbench.project.clip_rows import Change, ClipRow

AnyList = ClipListCard[ClipTable] | ClipListCard[PictureSheet]


class ClipBrowser(QSplitter):
    """The same for sounds and for pictures; only the card and the view in the list differ."""

    def __init__(
        self,
        card: SelectedCard,
        clip_list: AnyList,
        edits: ClipEdits,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.card, self.list = card, clip_list
        self._edits = edits
        self._shows_removed = False
        self._classes: Sequence[str] = ()
        self.addWidget(card)
        self.addWidget(clip_list)
        self.setStretchFactor(0, 5)
        self.setStretchFactor(1, 5)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(GRID)
        table = clip_list.table
        table.selection_changed.connect(self._describe)
        table.remove_wanted.connect(self._remove)
        table.class_wanted.connect(self._give_class)
        card.remove_wanted.connect(self._remove)
        card.restore_wanted.connect(lambda: edits.restore(table.selected_clips()))
        card.word_wanted.connect(lambda word: edits.relabel(table.selected_clips(), word))
        card.speaker_wanted.connect(lambda who: edits.set_speaker(table.selected_clips(), who))
        card.split_wanted.connect(lambda split: edits.set_split(table.selected_clips(), split))

    def show_clips(self, rows: Sequence[ClipRow], find: Find, choice: ClipChoice) -> None:
        """Show the chosen ones of some clips."""
        self._shows_removed = choice.removed
        self.list.show_clips(rows, find, choice)
        self._describe()

    def offer_classes(self, classes: Sequence[str]) -> None:
        """Words or classes that keys give, in the order of the list."""
        self._classes = classes

    def take(self, changes: Sequence[Change]) -> None:
        """Show what an edit changed."""
        self.list.take(changes)
        self._describe()

    def _describe(self) -> None:
        self.card.describe(self.list.table.selected_clips(), removed=self._shows_removed)

    def _remove(self) -> None:
        clips = self.list.table.selected_clips()
        if clips and not self._shows_removed:
            self._edits.remove(clips)

    def _give_class(self, digit: str) -> None:
        """Give the selected clips a class and go on to the next one."""
        table = self.list.table
        label = class_keys(self._classes).get(digit)
        clips = table.selected_clips()
        if label is None or not clips or self._shows_removed:
            return
        place = self.list.model.position(clips[0])
        self._edits.relabel(clips, label)
        given = {clip.id for clip in clips}
        records = self.list.model.records
        while place < len(records) and records[place].id in given:
            place += 1
        if records:
            table.select_row(min(place, len(records) - 1))
