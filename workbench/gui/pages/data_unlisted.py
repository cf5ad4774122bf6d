"""After a kill or a full disk: one offer to list the recordings that were kept without it, else none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.clip_changes import ClipChange
from workbench.gui.pages.data_edits import ROWS_PER_FILE, ClipEdits
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.plural import plural
from workbench.gui.session import Session
from workbench.gui.widgets.empty_state import Choice
from workbench.gui.widgets.message_bar import MessageBar
from workbench.notices import Level, Notice

if TYPE_CHECKING:
    from workbench.project.project import Project

KEY = "unlisted"


class UnlistedOffer(MessageBar):
    """Looks for such recordings when a project is opened; takes no room when there are none."""

    def __init__(
        self, session: Session, library: ClipLibrary, edits: ClipEdits, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._session, self._library, self._edits = session, library, edits
        self._background = Background(self)
        session.project_changed.connect(self._look)
        self._look()

    def _look(self) -> None:
        """On another thread: the folder may hold a hundred thousand files."""
        self.dismiss(KEY)
        project = self._session.project
        if project is None:
            return

        def offer(names: Collection[str]) -> None:
            if names and project is self._session.project:
                self._offer(project, names)

        def fail(error: WorkbenchError) -> None:
            if project is self._session.project:
                self._fail(error)

        self._background.start(project.unlisted_recordings, offer, fail)

    def _offer(self, project: Project, names: Collection[str]) -> None:
        one = self.tr("1 recording was kept but not listed.")
        many = self.tr("{0} recordings were kept but not listed.")
        notice = Notice(Level.WARNING, plural(len(names), one, many), key=KEY)
        button = plural(len(names), self.tr("Add it"), self.tr("Add them"))
        self.show_notice(notice, [Choice(button, lambda: self._add(project, names))])

    def _add(self, project: Project, names: Collection[str]) -> None:
        try:
            task_id = self._library.ensure_task(self.tr("My words"))
        except WorkbenchError as error:
            self._fail(error)
            return

        tasks: set[str] = set()

        def act() -> Collection[str]:
            ids = project.add_unlisted(names, task_id)
            tasks.update(row.task_id for row in project.clip_rows(ids))
            return ids

        def note(ids: Collection[str]) -> None:
            if ids:
                one, many = self.tr("add 1 recording"), self.tr("add {0} recordings")
                self._edits.note_added(ids, plural(len(ids), one, many))
                self._say_where(len(ids), [one.name for one in project.tasks() if one.id in tasks])

        def fail(error: WorkbenchError) -> None:
            self._fail(error)
            self._look()

        change = ClipChange(act, ROWS_PER_FILE * len(names), note, fail)
        self._session.clip_changes.make(change)

    def _say_where(self, number: int, tasks: Sequence[str]) -> None:
        """They may have come to other tasks than the one that is shown."""
        one, many = (
            self.tr("1 recording was added to “{1}”."),
            self.tr("{0} recordings were added to “{1}”."),
        )
        text = plural(number, one, many).replace("{1}", "”, “".join(tasks))
        self._session.notices.info(text, key=KEY)

    def _fail(self, error: WorkbenchError) -> None:
        self._session.notices.error(error, key=KEY)
