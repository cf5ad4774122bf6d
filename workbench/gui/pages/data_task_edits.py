"""Changes to the list of tasks as undoable commands; a removed task keeps its clips and runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand

from workbench.errors import WorkbenchError
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import Project, TaskRecord

NOTICE = "task"
"""All messages about tasks replace each other."""


class _TaskChange(QUndoCommand):
    """One change and its opposite; what cannot be done is said and leaves nothing to undo."""

    def __init__(
        self, session: Session, text: str, do: Callable[[], None], undo: Callable[[], None]
    ) -> None:
        super().__init__(text)
        self._session = session
        self._do, self._undo = do, undo

    def redo(self) -> None:
        self._run(self._do)

    def undo(self) -> None:
        self._run(self._undo)

    def _run(self, act: Callable[[], None]) -> None:
        try:
            act()
        except WorkbenchError as error:
            self.setObsolete(True)
            self._session.notices.error(error, key=NOTICE)
        self._session.tasks_changed.emit()


class TaskEdits(QObject):
    """The verbs for tasks. Each is one entry of the undo stack."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def add(self, name: str) -> None:
        """Make an empty task and show it; undoing takes it off the list again."""
        project = self._project
        before = self._session.task_id
        if self._refuses(name):
            return
        made: list[TaskRecord] = []

        def do() -> None:
            if made:
                project.restore_task(made[0].id)
            else:
                made.append(project.add_task(name))
            self._session.set_task(made[0].id)

        def undo() -> None:
            self._take_off(project, made[0], before)

        self._push(self.tr("new task “{0}”").format(name), do, undo)

    def rename(self, task: TaskRecord, name: str) -> None:
        """Call a task something else; runs and patches keep the name they were made with."""
        project = self._project
        if name == task.name or self._refuses(name):
            return
        text = self.tr("rename task “{0}” to “{1}”").format(task.name, name)
        self._push(
            text,
            lambda: project.rename_task(task.id, name),
            lambda: project.rename_task(task.id, task.name),
        )

    def remove(self, task: TaskRecord) -> None:
        """Take a task off the list and show the one beside it."""
        project, session = self._project, self._session
        text = self.tr("remove task “{0}”").format(task.name)
        self._push(
            text,
            lambda: self._take_off(project, task, _beside(project, task)),
            lambda: self._bring_back(project, task),
        )
        if task in project.tasks(removed=True):
            session.notices.info(
                self.tr(
                    "“{0}” is off the list. Its recordings and runs are kept; Undo brings it back."
                ).format(task.name),
                key=NOTICE,
            )

    def restore(self, task: TaskRecord) -> None:
        """Put a removed task back on the list and show it."""
        project = self._project
        self._push(
            self.tr("restore task “{0}”").format(task.name),
            lambda: self._bring_back(project, task),
            lambda: self._take_off(project, task, _beside(project, task)),
        )

    @property
    def _project(self) -> Project:
        project = self._session.project
        assert project is not None
        return project

    def _push(self, text: str, do: Callable[[], None], undo: Callable[[], None]) -> None:
        self._session.undo_stack.push(_TaskChange(self._session, text, do, undo))

    def _refuses(self, name: str) -> bool:
        """Two tasks of one name could not be told apart in the list."""
        taken = any(task.name == name for task in self._project.tasks())
        if taken:
            text = self.tr("There is a task “{0}” already. Choose another name.").format(name)
            self._session.notices.warn(text, key=NOTICE)
        return taken

    def _take_off(self, project: Project, task: TaskRecord, then: str | None) -> None:
        """Remove a task and show another.

        Raises:
            WorkbenchError: when a run on it trains or waits.
        """
        queue = self._session.queue
        active = (run for run in project.runs(task.id) if queue.knows(run.id))
        if any(not queue.state(run.id).is_over for run in active):
            raise WorkbenchError(
                self.tr("A run on the task “{0}” is training or waiting.").format(task.name),
                data=self.tr("The task stays in the list."),
                hint=self.tr("Let the run end or stop it on Adapt, then remove the task."),
            )
        project.remove_task(task.id)
        if self._session.task_id == task.id:
            self._session.set_task(then)

    def _bring_back(self, project: Project, task: TaskRecord) -> None:
        project.restore_task(task.id)
        self._session.set_task(task.id)


def _beside(project: Project, task: TaskRecord) -> str | None:
    """Id of the next task in the list, of the one before the last, or None where it is the only one."""
    ids = [one.id for one in project.tasks()]
    place = ids.index(task.id)
    near = [*ids[place + 1 :], *reversed(ids[:place])]
    return near[0] if near else None
