"""The top line of the Data station: what is there, import, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QMenu, QSizePolicy, QWidget

from workbench.data.task import Medium
from workbench.gui import theme
from workbench.gui.examples import examples
from workbench.gui.formatting import duration, percent
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.images.suffixes import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from workbench.project.clip_rows import Shelf


class DataHeader(QWidget):
    """Counts at the left, verbs at the right.

    Attributes:
        import_wanted: Carries a folder, zip, manifest or IDX file.
        pictures_wanted: Carries the paths of single pictures.
        check_wanted: Ask the data doctor now.
    """

    import_wanted = Signal(object)
    pictures_wanted = Signal(object)
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
        self.import_button = PushButton(self.tr("Import"), None, "", self)
        menu = QMenu(self.import_button)
        menu.addAction(self.tr("Folder…")).triggered.connect(self.choose_folder)
        self._file_action = menu.addAction("")
        self._file_action.triggered.connect(self.choose_file)
        self._pictures_action = menu.addAction(self.tr("Pictures…"))
        self._pictures_action.triggered.connect(self.choose_pictures)
        self.import_button.setMenu(menu)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.title)
        row.addWidget(self.detail, 1)
        for widget in (self._checking, self.check_button, self.import_button):
            row.addWidget(widget)
        self.show_medium(Medium.SOUND)

    def show_medium(self, medium: Medium) -> None:
        """Offer what can be imported into a task of this medium, and say what is looked for in it."""
        self._medium = medium
        is_sound = medium is Medium.SOUND
        self._pictures_action.setVisible(not is_sound)
        self._file_action.setText(
            self.tr("Zip or manifest…") if is_sound else self.tr("Zip, manifest or IDX file…")
        )
        self.check_button.setToolTip(
            self.tr("Look for copies, torn speakers, silent and clipped recordings")
            if is_sound
            else self.tr("Look for copies, also small, brighter or cut ones, and for empty classes")
        )

    def add_beside_title(self, widget: QWidget) -> None:
        """Put what belongs to the task's name behind it."""
        self._row.insertWidget(1, widget)

    def show_name(self, name: str) -> None:
        """Name the task; empty when there is none."""
        self.title.setText(name or self.tr("No task yet"))

    def show_clips(self, clips: Shelf) -> None:
        """Count what the task has."""
        labels, speakers = len(clips.labels), len(clips.speakers.keys() - {""})
        parts = [examples(len(clips.rows), self._medium)]
        if self._medium is Medium.SOUND:
            seconds = clips.length_ms / 1000
            parts += [
                plural(labels, self.tr("1 word"), self.tr("{0} words")),
                plural(speakers, self.tr("1 speaker"), self.tr("{0} speakers")),
                f"{duration(seconds)} {'h' if seconds >= 3600 else 'min'}",
            ]
        else:
            parts.append(plural(labels, self.tr("1 class"), self.tr("{0} classes")))
            if speakers:
                parts.append(plural(speakers, self.tr("1 group"), self.tr("{0} groups")))
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
        is_sound = self._medium is Medium.SOUND
        title = (
            self.tr("Import a folder of words")
            if is_sound
            else self.tr("Import a folder of classes")
        )
        chosen = QFileDialog.getExistingDirectory(self, title)
        if chosen:
            self.import_wanted.emit(Path(chosen))

    def choose_file(self) -> None:
        """Ask for a zip, a manifest or a file of many pictures to import."""
        if self._medium is Medium.SOUND:
            title, kinds = self.tr("Import a zip or manifest"), self.tr("Zip or manifest")
            patterns = "*.zip *.csv *.tsv"
        else:
            title = self.tr("Import a zip, a manifest or an IDX file")
            kinds = self.tr("Zip, manifest or IDX file of pictures")
            patterns = "*.zip *.csv *.tsv *images-idx3-ubyte *images-idx3-ubyte.gz"
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", f"{kinds} ({patterns})")
        if chosen:
            self.import_wanted.emit(Path(chosen))

    def choose_pictures(self) -> None:
        """Ask for single pictures to import."""
        title, kinds = self.tr("Import pictures into a class"), self.tr("Pictures")
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        chosen, _ = QFileDialog.getOpenFileNames(self, title, "", f"{kinds} ({patterns})")
        if chosen:
            self.pictures_wanted.emit(tuple(map(Path, chosen)))
