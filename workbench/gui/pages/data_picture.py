"""The large view of the selected picture, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.picture_reader import PictureReader, WholePicture
from workbench.gui.formatting import count
from workbench.gui.pages.data_selected import SelectedCard
from workbench.gui.plots.picture_view import PictureView
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

FACTS_LETTERS = 36
LEAST_SIDE = 20 * GRID


class PictureCard(SelectedCard):
    """The picture at the left, its size, class and part at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(ElidedLabel(), parent)
        self.setAccessibleName(self.tr("Selected picture"))
        self.view = PictureView(self)
        self.view.setMinimumSize(LEAST_SIDE, LEAST_SIDE)
        self.extent = ElidedLabel(parent=self)
        theme.set_role(self.extent, "muted")
        self.reader = PictureReader(self)
        self.speaker.setToolTip(
            self.tr(
                "What it shares with others, such as who or what it shows: pictures of one group are all trained on "
                "or all tested on"
            )
        )
        self._lay_out()
        self.reader.read.connect(self._show)
        self.reader.failed.connect(self._tell)

    def show_current(self, clip: ClipRow | None) -> None:
        """Show a picture large as soon as it is read; the one before stays until then."""
        if clip is None:
            self.view.hint = self.tr("Select a picture")
            self._clear()
        self.reader.want(clip.clip if clip is not None else None)

    def describe(self, clips: Sequence[ClipRow], *, removed: bool) -> None:
        super().describe(clips, removed=removed)
        self.speaker.setPlaceholderText(self.tr("none") if len(clips) < 2 else "")

    def _show(self, picture: WholePicture) -> None:
        self.view.show_picture(picture.pixels)
        width, height = count(picture.width), count(picture.height)
        self.extent.setText(self.tr("{0} × {1} pixels").format(width, height))

    def _tell(self, error: WorkbenchError) -> None:
        self.view.hint = error.message
        self._clear()

    def _clear(self) -> None:
        self.view.show_picture(None)
        self.extent.setText("")

    def _lay_out(self) -> None:
        facts = QWidget(self)
        self._facts = facts
        column = QVBoxLayout(facts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.title)
        column.addWidget(self.extent)
        column.addLayout(self._fields())
        column.addWidget(self.trash_button, 0, Qt.AlignmentFlag.AlignRight)
        column.addStretch()
        row = QHBoxLayout()
        row.setSpacing(MARGIN)
        row.addWidget(self.view, 1)
        row.addWidget(facts)
        self.body.addLayout(row, 1)
        theme.controller().changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self._facts.setFixedWidth(FACTS_LETTERS * self.fontMetrics().averageCharWidth())

    def _fields(self) -> QFormLayout:
        form = QFormLayout()
        form.setSpacing(GRID)
        named: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Class"), self.word),
            (self.tr("Group"), self.speaker),
            (self.tr("Split"), self.split),
        )
        for name, field in named:
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            form.addRow(self._label(name, field), field)
        return form

    def _title_of(self, clips: Sequence[ClipRow]) -> str:
        if len(clips) == 1:
            return clips[0].source or self.tr("Picture {0}").format(clips[0].id)
        return plural(len(clips), "", self.tr("{0} pictures selected")) if clips else ""
