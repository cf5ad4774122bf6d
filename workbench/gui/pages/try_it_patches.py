"""Which patches listen: one switch for each finished run of the task, and for patch files from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from workbench.detection.scorer import patch_name
from workbench.gui import theme
from workbench.gui.bridge.word_shelf import Composed
from workbench.gui.formatting import percent, size
from workbench.gui.itemmodels.runs import swatch
from workbench.gui.run_files import is_for_pictures, patch_of
from workbench.gui.run_names import accuracy_of, run_title
from workbench.gui.session import Session
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.vertical_scroll import VerticalScroll
from workbench.methods.patch import SUFFIX

if TYPE_CHECKING:
    from workbench.project.project import RunRecord


COMPOSED = "composed"


@dataclass(frozen=True)
class PatchChoice:
    """A patch that can be switched on.

    Attributes:
        name: Unique among the choices; written into detections.
        key: Identity for the colour: the id of its run, or its path.
    """

    path: Path
    name: str
    details: str
    key: str


class PatchToggles(QWidget):
    """Switches for patches; several may be on at once.

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
        session.task_changed.connect(self.refresh)
        session.project_changed.connect(self._forget_files)
        session.selection.recolored.connect(lambda _: self.refresh())
        self.refresh()

    @property
    def choices(self) -> tuple[PatchChoice, ...]:
        """All patches that can be switched on, newest first."""
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
        for other, box in self._boxes.items():
            with QSignalBlocker(box):
                box.setChecked(other == path)
        self.toggled.emit()

    def show_composed(self, made: Composed | None) -> None:
        """List what was put together from the library, in the place of what was before, and use it alone.

        Its settings stay when the words change. None, or one of the other medium, takes it off the list.
        """
        if made is None or is_for_pictures(made.path) is not self._for_pictures:
            self._composed = None
            self._list_anew(self._on)
        else:
            details = self.tr("from the word library")
            self._composed = PatchChoice(made.path, made.name, details, COMPOSED)
            self._list_anew({made.path})

    def choose_file(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Open patches"), "", self.tr("Patches (*{0})").format(SUFFIX)
        )
        for path in paths:
            self.switch(Path(path), True)

    def refresh(self) -> None:
        """List the patches anew; what is on stays on."""
        self._list_anew(self._on)

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

    @property
    def _on(self) -> set[Path]:
        return {choice.path for choice in self.active}

    def _list_anew(self, wanted: set[Path]) -> None:
        """List the patches that there are now and switch on what is wanted of them."""
        before = self._on
        self._choices = {choice.path: choice for choice in self._find()}
        for box in self._boxes.values():
            self._rows.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._boxes = {}
        for row, choice in enumerate(self._choices.values()):
            box = self._make_box(choice, choice.path in wanted)
            self._rows.insertWidget(row, box)
            self._boxes[choice.path] = box
        self.listed.emit()
        if before != self._on:
            self.toggled.emit()

    def _make_box(self, choice: PatchChoice, is_on: bool) -> QCheckBox:
        text = f"{choice.name}  ·  {choice.details}" if choice.details else choice.name
        box = QCheckBox(text, self._list)
        box.setIcon(swatch(self.color(choice)))
        box.setIconSize(theme.icon_size())
        box.setChecked(is_on)
        box.setToolTip(str(choice.path))
        box.setAccessibleName(self.tr("Listen with {0}").format(choice.name))
        box.toggled.connect(lambda _: self.toggled.emit())
        return box

    def _find(self) -> list[PatchChoice]:
        project, task_id = self._session.project, self._session.task_id
        runs = project.runs(task_id) if project is not None and task_id is not None else ()
        newest = sorted(runs, key=lambda run: run.created, reverse=True)
        found = [self._composed] if self._composed is not None else []
        found += [choice for run in newest if (choice := self._of_run(run)) is not None]
        known = {choice.path for choice in found}
        found += [
            PatchChoice(path, patch_name(path), _size_of(path), str(path))
            for path in self._files
            if path not in known
        ]
        return _with_unique_names(found)

    def _of_run(self, run: RunRecord) -> PatchChoice | None:
        path, record = patch_of(run), run.record or {}
        if path is None or is_for_pictures(path) is not self._for_pictures:
            return None
        accuracy = accuracy_of(record)
        parts = ["" if accuracy is None else percent(accuracy), _size_of(path)]
        details = ", ".join(part for part in parts if part)
        return PatchChoice(path, run_title(run.method, run.budget), details, run.id)

    def _forget_files(self) -> None:
        self._files.clear()
        self._composed = None
        self.refresh()


def _size_of(path: Path) -> str:
    return size(path.stat().st_size) if path.is_file() else ""


def _with_unique_names(choices: list[PatchChoice]) -> list[PatchChoice]:
    """Number equal names from the oldest on: ``swr 10 %``, ``swr 10 % (2)``."""
    seen: dict[str, int] = {}
    named = []
    for choice in reversed(choices):
        seen[choice.name] = seen.get(choice.name, 0) + 1
        count = seen[choice.name]
        name = choice.name if count == 1 else f"{choice.name} ({count})"
        named.append(PatchChoice(choice.path, name, choice.details, choice.key))
    return named[::-1]
