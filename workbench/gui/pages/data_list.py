"""The clips of the chosen class or speaker in a view of their own kind, with a search field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from workbench.data.task import Medium
from workbench.gui import theme
from workbench.gui.examples import examples
from workbench.gui.formatting import count
from workbench.gui.itemmodels.clip_choice import ClipChoice
from workbench.gui.itemmodels.shown_clips import Find, ShownClips
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.clip_table import ClipTable
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.picture_sheet import PictureSheet
from workbench.project.clip_rows import Change, ClipRow

SEARCH_WIDTH = 28 * GRID
View = TypeVar("View", ClipTable, PictureSheet)
MOST_MOVES = 100
"""When more rows than this come or go, showing all anew is faster."""


class ClipListCard(Card, Generic[View]):
    """View, search and how many clips are shown.

    Args:
        medium: What the clips are.
        model: Gives them to the view.
        table: The view.

    Attributes:
        hint: What the keys of the view do.
    """

    def __init__(
        self, medium: Medium, model: ShownClips, table: View, parent: QWidget | None = None
    ) -> None:
        super().__init__("", parent)
        self._medium = medium
        self.model = model
        self.table: View = table
        self.setAccessibleName(table.accessibleName())
        is_sound = medium is Medium.SOUND
        search = self.tr("Search clips") if is_sound else self.tr("Search pictures")
        show_all = self.tr("Show all clips") if is_sound else self.tr("Show all pictures")
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(search)
        self.search.setAccessibleName(search)
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(SEARCH_WIDTH)
        self._count = QLabel(self)
        theme.set_role(self._count, "muted")
        self.all_button = PushButton(show_all, self.show_any, "quiet", self)
        self._wanted = ClipChoice()
        self._ids: frozenset[str] | None = None
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._count)
        row.addWidget(self.all_button)
        self.hint = ElidedLabel(parent=self)
        self.hint.setText(
            self.tr("Digits give a word, Del removes, Space plays, R records the word again")
            if is_sound
            else self.tr("Digits give a class, Del removes, Space shows the picture larger")
        )
        theme.set_role(self.hint, "small")
        row.addWidget(self.hint, 1)
        row.addWidget(self.search)
        self.body.addLayout(row)
        self.add(self.table, 1)
        self.search.textChanged.connect(self._choose)
        self._describe()

    def show_clips(self, rows: Sequence[ClipRow], find: Find, choice: ClipChoice) -> None:
        """Show a word or a speaker; what was selected stays selected as far as it is there.

        Args:
            rows: Clips in their order; see ``ClipsModel.show_clips``.
            find: The row of a clip by its id.
            choice: Which of them; what is searched for is added to it.
        """
        stays = choice == self._wanted
        self._ids = self._ids if stays else None
        self._wanted = choice
        with self._keeping_selection(stays=stays):
            self.model.show_clips(rows, find, self._choice)

    def take(self, changes: Sequence[Change]) -> None:
        """Bring the rows of changed clips to what they are now; selected ones stay selected."""
        if len(changes) > MOST_MOVES:
            with self._keeping_selection(stays=True):
                self.model.choose(self._choice)
            return
        table, chosen = self.table, self.table.selectionModel()
        row, current = table.currentIndex().row(), table.current_clip()
        places = {new.id: self.model.position(old) for old, new in changes if old is not None}
        selected = [one for one, at in places.items() if at >= 0 and chosen.isRowSelected(at)]
        self.model.take(changes)
        for clip_id in selected:
            table.add_to_selection(clip_id)
        if current is not None and current.id in places:
            table.make_current(current.id)
        self._describe(row)

    def show_ids(self, ids: Collection[str]) -> None:
        """Restrict the rows to certain clips, until ``show_any``."""
        self._ids = frozenset(ids)
        self.search.clear()
        self._choose()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_any(self) -> None:
        """End the restriction to certain clips."""
        self._ids = None
        self._choose()

    @property
    def _choice(self) -> ClipChoice:
        text, wanted = self.search.text().strip(), self._wanted
        if self._ids is not None:
            return ClipChoice(text=text, ids=self._ids, removed=wanted.removed)
        return replace(wanted, text=text)

    def _choose(self) -> None:
        with self._keeping_selection(stays=False):
            self.model.choose(self._choice)

    @contextmanager
    def _keeping_selection(self, *, stays: bool) -> Iterator[None]:
        """Select again what was selected, as far as it is shown; with ``stays`` scroll nowhere."""
        table = self.table
        selected, current = {clip.id for clip in table.selected_clips()}, table.current_clip()
        row, scroll = table.currentIndex().row(), table.verticalScrollBar().value()
        yield
        table.select_ids(selected, current.id if current else None)
        self._describe(row)
        if stays:
            table.verticalScrollBar().setValue(scroll)
        else:
            table.scrollTo(table.currentIndex())

    def _describe(self, row: int = 0) -> None:
        """Say how many clips are shown, and select one near a row if none is."""
        shown = self.model.rowCount()
        self.all_button.setVisible(self._ids is not None)
        self._count.setText(examples(shown, self._medium))
        self._count.setAccessibleName(count(shown))
        if shown and not self.table.selectionModel().hasSelection():
            self.table.select_row(min(max(row, 0), shown - 1))
