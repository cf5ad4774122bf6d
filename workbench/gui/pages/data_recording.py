"""Keeps what the recorder delivers: each good take is stored at once, where its recording began."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples
from workbench.audio.hands_free import TakePlan
from workbench.audio.takes import Take
from workbench.data.task import SILENCE
from workbench.errors import WorkbenchError
from workbench.gui.bridge.clip_changes import ClipChange
from workbench.gui.bridge.player import Player
from workbench.gui.pages.data_edits import ROWS_PER_FILE, ClipEdits
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.pages.data_listen import Listening
from workbench.gui.pages.data_recorder import ONE_TAKE, RecorderCard
from workbench.gui.pages.data_takes import Place, TakeChip
from workbench.gui.plural import plural
from workbench.gui.session import Session

ROOM_CLIP_S = 1.0


class TakeKeeper(QObject):
    """Stands between the recorder and the project."""

    def __init__(
        self,
        session: Session,
        card: RecorderCard,
        library: ClipLibrary,
        edits: ClipEdits,
        listening: Listening,
    ) -> None:
        super().__init__(card)
        self._session, self._card = session, card
        self._library, self._edits, self._listening = library, edits, listening
        self._player = Player(self)
        self._player.failed.connect(listening.failed)
        self._place: Place | None = None
        self._replaced: TakeChip | None = None
        self._stored = 0
        card.wanted.connect(self._record)
        card.recorder.take.connect(self._keep)
        card.recorder.room.connect(self._keep_room)
        card.takes.play_wanted.connect(self._play)
        card.takes.redo_wanted.connect(self._redo)
        card.takes.remove_wanted.connect(self._remove)
        card.takes.again_wanted.connect(self._store)
        library.changed.connect(self._drop_chips)
        library.edited.connect(self._drop_chips)
        session.task_changed.connect(self._leave)

    def record_room(self) -> None:
        """Record background noise."""
        if self._begin_here(SILENCE, "") is not None:
            self._card.start_room()

    def _record(self, plan: TakePlan) -> None:
        place = self._begin_here(self._card.chosen_word, self._card.chosen_speaker)
        if place is not None:
            self._clear_chips()
            self._card.start(plan, place.word)

    def _redo(self, chip: TakeChip) -> None:
        self._begin(chip.place)
        self._replaced = chip
        self._card.start(ONE_TAKE, chip.place.word)

    def _begin_here(self, word: str, speaker: str) -> Place | None:
        """Begin a recording for the task that is shown; None when there is none and none can be made."""
        project = self._session.project
        if project is None:
            return None
        try:
            task_id = self._library.ensure_task(self.tr("My words"))
        except WorkbenchError as error:
            self._session.notices.error(error, key="recording")
            return None
        place = Place(project, task_id, word, speaker)
        self._begin(place)
        return place

    def _begin(self, place: Place) -> None:
        self._card.recorder.stop()
        self._place, self._replaced, self._stored = place, None, 0
        self._edits.begin_recording()

    def _leave(self) -> None:
        """Another task is shown: what is recorded for the one before ends, and what was taken is kept."""
        self._card.recorder.stop()
        self._clear_chips()

    def _keep(self, take: Take) -> None:
        assert self._place is not None
        chip = self._replaced
        if chip is None or chip not in self._card.takes.chips:
            chip = self._card.takes.add(take, self._place)
        elif take.is_good:
            self._replaced = None
            chip.show_take(take)
        if take.is_good:
            self._store(chip)

    def _store(self, chip: TakeChip) -> None:
        """Put the take of a chip into its task; a clip that was recorded before it goes."""
        assert chip.take is not None
        place, samples = chip.place, chip.take.samples

        def act() -> list[str]:
            record = place.project.add_recording(
                place.task_id, place.word, place.speaker, samples, RATE_HZ
            )
            return [record.id]

        def note(ids: Collection[str]) -> None:
            (clip_id,) = ids
            self._note(chip, clip_id)

        def fail(error: WorkbenchError) -> None:
            chip.show_refused()
            self._fail(
                error,
                self.tr("The take is held in the window as long as the project is open."),
                self.tr("Then press “Try again” at the take."),
            )

        self._session.clip_changes.make(ClipChange(act, ROWS_PER_FILE, note, fail))

    def _note(self, chip: TakeChip, clip_id: str) -> None:
        old_id = chip.clip_id
        chip.show_kept(clip_id)
        if old_id is None:
            self._stored += 1
            self._edits.recorded(clip_id, chip.place.word, self._stored)
        else:
            stack = self._session.undo_stack
            stack.beginMacro(self.tr("redo a take"))
            self._edits.recorded(clip_id, chip.place.word, 1)
            self._remove_clip(old_id)
            stack.endMacro()
        self._drop_chips()  # one that was held may belong to a task that is not shown

    def _keep_room(self, samples: Samples) -> None:
        """Store the whole seconds that were heard, together."""
        place = self._place
        if place is None or place.project is not self._session.project:
            return
        length = round(ROOM_CLIP_S * RATE_HZ)
        starts = range(0, len(samples) - length + 1, length)
        pieces = [samples[start : start + length] for start in starts]

        def act() -> Collection[str]:
            return place.project.add_background(place.task_id, pieces, RATE_HZ)

        def note(ids: Collection[str]) -> None:
            one, many = (
                self.tr("record 1 clip of the room"),
                self.tr("record {0} clips of the room"),
            )
            self._edits.note_added(ids, plural(len(ids), one, many))

        def fail(error: WorkbenchError) -> None:
            self._fail(
                error,
                self.tr("Nothing of the room was added to the task."),
                self.tr("Then record the room again."),
            )

        if pieces:
            size = ROWS_PER_FILE * len(pieces)
            self._session.clip_changes.make(ClipChange(act, size, note, fail))

    def _fail(self, error: WorkbenchError, data: str, then: str) -> None:
        self._card.recorder.stop()
        told = WorkbenchError(error.message, data=data, hint=f"{error.hint} {then}")
        self._session.notices.error(told, key="recording")

    def _play(self, chip: TakeChip) -> None:
        if chip.take is not None:
            self._listening.player.stop()
            self._player.play(chip.take.samples, RATE_HZ)

    def _remove(self, chip: TakeChip) -> None:
        clip_id = chip.clip_id
        self._card.takes.discard(chip)
        self._remove_clip(clip_id)

    def _remove_clip(self, clip_id: str | None) -> None:
        found = self._library.clips.get(clip_id) if clip_id is not None else None
        if found is not None:
            self._edits.remove([found])

    def _clear_chips(self) -> None:
        """Take the chips away; a take that is nowhere else stays as long as its project is open."""
        project = self._session.project
        self._card.takes.keep_only(lambda chip: chip.is_held and chip.place.project is project)

    def _drop_chips(self) -> None:
        """An undo may have taken away the clips of some chips; while clips are read none is missed."""
        if not self._library.is_reading:
            self._card.takes.keep_only(lambda chip: chip.is_held or self._is_present(chip.clip_id))

    def _is_present(self, clip_id: str | None) -> bool:
        clip = self._library.clips.get(clip_id) if clip_id is not None else None
        return clip_id is None or (clip is not None and not clip.removed)
