"""The clips of the chosen word or speaker as rows, with a search field."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from workbench.gui import theme
from workbench.gui.bridge.outlines import Outlines
from workbench.gui.formatting import count
from workbench.gui.itemmodels.clips import ClipFilter, ClipsModel
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.clip_table import ClipTable

if TYPE_CHECKING:
    from workbench.project.project import ClipRecord

SEARCH_WIDTH = 28 * GRID


class ClipListCard(Card):
    """Table, search and how many rows are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Clips"))
        self.model = ClipsModel(Outlines(self), self)
        self.filter = ClipFilter(self.model, self)
        self.table = ClipTable(self.filter, self)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search clips"))
        self.search.setAccessibleName(self.tr("Search clips"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(SEARCH_WIDTH)
        self._count = QLabel(self)
        theme.set_role(self._count, "muted")
        self.all_button = PushButton(self.tr("Show all clips"), self.show_any, "quiet", self)
        self._word: str | None = None
        self._speaker: str | None = None
        self._ids: frozenset[str] | None = None
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._count)
        row.addWidget(self.all_button)
        row.addStretch()
        row.addWidget(self.search)
        self.body.addLayout(row)
        self.add(self.table, 1)
        self.search.textChanged.connect(lambda _: self._apply())
        self._apply()

    def show_records(
        self, records: Collection[ClipRecord], word: str | None, speaker: str | None
    ) -> None:
        """Show a word or a speaker; what was selected stays selected as far as it is there."""
        selected = {record.id for record in self.table.selected_records()}
        current = self.table.current_record()
        row, scroll = self.table.currentIndex().row(), self.table.verticalScrollBar().value()
        stays = (word, speaker) == (self._word, self._speaker)
        self._ids = self._ids if stays else None
        self._word, self._speaker = word, speaker
        self.model.show_records(tuple(records))
        self._apply()
        self.table.select_ids(selected, current.id if current else None)
        shown = self.filter.rowCount()
        if shown and not self.table.selected_records():
            self.table.selectRow(min(max(row, 0), shown - 1))
        if stays:
            self.table.verticalScrollBar().setValue(scroll)
        else:
            self.table.scrollTo(self.table.currentIndex())

    def show_ids(self, ids: Collection[str]) -> None:
        """Restrict the rows to certain clips, until ``show_any``."""
        self._ids = frozenset(ids)
        self.search.clear()
        self._apply()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_any(self) -> None:
        """End the restriction to certain clips."""
        self._ids = None
        self._apply()

    def _apply(self) -> None:
        only = (None, None) if self._ids is not None else (self._word, self._speaker)
        self.filter.show_only(*only, self.search.text().strip(), self._ids)
        self.all_button.setVisible(self._ids is not None)
        shown = self.filter.rowCount()
        self._count.setText(plural(shown, self.tr("1 clip"), self.tr("{0} clips")))
        self._count.setAccessibleName(count(shown))
        if shown and self.table.current_record() is None:
            self.table.selectRow(0)
