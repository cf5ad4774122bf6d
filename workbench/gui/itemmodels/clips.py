"""The clips of a task as a table."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from workbench.gui.engine_words import engine_text
from workbench.gui.formatting import decimal
from workbench.gui.itemmodels.columns import Column, Index
from workbench.gui.itemmodels.shown_clips import ShownClips
from workbench.project.clip_rows import ClipRow

if TYPE_CHECKING:
    from workbench.gui.bridge.outlines import Outlines

OUTLINE_ROLE = Qt.ItemDataRole.UserRole + 2
PLAY, WAVE, WORD, SPEAKER, LENGTH, FLAGS, SPLIT = range(7)


class ClipsModel(ShownClips):
    """The outline of a waveform is fetched when a view asks for it."""

    def __init__(self, outlines: Outlines, parent: QObject | None = None) -> None:
        super().__init__((), parent)
        self.columns = self._columns()
        self._outlines = outlines
        outlines.ready.connect(self._on_outline)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        clip = self._records[index.row()]
        if role == OUTLINE_ROLE:
            return self._outlines.get(clip)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == PLAY:
            return self.tr("Play {0} by {1}").format(clip.label, clip.speaker)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == FLAGS:
            return _flags(clip)
        return super().data(index, role)

    def _on_outline(self, clip_id: str) -> None:
        row = self.row_of(clip_id)
        if row >= 0:
            cell = self.index(row, WAVE)
            self.dataChanged.emit(cell, cell, [OUTLINE_ROLE])

    def _columns(self) -> tuple[Column[ClipRow], ...]:
        tr = self.tr

        def text(key: str, title: str, tip: str, read: Callable[[ClipRow], Any]) -> Any:
            return Column(key, title, tip, read, is_number=False)

        return (
            Column("play", "", tr("Play"), attrgetter("id"), lambda _: "", is_number=False),
            Column("wave", tr("Waveform"), "", attrgetter("id"), lambda _: "", is_number=False),
            text("word", tr("Word"), tr("Class of the clip"), attrgetter("label")),
            text("speaker", tr("Speaker"), tr("Who speaks"), attrgetter("speaker")),
            Column(
                "length_s",
                tr("Length (s)"),
                tr("Duration in seconds"),
                attrgetter("length_s"),
                lambda one: decimal(one.length_s, 2),
            ),
            text("flags", tr("Flags"), tr("What a listener should check"), _flags),
            Column(
                "split",
                tr("Split"),
                tr("Training, validation or test"),
                lambda one: one.split or "",
                lambda one: engine_text(one.split or ""),
                is_number=False,
            ),
        )


def _flags(clip: ClipRow) -> str:
    return clip.flags.replace(" ", ", ")
