"""Keeps what the recorder delivers: each good take is stored at once, so that none can be lost."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.audio.files import Samples
from workbench.audio.takes import Take
from workbench.data.task import SILENCE
from workbench.errors import WorkbenchError
from workbench.gui.bridge.microphone import RATE_HZ
from workbench.gui.bridge.player import Player
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.pages.data_listen import Listening
from workbench.gui.pages.data_recorder import RecorderCard
from workbench.gui.pages.data_takes import TakeChip
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
        self._replaced: TakeChip | None = None
        self._stored = 0
        card.began.connect(self._begin)
        card.redo_began.connect(self._begin_redo)
        card.recorder.take.connect(self._keep)
        card.recorder.room.connect(self._keep_room)
        card.takes.play_wanted.connect(self._play)
        card.takes.redo_wanted.connect(card.redo)
        card.takes.remove_wanted.connect(self._remove)
        library.changed.connect(self._drop_chips)
        library.edited.connect(self._drop_chips)

    def _begin(self) -> None:
        self._replaced, self._stored = None, 0
        self._edits.begin_recording()

    def _begin_redo(self, chip: TakeChip) -> None:
        self._begin()
        self._replaced = chip

    def _keep(self, take: Take) -> None:
        chip = self._replaced
        if chip is not None and take.is_good:
            self._replaced = None
            self._replace(chip, take)
        elif chip is None:
            clip_id = self._store(take) if take.is_good else None
            if clip_id is not None or not take.is_good:
                self._card.takes.add(take, clip_id)

    def _replace(self, chip: TakeChip, take: Take) -> None:
        """Store the new take and remove the one that it replaces, as one step to undo."""
        old_id = chip.clip_id
        self._session.undo_stack.beginMacro(self.tr("redo a take"))
        clip_id = self._store(take)
        if clip_id is not None:
            chip.show_take(take, clip_id)
            self._remove_clip(old_id)
        self._session.undo_stack.endMacro()

    def _store(self, take: Take) -> str | None:
        """Store a take in the project; an error ends the recording."""
        project = self._session.project
        if project is None:
            return None
        word, speaker = self._card.chosen_word, self._card.chosen_speaker
        try:
            task_id = self._library.ensure_task(self.tr("My words"))
            record = project.add_recording(task_id, word, speaker, take.samples, RATE_HZ)
        except WorkbenchError as error:
            self._fail(error)
            return None
        self._stored += 1
        self._edits.recorded(record, self._stored)
        return str(record.id)

    def _keep_room(self, samples: Samples) -> None:
        project = self._session.project
        if project is None:
            return
        self._begin()
        length = round(ROOM_CLIP_S * RATE_HZ)
        try:
            task_id = self._library.ensure_task(self.tr("My words"))
            for start in range(0, len(samples) - length + 1, length):
                piece = samples[start : start + length]
                record = project.add_recording(task_id, SILENCE, "", piece, RATE_HZ)
                self._stored += 1
                self._edits.recorded(record, self._stored)
        except WorkbenchError as error:
            self._fail(error)

    def _fail(self, error: WorkbenchError) -> None:
        self._card.recorder.stop()
        self._session.notices.error(error, key="recording")

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

    def _drop_chips(self) -> None:
        """An undo may have taken away the clips of some chips; while clips are read none is missed."""
        if not self._library.is_reading:
            self._card.takes.keep_only(self._is_present)

    def _is_present(self, clip_id: str) -> bool:
        clip = self._library.clips.get(clip_id)
        return clip is not None and not clip.removed
