"""What a run needs to know of the project's tasks, counted in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from workbench.data.task import Medium, Split, ordered_classes
from workbench.gui.bridge.background import Background
from workbench.gui.session import Session

LEAST_CLASSES = 2
TRAINED_ON = (Split.TRAIN, None)


@dataclass(frozen=True)
class TaskCounts:
    """Attributes: classes in their order, examples to train on, and what the examples are, if there are some."""

    classes: tuple[str, ...] = ()
    training_clips: int = 0
    medium: Medium | None = None


NO_TASK = TaskCounts()


class CountedTasks(QObject):
    """Counts a task when it is first asked for, and again when clips change; until then the last count stands.

    Attributes:
        changed: A task was counted.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(self)
        self._project = session.project
        self._counts: dict[str, TaskCounts] = {}
        self._asked: set[str] = set()
        self._round = 0
        session.clips_changed.connect(self._count_again)

    def of(self, task_id: str) -> TaskCounts | None:
        """Of a task of the open project; None while it is being counted."""
        if task_id not in self._asked:
            self._count(task_id)
        return self._counts.get(task_id)

    def _count_again(self) -> None:
        """Another project numbers its tasks anew."""
        self._round += 1
        if self._session.project is not self._project:
            self._project = self._session.project
            self._counts.clear()
        self._asked.clear()
        self.changed.emit()

    def _count(self, task_id: str) -> None:
        project, asked_in = self._session.project, self._round
        if project is None:
            return
        self._asked.add(task_id)

        def read() -> TaskCounts:
            counts = project.clip_counts(task_id)
            # A clip without a part, left by an import that was cut off, gets one when it is read.
            trained = sum(n for (_, part), n in counts.items() if part in TRAINED_ON)
            classes = ordered_classes({label for label, _ in counts})
            return TaskCounts(classes, trained, project.medium(task_id))

        def take(found: TaskCounts) -> None:
            if asked_in == self._round:
                self._counts[task_id] = found
                self.changed.emit()

        self._background.start(read, take, self._session.notices.error)


def missing(counts: TaskCounts | None, task: str = "") -> str:
    """What a task lacks to be learned; empty when it lacks nothing.

    Args:
        counts: None while they are being counted.
        task: Its name, where it is not the one in view.
    """
    if counts is None:
        return _tr("The examples are being counted.")
    if counts.training_clips == 0:
        text = _tr("{0} has no training examples yet.")
        return text.format(task) if task else _tr("This task has no training examples yet.")
    if len(counts.classes) < LEAST_CLASSES:
        text = _tr("{0} has one class, and a task needs at least two.")
        return text.format(task) if task else _tr("A task needs at least two classes.")
    return ""


def mismatch(backbone: str, sees: bool, medium: Medium | None, task: str = "") -> str:
    """What to do when a backbone hears and a task is to be seen, or the other way round; empty when both fit.

    Args:
        backbone: Name or folder.
        sees: Whether it takes pictures.
        medium: Of the task; None while it is empty.
        task: Its name, where it is not the one in view.
    """
    if medium is None or sees is (medium is Medium.PICTURE):
        return ""
    text = (
        _tr("{0} takes pictures, and {1} holds sounds. Choose a backbone for sounds.")
        if sees
        else _tr("{0} takes sounds, and {1} holds pictures. Choose a backbone for pictures.")
    )
    return text.format(Path(backbone).name, task or _tr("this task"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("CountedTasks", text)
