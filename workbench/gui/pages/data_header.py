"""The top line of the Data station: what is there, import, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from workbench.gui import theme
from workbench.gui.formatting import duration, percent
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from workbench.project.clip_rows import Shelf


class DataHeader(QWidget):
    """Counts at the left, verbs at the right.

    Attributes:
        import_wanted: Carries a folder, zip or manifest.
        check_wanted: Ask the data doctor now.
    """

    import_wanted = Signal(object)
    check_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(parent=self)
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        theme.set_role(self.title, "title")
        self.detail = ElidedLabel(parent=self)
        theme.set_role(self.detail, "muted")
        self._checking = QLabel(self)
        theme.set_role(self._checking, "small")
        self.check_button = PushButton(self.tr("Check data"), self.check_wanted.emit, "quiet", self)
        self.check_button.setToolTip(
            self.tr("Look for copies, torn speakers, silent and clipped recordings")
        )
        self.import_button = PushButton(self.tr("Import"), None, "", self)
        menu = QMenu(self.import_button)
        menu.addAction(self.tr("Folder…")).triggered.connect(self.choose_folder)
        menu.addAction(self.tr("Zip or manifest…")).triggered.connect(self.choose_file)
        self.import_button.setMenu(menu)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.title)
        row.addWidget(self.detail, 1)
        for widget in (self._checking, self.check_button, self.import_button):
            row.addWidget(widget)

    def add_beside_title(self, widget: QWidget) -> None:
        """Put what belongs to the task's name behind it."""
        self._row.insertWidget(1, widget)

    def show_name(self, name: str) -> None:
        """Name the task; empty when there is none."""
        self.title.setText(name or self.tr("No task yet"))

    def show_clips(self, clips: Shelf) -> None:
        """Count what the task has."""
        seconds = clips.length_ms / 1000
        words, speakers = len(clips.labels), len(clips.speakers.keys() - {""})
        parts = (
            plural(len(clips.rows), self.tr("1 clip"), self.tr("{0} clips")),
            plural(words, self.tr("1 word"), self.tr("{0} words")),
            plural(speakers, self.tr("1 speaker"), self.tr("{0} speakers")),
            f"{duration(seconds)} {'h' if seconds >= 3600 else 'min'}",
        )
        self.detail.setText(" · ".join(parts) if clips.rows else "")
        self.check_button.setEnabled(bool(clips.rows))

    def show_checking(self, done: int, total: int) -> None:
        """How far the data doctor is; nothing when it is through."""
        running = done < total
        self._checking.setText(
            self.tr("checking {0}").format(percent(done / total, 0)) if running else ""
        )

    def choose_folder(self) -> None:
        """Ask for a folder to import."""
        title = self.tr("Import a folder of words")
        chosen = QFileDialog.getExistingDirectory(self, title)
        if chosen:
            self.import_wanted.emit(Path(chosen))

    def choose_file(self) -> None:
        """Ask for a zip or manifest to import."""
        title, kinds = self.tr("Import a zip or manifest"), self.tr("Zip or manifest")
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", f"{kinds} (*.zip *.csv *.tsv)")
        if chosen:
            self.import_wanted.emit(Path(chosen))
