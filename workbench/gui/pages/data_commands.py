"""What the undo stack holds for clips: a change, takes of one recording, and what clips were before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtGui import QUndoCommand
from shiboken6 import isValid

from workbench.errors import WorkbenchError
from workbench.gui.bridge.clip_changes import ClipChange
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow
    from workbench.project.project import Project

Value = TypeVar("Value")
Act = Callable[[], Collection[str]]
"""Changes clips in the project, on any thread, and returns their ids."""

_RECORDING_ID = 1


class ClipCommand(QUndoCommand):
    """One change and its opposite; a failure is shown and leaves nothing to undo."""

    def __init__(self, session: Session, text: str, do: Act, undo: Act, size: int) -> None:
        super().__init__(text)
        self._session = session
        self._do, self._undo = do, undo
        self._size = size

    def redo(self) -> None:
        self._run(self._do)

    def undo(self) -> None:
        self._run(self._undo)

    def _run(self, act: Act) -> None:
        changed = self._session.clips_changed
        self._session.clip_changes.make(ClipChange(act, self._size, changed.emit, self._fail))

    def _fail(self, error: WorkbenchError) -> None:
        if isValid(self):  # a later command may have taken its place by now
            self.setObsolete(True)
        self._session.notices.error(error, key="clips")
        self._session.clips_changed.emit(None)


class RecordingCommand(ClipCommand):
    """Takes of one recording, already stored when pushed; they are undone together."""

    def __init__(
        self, session: Session, text: str, project: Project, ids: list[str], recording: int
    ) -> None:
        def restore() -> list[str]:
            project.restore_clips(ids)
            return ids

        def remove() -> list[str]:
            project.remove_clips(ids)
            return ids

        super().__init__(session, text, restore, remove, len(ids))
        self.ids = ids
        self._recording = recording
        self._stored = True

    def redo(self) -> None:
        if self._stored:
            self._stored = False
            self._session.clips_changed.emit(tuple(self.ids))
        else:
            super().redo()

    def id(self) -> int:
        return _RECORDING_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, RecordingCommand) or other._recording != self._recording:
            return False
        self.ids += other.ids
        self._size = len(self.ids)
        self.setText(other.text())
        return True


class Before(Generic[Value]):
    """One value of clips as it was before a change."""

    def __init__(
        self,
        read: Callable[[ClipRow], Value],
        write: Callable[[Sequence[str], Value], None],
    ) -> None:
        self._read, self._write = read, write
        self._ids: dict[Value, list[str]] = {}

    def note(self, clips: Iterable[ClipRow]) -> list[str]:
        """Remember what clips are; returns their ids."""
        ids: dict[Value, list[str]] = defaultdict(list)
        for clip in clips:
            ids[self._read(clip)].append(clip.id)
        self._ids = ids
        return [clip_id for some in ids.values() for clip_id in some]

    def bring_back(self) -> list[str]:
        """Give each clip its value back; returns their ids."""
        for value, ids in self._ids.items():
            self._write(ids, value)
        return [clip_id for some in self._ids.values() for clip_id in some]
