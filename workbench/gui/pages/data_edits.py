"""Changes to clips as undoable commands; the project keeps removed clips until they are restored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand

from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.gui.plural import plural
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import ClipRecord, Project

Value = TypeVar("Value", bound=Hashable)
_RECORDING_ID = 1


class _Change(QUndoCommand):
    """One change and its opposite; a failure is shown and leaves nothing to undo."""

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
            self._session.notices.error(error, key="clips")
        self._session.clips_changed.emit()


class _Recording(_Change):
    """Takes of one recording, already stored when pushed; they are undone together."""

    def __init__(
        self, session: Session, text: str, project: Project, ids: list[str], recording: int
    ) -> None:
        super().__init__(
            session,
            text,
            lambda: project.restore_clips(self.ids),
            lambda: project.remove_clips(self.ids),
        )
        self.ids = ids
        self._recording = recording
        self._stored = True

    def redo(self) -> None:
        if self._stored:
            self._stored = False
            self._session.clips_changed.emit()
        else:
            super().redo()

    def id(self) -> int:
        return _RECORDING_ID

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Recording) or other._recording != self._recording:
            return False
        self.ids += other.ids
        self.setText(other.text())
        return True


class ClipEdits(QObject):
    """The verbs of the Data station. Each is one entry of the undo stack."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._recordings = 0

    def remove(self, records: Sequence[ClipRecord]) -> None:
        """Move clips to the project's trash."""
        project, ids = self._target(records)
        text = plural(len(ids), self.tr("remove 1 clip"), self.tr("remove {0} clips"))
        self._push(text, lambda: project.remove_clips(ids), lambda: project.restore_clips(ids))

    def restore(self, records: Sequence[ClipRecord]) -> None:
        """Bring clips back from the trash."""
        project, ids = self._target(records)
        text = plural(len(ids), self.tr("restore 1 clip"), self.tr("restore {0} clips"))
        self._push(text, lambda: project.restore_clips(ids), lambda: project.remove_clips(ids))

    def relabel(self, records: Sequence[ClipRecord], word: str) -> None:
        """Say which word is spoken."""
        project = self._target(records)[0]
        text = self.tr("relabel {0} as “{1}”").format(self._clips(len(records)), word)
        self._set(records, word, lambda one: one.clip.label, project.relabel, text)

    def rename_class(self, records: Sequence[ClipRecord], word: str) -> None:
        """Rename a class: all its clips get the new word."""
        project = self._target(records)[0]
        text = self.tr("rename “{0}” to “{1}”").format(records[0].clip.label, word)
        self._set(records, word, lambda one: one.clip.label, project.relabel, text)

    def set_speaker(self, records: Sequence[ClipRecord], speaker: str) -> None:
        """Say who speaks."""
        project = self._target(records)[0]
        text = self.tr("set the speaker of {0}").format(self._clips(len(records)))
        self._set(records, speaker, lambda one: one.clip.speaker, project.set_speaker, text)

    def set_split(self, records: Sequence[ClipRecord], split: Split) -> None:
        """Use clips for training, validation or test."""
        project = self._target(records)[0]
        text = self.tr("move {0} to {1}").format(self._clips(len(records)), split.value)
        self._set(records, split, lambda one: one.clip.split, project.set_split, text)

    def set_splits(self, wanted: Mapping[Split, Sequence[ClipRecord]], text: str) -> None:
        """Move clips to several parts in one step."""
        self._session.undo_stack.beginMacro(text)
        for split, records in wanted.items():
            self.set_split(records, split)
        self._session.undo_stack.endMacro()

    def split_again(self, records: Sequence[ClipRecord]) -> None:
        """Divide all clips of the task into train, validation and test anew."""
        project = self._target(records)[0]
        task_id = records[0].task_id
        before: dict[Split | None, list[str]] = defaultdict(list)
        for record in records:
            before[record.clip.split].append(record.id)

        def undo() -> None:
            for split, ids in before.items():
                project.set_split(ids, split)

        self._push(self.tr("split again"), lambda: project.redo_splits(task_id), undo)

    def begin_recording(self) -> None:
        """Takes added from now on are undone together."""
        self._recordings += 1

    def recorded(self, record: ClipRecord, count: int) -> None:
        """Note a take that the project has stored; ``count`` takes of this recording so far."""
        project, ids = self._target([record])
        text = plural(count, self.tr("record 1 take"), self.tr("record {0} takes"))
        text = self.tr("{0} of “{1}”").format(text, record.clip.label)
        command = _Recording(self._session, text, project, ids, self._recordings)
        self._session.undo_stack.push(command)

    def make_silence(self) -> None:
        """Have the project make clips of noise."""
        project, task_id = self._session.project, self._session.task_id
        assert project is not None
        assert task_id is not None
        try:
            made = project.add_silence(task_id)
        except WorkbenchError as error:
            self._session.notices.error(error, key="clips")
            return
        text = self.tr("make {0} of noise").format(self._clips(len(made)))
        self._note_added(project, list(made), text)

    def imported(self, ids: Iterable[str]) -> None:
        """Note clips that an import has stored."""
        project = self._session.project
        assert project is not None
        added = list(ids)
        self._note_added(project, added, self.tr("import {0}").format(self._clips(len(added))))

    def _note_added(self, project: Project, ids: list[str], text: str) -> None:
        """Make clips that are stored already one entry of the undo stack."""
        self.begin_recording()
        self._session.undo_stack.push(
            _Recording(self._session, text, project, ids, self._recordings)
        )

    def _clips(self, number: int) -> str:
        return plural(number, self.tr("1 clip"), self.tr("{0} clips"))

    def _set(
        self,
        records: Sequence[ClipRecord],
        wanted: Value,
        read: Callable[[ClipRecord], Value | None],
        write: Callable[[list[str], Value], None],
        text: str,
    ) -> None:
        """Give clips one value; undo gives each its old one back."""
        before: dict[Value, list[str]] = defaultdict(list)
        for record in records:
            old = read(record)
            if old is not None and old != wanted:
                before[old].append(record.id)
        changed = [clip_id for ids in before.values() for clip_id in ids]
        if not changed:
            return

        def undo() -> None:
            for old, ids in before.items():
                write(ids, old)

        self._push(text, lambda: write(changed, wanted), undo)

    def _push(self, text: str, do: Callable[[], None], undo: Callable[[], None]) -> None:
        self._session.undo_stack.push(_Change(self._session, text, do, undo))

    def _target(self, records: Sequence[ClipRecord]) -> tuple[Project, list[str]]:
        project = self._session.project
        assert project is not None
        return project, [record.id for record in records]
