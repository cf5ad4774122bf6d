"""Which patches listen: a switch for each finished run of the task, for those of other tasks, and for patch files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.bridge.word_shelf import Composed
from workbench.gui.itemmodels.runs import swatch
from workbench.gui.pages.try_it_choices import (
    PatchChoice,
    choice_of_file,
    choices_of_runs,
    with_unique_names,
)
from workbench.gui.run_files import is_for_pictures
from workbench.gui.session import Session
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.vertical_scroll import VerticalScroll
from workbench.methods.patch import SUFFIX

COMPOSED = "composed"


class PatchToggles(QWidget):
    """Switches for patches; several may be on at once.

    Runs of other tasks are offered where they are on the backbone in use; they go off when another task is shown.

    Attributes:
        toggled: The set of patches that are on changed.
        listed: The patches that can be switched on were listed anew.
    """

    toggled = Signal()
    listed = Signal()

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, for_pictures: bool = False
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._for_pictures = for_pictures
        self._files: list[Path] = []
        self._composed: PatchChoice | None = None
        self._boxes: dict[Path, QCheckBox] = {}
        self._choices: dict[Path, PatchChoice] = {}
        self.open_button = PushButton(self.tr("Open patch file…"), self.choose_file, "", self)
        self.library_button = PushButton(
            self.tr("Word library…"), session.library_requested.emit, "", self
        )
        self._list = QWidget(self)
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._rows.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(VerticalScroll(self._list, self), 1)
        column.addWidget(self.library_button)
        column.addWidget(self.open_button)
        session.runs_changed.connect(self.refresh)
        session.tasks_changed.connect(self.refresh)
        session.backbone_changed.connect(self.refresh)
        session.task_changed.connect(self._show_task)
        session.project_changed.connect(self._forget_files)
        session.selection.recolored.connect(lambda _: self._color_boxes())
        self.refresh()

    @property
    def choices(self) -> tuple[PatchChoice, ...]:
        """All patches that can be switched on: those of the task, then of others, newest first, then files."""
        return tuple(self._choices.values())

    @property
    def active(self) -> tuple[PatchChoice, ...]:
        """The patches that are on."""
        return tuple(self._choices[path] for path, box in self._boxes.items() if box.isChecked())

    def color(self, choice: PatchChoice) -> str:
        return self._session.selection.color(choice.key)

    def box(self, path: Path) -> QCheckBox:
        return self._boxes[path]

    def switch(self, path: Path, is_on: bool) -> None:
        """Switch a patch on or off; a file that is not listed yet is added if it is of the medium."""
        if path not in self._boxes and not self._add(path):
            return
        self._boxes[path].setChecked(is_on)

    def switch_to(self, path: Path) -> None:
        """Switch one patch on and all others off; a file that is not listed yet is added if it is of the medium."""
        if path not in self._boxes and not self._add(path):
            return
        self._check({path})
        self.toggled.emit()

    def show_composed(self, made: Composed | None) -> None:
        """List what was put together from the library, in the place of what was before, and use it alone.

        Its settings stay when the words change. None, or one of the other medium, takes it off the list.
        """
        if made is None or is_for_pictures(made.path) is not self._for_pictures:
            self._composed = None
            self.refresh()
        else:
            details = self.tr("from the word library")
            self._composed = PatchChoice(made.path, made.name, details, COMPOSED)
            self._list_anew(self._find(), {made.path})

    def choose_file(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Open patches"), "", self.tr("Patches (*{0})").format(SUFFIX)
        )
        for path in paths:
            self.switch(Path(path), True)

    def refresh(self) -> None:
        """List the patches anew; what is on stays on."""
        self._list_anew(self._find(), self._on)

    def switch_first(self) -> None:
        """Switch the newest patch of the task on, if there is one and none is on."""
        first = next((choice for choice in self.choices if choice.is_own), None)
        if first is not None and not self.active:
            self.switch(first.path, True)

    def _add(self, path: Path) -> bool:
        """Whether a file could be added to the list; one of the other medium is told and left out."""
        if is_for_pictures(path) is not self._for_pictures:
            kind = self.tr("sound") if self._for_pictures else self.tr("pictures")
            text = self.tr("{0} is a patch for {1}. Choose a backbone for {1} to try it.")
            self._session.notices.warn(text.format(path.name, kind), key="patch")
            return False
        self._files.append(path)
        self.refresh()
        return True

    def _show_task(self) -> None:
        choices = self._find()
        self._list_anew(choices, self._on & {choice.path for choice in choices if choice.is_own})

    @property
    def _on(self) -> set[Path]:
        return {choice.path for choice in self.active}

    def _list_anew(self, choices: Sequence[PatchChoice], wanted: set[Path]) -> None:
        """List these patches and switch on what is wanted of them."""
        before = self.active
        if tuple(choices) != self.choices:
            self._choices = {choice.path: choice for choice in choices}
            self._make_boxes()
        self._check(wanted)
        self.listed.emit()
        if before != self.active:
            self.toggled.emit()

    def _check(self, wanted: set[Path]) -> None:
        for path, box in self._boxes.items():
            with QSignalBlocker(box):
                box.setChecked(path in wanted)

    def _make_boxes(self) -> None:
        for box in self._boxes.values():
            self._rows.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._boxes = {path: self._make_box(choice) for path, choice in self._choices.items()}
        for row, box in enumerate(self._boxes.values()):
            self._rows.insertWidget(row, box)

    def _color_boxes(self) -> None:
        for path, box in self._boxes.items():
            box.setIcon(swatch(self.color(self._choices[path])))

    def _make_box(self, choice: PatchChoice) -> QCheckBox:
        text = f"{choice.name}  ·  {choice.details}" if choice.details else choice.name
        box = QCheckBox(text, self._list)
        box.setIcon(swatch(self.color(choice)))
        box.setIconSize(theme.icon_size())
        box.setToolTip(str(choice.path))
        box.setAccessibleName(self.tr("Listen with {0}").format(choice.name))
        box.toggled.connect(lambda _: self.toggled.emit())
        return box

    def _find(self) -> list[PatchChoice]:
        found = [self._composed] if self._composed is not None else []
        found += choices_of_runs(self._session, self._for_pictures)
        known = {choice.path for choice in found}
        found += [choice_of_file(path) for path in self._files if path not in known]
        return with_unique_names(found)

    def _forget_files(self) -> None:
        self._files.clear()
        self._composed = None
        self.refresh()
