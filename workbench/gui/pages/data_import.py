"""Importing as a line of the Data station: progress with cancel, then what came of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QWidget

from workbench.cancel import CancelToken
from workbench.data.importers import Problem
from workbench.data.task import Medium
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.import_work import Import, ImportWork
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.dialogs.import_dialog import ProblemsDialog
from workbench.gui.examples import examples
from workbench.gui.formatting import count
from workbench.gui.plural import plural
from workbench.gui.project_actions import IMPORT_BAR
from workbench.gui.session import Session
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton, PushButton

if TYPE_CHECKING:
    from workbench.project.project import ImportReport, Project

BAR_WIDTH = 30 * GRID


class ImportBar(QFrame):
    """Hidden until something is imported.

    Attributes:
        imported: Clips were added, also by an import that was stopped; carries their ids.
        over: The import has ended and its clips were announced; carries whether it went through to its end.
    """

    imported = Signal(object)
    over = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setObjectName(IMPORT_BAR)
        self.work = ImportWork(self)
        self._is_whole = False
        self._name = ""
        self._target: tuple[Project, str] | None = None
        self._before = 0
        self._progress = (0, 0)
        self._problems: tuple[Problem, ...] = ()
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._bar = QProgressBar(self)
        self._bar.setFixedWidth(BAR_WIDTH)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the import"))
        self.cancel_button = PushButton(self.tr("Cancel"), self.stop, "", self)
        self.why_button = PushButton(self.tr("Show why"), self.show_problems, "", self)
        self._close = IconButton("close", self.tr("Dismiss"), self.hide, self)
        self._throttle = Throttle(self._show_progress, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self._text, 1)
        for widget in (self._bar, self.cancel_button, self.why_button, self._close):
            row.addWidget(widget)
        theme.set_role(self, "message-info")
        self.work.progressed.connect(self._on_progress)
        self.work.done.connect(self._on_done)
        self.work.failed.connect(self._on_failed)
        self.work.ended.connect(self._on_ended)
        session.project_changed.connect(self._leave)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    @property
    def added_count(self) -> int:
        """Clips that the import has added so far."""
        return len(self._added())

    def start(self, source: Path, task_id: str) -> None:
        """Import a folder, zip or manifest into a task of the open project."""
        project = self._session.project
        if project is not None:
            self._begin(source.name, task_id, partial(project.import_clips, task_id, source))

    def start_pictures(self, paths: Sequence[Path], label: str, task_id: str) -> None:
        """Import single pictures into a class."""
        project = self._session.project
        if project is not None:
            name = paths[0].name if len(paths) == 1 else examples(len(paths), Medium.PICTURE)
            self._begin(name, task_id, partial(project.add_pictures, task_id, label, paths))

    def start_pasted(self, image: QImage, label: str, task_id: str) -> None:
        """Import a picture from the clipboard into a class."""
        project = self._session.project
        if project is not None:
            self._begin(
                self.tr("a pasted picture"),
                task_id,
                partial(_add_pasted, project, task_id, label, image),
            )

    def _begin(self, name: str, task_id: str, take_in: Import) -> None:
        """One import at a time."""
        project = self._session.project
        if project is None:
            return
        if self.work.is_running:
            text = self.tr("An import is under way. Wait until it ends, then add these.")
            self._session.notices.warn(text, key="import")
            return
        self._name, self._progress, self._problems = name, (0, 0), ()
        self._is_whole = False
        self._target, self._before = (project, task_id), project.newest_clip()
        self._arrange(running=True)
        self._show_progress()
        self.show()
        self.work.start(take_in)

    def stop(self) -> None:
        """End the import after the current clips; what was added stays."""
        self.work.cancel()
        self.cancel_button.setEnabled(False)
        self._text.setText(self.tr("Stopping the import…"))

    def show_problems(self) -> None:
        dialog = ProblemsDialog(self._problems, self)
        dialog.exec()
        dialog.deleteLater()

    def _arrange(self, *, running: bool) -> None:
        self._bar.setVisible(running)
        self.cancel_button.setVisible(running)
        self.cancel_button.setEnabled(True)
        self.why_button.setVisible(not running and bool(self._problems))
        self._close.setVisible(not running)

    def _leave(self) -> None:
        """Another project was opened: its predecessor gets nothing more."""
        self.work.cancel()
        self.hide()

    def _on_progress(self, done: int, total: int) -> None:
        self._progress = (done, total)
        self._throttle.request()

    def _show_progress(self) -> None:
        done, total = self._progress
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        has_stopped = self.work.is_running and not self.cancel_button.isEnabled()
        if has_stopped or self._is_whole:
            return
        name = self._name
        of = self.tr("Importing {0}: {1} of {2} files").format(name, count(done), count(total))
        self._text.setText(of if total else self.tr("Looking through {0}…").format(name))

    def _on_done(self, report: ImportReport) -> None:
        self._is_whole = True
        self._problems = tuple(report.problems)
        added = self._were_added(len(report.added))
        left = plural(
            len(self._problems),
            self.tr("1 file was left out"),
            self.tr("{0} files were left out"),
        )
        self._text.setText(f"{added}, {left}." if self._problems else f"{added}.")

    def _added(self) -> list[str]:
        """Ids of what is new in the task, as long as its project is open."""
        if self._target is None or self._target[0] is not self._session.project:
            return []
        project, task_id = self._target
        return list(project.clips_since(task_id, self._before))

    def _were_added(self, number: int) -> str:
        medium = None
        if self._target is not None:
            project, task_id = self._target
            medium = project.medium(task_id)
        text = self.tr("{0} was added") if number == 1 else self.tr("{0} were added")
        return text.format(examples(number, medium or Medium.SOUND))

    def _on_failed(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key="import")
        self._text.setText("")

    def _on_ended(self) -> None:
        added = self._added()
        if not self.cancel_button.isEnabled():
            number = self._were_added(len(added))
            self._text.setText(self.tr("The import was stopped; {0}.").format(number))
        if added:
            self.imported.emit(added)
        self._arrange(running=False)
        self.setVisible(bool(self._text.text()))
        self.over.emit(self._is_whole)


def _add_pasted(
    project: Project,
    task_id: str,
    label: str,
    image: QImage,
    token: CancelToken,
    progress: Callable[[int, int], None],
) -> ImportReport:
    """Write a picture that has no file, so that it comes in as all others do."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pasted.png"
        if not image.save(str(path)):
            translate = QCoreApplication.translate
            raise WorkbenchError(
                translate("ImportBar", "The pasted picture could not be written."),
                hint=translate("ImportBar", "Free some disk space and paste it again."),
            )
        return project.add_pictures(task_id, label, [path], token, progress)
