"""The clips of the open task as the Data station sees them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.data.task import Medium, Task, ordered_classes
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.session import DEFAULT_BACKBONE, Session
from workbench.project.clip_rows import ClipList, ClipRow

if TYPE_CHECKING:
    from workbench.project.project import ClipRecord, Project

READ_AT_ONCE = 500
"""More clips than this would hold up the window: they are read on another thread."""


class ClipLibrary(QObject):
    """Holds the clips of the open task; after an edit only the clips that it changed are read again.

    Attributes:
        clips: The clips of the task and its trash.
        changed: They were read anew, or are being read.
        edited: Some of them changed; carries ``Change`` pairs.
    """

    changed = Signal()
    edited = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(self)
        self.clips = ClipList()
        self._shown: tuple[Project | None, str | None] = (None, None)
        self._reading: object | None = None
        self._medium_while_reading: Medium | None = None
        self._late: set[str] = set()
        session.clips_changed.connect(self._on_change)
        self._read()

    @property
    def is_reading(self) -> bool:
        """Whether the clips are being read on another thread; until then those from before are shown."""
        return self._reading is not None

    @property
    def records(self) -> tuple[ClipRecord, ...]:
        return tuple(row.record for row in self.clips.present.rows)

    @property
    def words(self) -> tuple[str, ...]:
        return ordered_classes(set(self.clips.present.labels))

    @property
    def medium(self) -> Medium:
        """What the clips are, those in the trash included; where there are none, what the backbone in use takes."""
        rows = self.clips.present.rows or self.clips.removed.rows
        if rows:
            return rows[0].clip.medium
        return self._medium_while_reading or _taken_by(self._session.backbone)

    @property
    def task_name(self) -> str:
        project = self._session.project
        tasks = project.tasks() if project else ()
        return next((str(one.name) for one in tasks if one.id == self._session.task_id), "")

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

    def _on_change(self, ids: Collection[str] | None) -> None:
        if ids is None or len(ids) > READ_AT_ONCE:
            self._read()
        elif self.is_reading:
            self._late |= set(ids)
        else:
            self._take(ids)

    def _take(self, ids: Collection[str]) -> None:
        """Read certain clips again."""
        project, task_id = self._shown
        if project is None:
            return
        try:
            rows = project.clip_rows(list(ids))
        except WorkbenchError as error:
            self._session.notices.error(error, key="clips")
            return
        changes = self.clips.take(row for row in rows if row.task_id == task_id)
        if changes:
            self.edited.emit(changes)

    def _read(self) -> None:
        """Read all clips; a reading that is under way is of no use any more."""
        project, task_id = self._session.project, self._session.task_id
        before = self.clips
        if (project, task_id) != self._shown:
            self.clips = ClipList()
        self._shown = (project, task_id)
        self._reading = self._medium_while_reading = None
        self._late.clear()
        if project is not None and task_id is not None:
            try:
                self._start(project, task_id)
            except WorkbenchError as error:
                self._session.notices.error(error, key="clips")
        if self.clips is not before:
            self.changed.emit()

    def _start(self, project: Project, task_id: str) -> None:
        if project.clip_total(task_id) <= READ_AT_ONCE:
            self.clips = project.clip_list(task_id)
            return
        reading = self._reading = object()
        self._medium_while_reading = project.medium(task_id)

        def take(clips: ClipList) -> None:
            if self._reading is reading:
                self._reading = self._medium_while_reading = None
                self.clips = clips
                late, self._late = self._late, set()
                self.changed.emit()
                if late:
                    self._on_change(late)

        def fail(error: WorkbenchError) -> None:
            if self._reading is reading:
                self._reading = self._medium_while_reading = None
                self._session.notices.error(error, key="clips")
                self.changed.emit()

        self._background.start(lambda: project.clip_list(task_id), take, fail)


def _taken_by(backbone: str) -> Medium:
    """Of the default backbone that is known without asking, which would load the engine."""
    if backbone == DEFAULT_BACKBONE:
        return Medium.SOUND
    from workbench.backbones.registry import takes_pictures

    return Medium.PICTURE if takes_pictures(backbone) else Medium.SOUND


def task_of(name: str, rows: Collection[ClipRow]) -> Task:
    """Clips as a task, for the data doctor."""
    clips = tuple(row.clip for row in rows)
    return Task(name, ordered_classes({clip.label for clip in clips}), clips)
