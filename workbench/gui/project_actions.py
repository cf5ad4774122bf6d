"""Opening, making and closing projects from the window; errors go to the message bar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench import locations
from workbench.errors import WorkbenchError
from workbench.gui import settings
from workbench.gui.bridge.background import Background
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import Project


class ProjectActions(QObject):
    """The File menu's verbs.

    Attributes:
        opened: A project was opened.
        closed: The project was closed.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._background = Background(self)

    def new(self) -> None:
        """Ask for a new folder and make a project in it."""
        locations.documents_dir().mkdir(parents=True, exist_ok=True)
        start = str(locations.documents_dir() / self.tr("My project"))
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, self.tr("New project folder"), start, self.tr("Project folder (*)")
        )
        if chosen:
            self._try(lambda: self._session.create_project(Path(chosen)))

    def open(self) -> None:
        """Ask for a project folder and open it."""
        start = str(locations.documents_dir())
        chosen = QFileDialog.getExistingDirectory(self._window, self.tr("Open project"), start)
        if chosen:
            self.open_folder(Path(chosen))

    def open_folder(self, folder: Path) -> None:
        """Open a project; the one that is open already is only brought to the front."""
        if self._session.project is not None and self._session.project.folder == folder:
            self.opened.emit()
            return
        self._try(lambda: self._session.open_project(folder))

    def open_demo(self) -> None:
        """Open the user's copy of the demo; making it on first use takes some seconds."""
        if self._background.is_busy or not self._may_leave():
            return
        self._session.notices.info(self.tr("Preparing the demo…"), key="project")
        self._session.close_project()
        self._background.start(_open_demo, self._take, self._fail)

    def close(self) -> None:
        if self._may_leave():
            self._session.close_project()
            self.closed.emit()

    def _try(self, act: Callable[[], None]) -> None:
        if not self._may_leave():
            return
        try:
            act()
        except WorkbenchError as error:
            self._fail(error)
        else:
            self._after_opening()

    def _take(self, project: Project) -> None:
        self._session.adopt(project)
        self._after_opening()

    def _after_opening(self) -> None:
        if self._session.project is not None:
            settings.remember_project(self._session.project.folder)
        self.opened.emit()

    def _fail(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key="project")

    def _may_leave(self) -> bool:
        """A project cannot be left while its runs train, for their results belong to it."""
        if not self._session.queue.is_busy:
            return True
        self._session.notices.warn(
            self.tr("A run is still training. Stop it before you switch projects."), key="project"
        )
        return False


def _open_demo() -> Project:
    from workbench.project.demo import open_or_create_demo

    return open_or_create_demo()
