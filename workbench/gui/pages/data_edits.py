"""Changes to clips as undoable commands; the project keeps removed clips until they are restored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject

from workbench.data.task import Medium, Split
from workbench.errors import WorkbenchError
from workbench.gui.bridge.clip_changes import ClipChange
from workbench.gui.engine_words import engine_text
from workbench.gui.examples import examples
from workbench.gui.pages.data_commands import Act, Before, ClipCommand, RecordingCommand
from workbench.gui.plural import plural
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow
    from workbench.project.project import Project

Value = TypeVar("Value")

ROWS_PER_FILE = 150
"""How many rows can be changed in the time in which one file is written safely."""


class ClipEdits(QObject):
    """The verbs of the Data station. Each is one entry of the undo stack.

    What clips were before a change is read when the change is made: the list on screen may be older.

    Attributes:
        medium: What the clips are called by in the Edit menu.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.medium = Medium.SOUND
        self._recordings = 0

    def remove(self, clips: Sequence[ClipRow]) -> None:
        """Move clips to the project's trash."""
        ids = [clip.id for clip in clips]
        text = self.tr("remove {0}").format(self._clips(len(ids)))
        self._push(text, self._moved(ids, into_trash=True), self._moved(ids, into_trash=False), ids)

    def restore(self, clips: Sequence[ClipRow]) -> None:
        """Bring clips back from the trash."""
        ids = [clip.id for clip in clips]
        text = self.tr("restore {0}").format(self._clips(len(ids)))
        self._push(text, self._moved(ids, into_trash=False), self._moved(ids, into_trash=True), ids)

    def relabel(self, clips: Sequence[ClipRow], word: str) -> None:
        """Say which word is spoken."""
        text = self.tr("relabel {0} as “{1}”").format(self._clips(len(clips)), word)
        self._set(clips, word, lambda clip: clip.label, self._project.relabel, text)

    def rename_class(self, clips: Sequence[ClipRow], word: str) -> None:
        """Rename a class: all its clips get the new word."""
        text = self.tr("rename “{0}” to “{1}”").format(clips[0].label, word)
        self._set(clips, word, lambda clip: clip.label, self._project.relabel, text)

    def set_speaker(self, clips: Sequence[ClipRow], speaker: str) -> None:
        """Say who speaks."""
        text = self.tr("set the speaker of {0}").format(self._clips(len(clips)))
        self._set(clips, speaker, lambda clip: clip.speaker, self._project.set_speaker, text)

    def set_split(self, clips: Sequence[ClipRow], split: Split) -> None:
        """Use clips for training, validation or test."""
        text = self.tr("move {0} to {1}").format(self._clips(len(clips)), engine_text(split.value))
        wanted: Split | None = split
        self._set(clips, wanted, _split, self._project.set_split, text)

    def divide(
        self,
        clips: Sequence[ClipRow],
        choose: Callable[[Sequence[ClipRow]], Mapping[Split, Sequence[ClipRow]]],
        text: str,
    ) -> None:
        """Move clips to the parts that ``choose`` finds for them when it is their turn."""
        project, before = self._project, Before(_split, self._project.set_split)

        def do() -> list[str]:
            wanted = choose(project.clip_rows([clip.id for clip in clips]))
            ids = before.note([clip for part in wanted.values() for clip in part])
            for split, part in wanted.items():
                project.set_split([clip.id for clip in part], split)
            return ids

        self._push(text, do, before.bring_back, clips)

    def split_again(self, clips: Sequence[ClipRow]) -> None:
        """Divide all clips of the task into train, validation and test anew."""
        project, task_id = self._project, clips[0].task_id
        before = Before(_split, project.set_split)

        def do() -> list[str]:
            ids = before.note(project.clip_list(task_id).present.rows)
            project.redo_splits(task_id)
            return ids

        self._push(self.tr("split again"), do, before.bring_back, clips)

    def begin_recording(self) -> None:
        """Takes added from now on are undone together."""
        self._recordings += 1

    def recorded(self, clip_id: str, word: str, count: int) -> None:
        """Note a take that the project has stored; ``count`` takes of this recording so far."""
        text = plural(count, self.tr("record 1 take"), self.tr("record {0} takes"))
        self._push_stored(self.tr("{0} of “{1}”").format(text, word), [clip_id])

    def make_silence(self, clips: Sequence[ClipRow]) -> None:
        """Have the project make clips of noise for the clips of a task."""
        project, task_id = self._project, clips[0].task_id

        def note(made: Collection[str]) -> None:
            self.note_added(made, self.tr("make {0} of noise").format(self._clips(len(made))))

        def fail(error: WorkbenchError) -> None:
            self._session.notices.error(error, key="clips")

        size = ROWS_PER_FILE * len(clips)
        change = ClipChange(lambda: project.add_silence(task_id), size, note, fail)
        self._session.clip_changes.make(change)

    def imported(self, ids: Collection[str]) -> None:
        """Note clips that an import has stored."""
        self.note_added(ids, self.tr("import {0}").format(self._clips(len(ids))))

    def note_added(self, ids: Collection[str], text: str) -> None:
        """Make clips that are stored already one entry of the undo stack, which takes do not join."""
        self.begin_recording()
        self._push_stored(text, list(ids))
        self.begin_recording()

    def _push_stored(self, text: str, ids: list[str]) -> None:
        self._session.undo_stack.push(
            RecordingCommand(self._session, text, self._project, ids, self._recordings)
        )

    def _clips(self, number: int) -> str:
        return examples(number, self.medium)

    def _set(
        self,
        clips: Sequence[ClipRow],
        wanted: Value,
        read: Callable[[ClipRow], Value],
        write: Callable[[Sequence[str], Value], None],
        text: str,
    ) -> None:
        """Give clips one value; undo gives each its old one back."""
        ids = [clip.id for clip in clips if read(clip) != wanted]
        project, before = self._project, Before(read, write)

        def do() -> list[str]:
            changed = before.note(project.clip_rows(ids))
            write(changed, wanted)
            return changed

        if ids:
            self._push(text, do, before.bring_back, ids)

    def _moved(self, ids: list[str], *, into_trash: bool) -> Act:
        project = self._project

        def act() -> list[str]:
            (project.remove_clips if into_trash else project.restore_clips)(ids)
            return ids

        return act

    def _push(self, text: str, do: Act, undo: Act, touched: Sequence[object]) -> None:
        self._session.undo_stack.push(ClipCommand(self._session, text, do, undo, len(touched)))

    @property
    def _project(self) -> Project:
        project = self._session.project
        assert project is not None
        return project


def _split(clip: ClipRow) -> Split | None:
    return Split(clip.split) if clip.split else None
