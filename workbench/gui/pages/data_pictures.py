"""The picture side of the Data station: contact sheet, large view, and classes by keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from workbench.data.task import Medium
from workbench.gui.bridge.thumbnails import Thumbnails
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
        for pane, share in enumerate((PICTURE_SHARE, SHEET_SHARE)):
            self.setStretchFactor(pane, share)
        self._sizes: list[int] = []
        self.sheet.current_changed.connect(self._show_current)
        self.sheet.large_wanted.connect(self.toggle_large)

    @property
    def is_large(self) -> bool:
        """Whether the picture takes the room of the sheet, but for one row of it."""
        return bool(self._sizes)

    def offer_classes(self, classes: Sequence[str]) -> None:
        super().offer_classes(classes)
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
