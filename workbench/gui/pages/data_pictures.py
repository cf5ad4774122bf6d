"""The picture side of the Data station: contact sheet, large view, and classes by keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from workbench.data.task import Medium
from workbench.gui.bridge.thumbnails import Thumbnails
from workbench.gui.class_keys import class_keys
from workbench.gui.itemmodels.pictures import PicturesModel
from workbench.gui.pages.data_browser import ClipBrowser
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_list import ClipListCard
from workbench.gui.pages.data_picture import PictureCard
from workbench.gui.widgets.picture_sheet import PictureSheet

PICTURE_SHARE, SHEET_SHARE = 2, 3


class PictureBrowser(ClipBrowser):
    """Attributes: ``picture`` is the large view, ``sheet`` the contact sheet."""

    def __init__(self, edits: ClipEdits, parent: QWidget | None = None) -> None:
        thumbnails = Thumbnails(parent)
        model = PicturesModel(thumbnails, parent)
        self.picture = PictureCard(parent)
        self.sheet = PictureSheet(model, thumbnails, parent)
        cards = ClipListCard(Medium.PICTURE, model, self.sheet, parent)
        super().__init__(self.picture, cards, edits, parent)
        cards.hint.setText(
            self.tr("Digits give a class, Del removes, Space shows the picture larger")
        )
        for pane, share in enumerate((PICTURE_SHARE, SHEET_SHARE)):
            self.setStretchFactor(pane, share)
        self._classes: Sequence[str] = ()
        self._sizes: list[int] = []
        self.sheet.current_changed.connect(self._show_current)
        self.sheet.large_wanted.connect(self.toggle_large)
        self.sheet.class_wanted.connect(self._give_class)

    @property
    def is_large(self) -> bool:
        """Whether the picture takes the room of the sheet, but for one row of it."""
        return bool(self._sizes)

    def offer_classes(self, classes: Sequence[str]) -> None:
        """Classes that keys give, in the order of the list."""
        self._classes = classes
        self.picture.offer_words(classes)

    def toggle_large(self) -> None:
        """Leave the picture all room but for one row of the sheet, or divide it as before."""
        if self._sizes:
            self.setSizes(self._sizes)
            self._sizes = []
        else:
            self._sizes = self.sizes()
            around = self.list.height() - self.sheet.viewport().height()
            row = around + self.sheet.row_height
            self.setSizes([sum(self._sizes) - row, row])
        self.sheet.scrollTo(self.sheet.currentIndex())

    def _show_current(self) -> None:
        self.picture.show_current(self.sheet.current_clip())

    def _give_class(self, digit: str) -> None:
        """Give the selected pictures a class and go on to the next one."""
        label = class_keys(self._classes).get(digit)
        clips = self.sheet.selected_clips()
        if label is None or not clips or self._shows_removed:
            return
        place = self.list.model.position(clips[0])
        self._edits.relabel(clips, label)
        given = {clip.id for clip in clips}
        records = self.list.model.records
        while place < len(records) and records[place].id in given:
            place += 1
        if records:
            self.sheet.select_row(min(place, len(records) - 1))
