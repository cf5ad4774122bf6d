"""The pictures of a task, for a contact sheet."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from workbench.gui.engine_words import engine_text
from workbench.gui.itemmodels.columns import Column, Index
from workbench.gui.itemmodels.shown_clips import ShownClips

if TYPE_CHECKING:
    from workbench.gui.bridge.thumbnails import Thumbnails

THUMBNAIL_ROLE = Qt.ItemDataRole.UserRole + 2


class PicturesModel(ShownClips):
    """A picture is decoded when a view asks for it."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__((), parent)
        self.columns = (
            Column("class", self.tr("Class"), "", attrgetter("label"), is_number=False),
        )
        self._thumbnails = thumbnails
        thumbnails.ready.connect(self._on_thumbnail)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._records[index.row()]
        if role == THUMBNAIL_ROLE:
            return self._thumbnails.get(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(
                one for one in (row.label, engine_text(row.split or ""), row.source) if one
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.source
        return super().data(index, role)

    def _on_thumbnail(self, clip_id: str) -> None:
        row = self.row_of(clip_id)
        if row >= 0:
            cell = self.index(row, 0)
            self.dataChanged.emit(cell, cell, [THUMBNAIL_ROLE])
