"""The clips of the open task as the Data station sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.data.task import Task, is_word, ordered_classes
from workbench.errors import WorkbenchError
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import ClipRecord

RATE_HZ = 20


class ClipLibrary(QObject):
    """Reads the clips whenever the project, the task or the clips change.

    Attributes:
        records, removed: Clips of the task, and those in its trash.
        changed: They were read anew.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.records: tuple[ClipRecord, ...] = ()
        self.removed: tuple[ClipRecord, ...] = ()
        self._throttle = Throttle(self._read, self, RATE_HZ)
        for signal in (session.project_changed, session.task_changed, session.clips_changed):
            signal.connect(self._throttle.request)
        self._read()

    @property
    def words(self) -> tuple[str, ...]:
        return ordered_classes({record.clip.label for record in self.records})

    @property
    def task_name(self) -> str:
        project = self._session.project
        tasks = project.tasks() if project else ()
        return next((str(one.name) for one in tasks if one.id == self._session.task_id), "")

    def refresh(self) -> None:
        """Read a change now that is waiting for its turn."""
        self._throttle.flush()

    def task(self) -> Task:
        """The clips as a task, for the data doctor."""
        clips = tuple(record.clip for record in self.records)
        return Task(self.task_name, self.words, clips)

    def ensure_task(self, name: str) -> str:
        """Id of the open task; a project without tasks gets one.

        Raises:
            WorkbenchError: the project cannot be written.
        """
        project = self._session.project
        assert project is not None
        if self._session.task_id is None:
            self._session.set_task(project.add_task(name).id)
        task_id = self._session.task_id
        assert task_id is not None
        return task_id

    def _read(self) -> None:
        project, task_id = self._session.project, self._session.task_id
        self.records = self.removed = ()
        if project is not None and task_id is not None:
            try:
                self.records = _words_first(project.clips(task_id))
                if any(record.clip.split is None for record in self.records):
                    project.task(task_id)  # gives new clips a part, which they keep
                    self.records = _words_first(project.clips(task_id))
                self.removed = tuple(project.clips(task_id, removed=True))
            except WorkbenchError as error:
                self._session.notices.error(error, key="clips")
        self.changed.emit()


def _words_first(records: Iterable[ClipRecord]) -> tuple[ClipRecord, ...]:
    """What people recorded comes before background, each in its old order."""
    return tuple(sorted(records, key=lambda record: not is_word(record.clip.label)))
