"""Opening, making and closing projects from the window; errors go to the message bar."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench import locations
from workbench.errors import WorkbenchError
from workbench.gui import settings
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.under_way import UnderWay
from workbench.gui.closing import LeavingAnswer, ask_about_import
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.gui.pages.data_import import ImportBar
    from workbench.project.project import Project

PATIENCE_MS = 300
"""What takes longer is said."""

IMPORT_BAR = "import_bar"
"""Object name of the import, by which it is found once its page was made."""


class ProjectActions(QObject):
    """The File menu's verbs.

    Attributes:
        opened: A project was opened.
        closed: The project was closed.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, session: Session, window: QWidget, under_way: UnderWay) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._under_way = under_way
        self._background = Background(self)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._say_opening)
        self._after_import: tuple[Callable[[], object], LeavingAnswer] | None = None

    def new(self) -> None:
        """Ask for a new folder and make a project in it."""
        with suppress(OSError):  # the user may well choose a place that can be written
            locations.documents_dir().mkdir(parents=True, exist_ok=True)
        start = str(locations.documents_dir() / self.tr("My project"))
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("New project folder"), start, self.tr("Project folder (*)")
        )
        if chosen:
            self._leave(lambda: self._begin(partial(_created, Path(chosen))))

    def open(self) -> None:
        """Ask for a project folder and open it."""
        start = str(locations.documents_dir())
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Open project"), start)
        if chosen:
            self.open_folder(Path(chosen))

    def open_folder(self, folder: Path) -> None:
        """Open a project; the one that is open already is only brought to the front."""
        if self._is_open(folder):
            self.opened.emit()
        elif not self._background.is_busy:
            self._leave(lambda: self._begin(partial(_opened, folder)))

    def open_demo(self) -> None:
        """Open the user's copy of the demo; making it on first use takes some seconds.

        The open project stays until the demo is there.
        """
        if self._background.is_busy:
            return
        # Its folder is known to the engine only, which is there as soon as any project is.
        if self._session.project is not None and self._is_open(_demo_folder()):
            self.opened.emit()
            return
        self._leave(self._prepare_demo)

    def announce_demo(self) -> None:
        """Say that the demo will be opened once the engine is loaded, which takes some seconds on a cold start."""
        self._session.notices.info(self.tr("Opening the demo…"), key="project")

    def close(self) -> None:
        self._leave(self._close)

    def holds_back(self, leave: Callable[[], object]) -> bool:
        """Ask about an import under way, which leaving would cut off.

        Args:
            leave: Called when the import has ended, if the user wants that.

        Returns:
            Whether leaving has to wait, or is not wanted any more.
        """
        self._after_import = None
        bar = self._running_import()
        if bar is None:
            return False
        answer = ask_about_import(self._window, bar.added_count)
        if answer is LeavingAnswer.CANCEL:
            return True
        if self._running_import() is None:  # it ended while the question was shown
            return False
        self._after_import = (leave, answer)
        bar.over.connect(self._on_import_over, Qt.ConnectionType.SingleShotConnection)
        if answer is LeavingAnswer.STOP_AND_KEEP:
            bar.stop()
        return True

    def _running_import(self) -> ImportBar | None:
        bar = cast("ImportBar | None", self._window.findChild(QWidget, IMPORT_BAR))
        return bar if bar is not None and bar.work.is_running else None

    def _on_import_over(self, is_whole: bool) -> None:
        """An import that should finish first and did not keeps its project, so that the user sees why."""
        wanted, self._after_import = self._after_import, None
        if wanted is None:
            return
        leave, answer = wanted
        if is_whole or answer is LeavingAnswer.STOP_AND_KEEP:
            leave()

    def _is_open(self, folder: Path) -> bool:
        return self._session.project is not None and self._session.project.folder == folder

    def _prepare_demo(self) -> None:
        self._session.notices.info(self.tr("Preparing the demo…"), key="project")
        self._background.start(_make_demo, self.open_folder, self._fail)

    def _begin(self, make: Callable[[], Project]) -> None:
        """Have a project on another thread: its folder may be large, on a slow disk, or the engine not loaded yet."""
        self._background.start(make, self._adopt, self._fail)
        self._patience.start()

    def _say_opening(self) -> None:
        if self._background.is_busy:
            self._session.notices.info(self.tr("Opening the project…"), key="project")

    def _adopt(self, project: Project) -> None:
        if self._session.queue.is_busy:  # a run was started while the project was being opened
            project.close()
            self._warn_of_run()
        elif not self._waits(lambda: self._adopt(project)):
            self._session.adopt(project)
            settings.remember_project(project.folder)
            self.opened.emit()

    def _warn_of_run(self) -> None:
        text = self.tr("A run is still training. Stop it before you switch projects.")
        self._session.notices.warn(text, key="project")

    def _close(self) -> None:
        if not self._waits(self.close):
            self._session.close_project()
            self.closed.emit()

    def _waits(self, leave: Callable[[], None]) -> bool:
        """Stop what belongs to the open project; whether ``leave`` has to wait for its end, and is called then."""
        waits = self._under_way.stop()
        if waits:
            self._under_way.ended.connect(leave, Qt.ConnectionType.SingleShotConnection)
        return waits

    def _fail(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key="project")

    def _leave(self, then: Callable[[], None]) -> None:
        """Do what ends the open project, after its import if there is one.

        A project cannot be left while its runs train, for their results belong to it.
        """
        if self._session.queue.is_busy:
            self._warn_of_run()
        elif not self.holds_back(lambda: self._leave(then)):
            then()


def _opened(folder: Path) -> Project:
    from workbench.project.project import Project

    return Project.open(folder)


def _created(folder: Path) -> Project:
    from workbench.project.project import Project

    return Project.create(folder)


def _demo_folder() -> Path:
    from workbench.project.demo import PROJECT_NAME

    return locations.documents_dir() / PROJECT_NAME


def _make_demo() -> Path:
    """Make the demo if need be; it is opened afterwards in the same way as any project."""
    from workbench.project.demo import open_or_create_demo

    project = open_or_create_demo()
    project.close()
    return project.folder
