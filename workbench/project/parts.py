"""Which clips of a task are trained on, which validate and which are kept for the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.data.splits import assign_splits, new_is_by_speaker, split_of_new
from workbench.data.task import SILENCE, Clip, Split
from workbench.project.catalogue import Catalogue
from workbench.project.records import ClipRecord

SPLIT_SEED = 0


class Parts:
    """Gives clips their part; one that has a part keeps it unless all are divided anew."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def assign_missing(self, task_id: str) -> tuple[Clip, ...]:
        """Clips that have a part keep it, and where speakers are whole, new clips follow theirs."""
        records = self._catalogue.clips(task_id)
        clips = assign_splits([record.clip for record in records], SPLIT_SEED)
        self._store(records, clips)
        return clips

    def redo(self, task_id: str, seed: int) -> None:
        """Forget the parts of all clips and assign them anew, by speaker."""
        records = self._catalogue.clips(task_id)
        clips = assign_splits([replace(record.clip, split=None) for record in records], seed)
        self._store(records, clips)

    def of_recording(self, task_id: str, clip: Clip) -> Split:
        """The part of a new recording.

        Beside enough other speakers a person new to the task is trained on: what somebody records is
        meant to teach, and a hash might put all of it where it is only measured.
        """
        counts = self._catalogue.count_clips(task_id, "speaker")
        if any(part is None for _, part in counts):
            self.assign_missing(task_id)
            counts = self._catalogue.count_clips(task_id, "speaker")
        is_new = bool(clip.speaker) and all(speaker != clip.speaker for speaker, _ in counts)
        if is_new and clip.label != SILENCE and new_is_by_speaker(clip, counts):
            return Split.TRAIN

        def alike() -> list[Clip]:
            return [row.clip for row in self._catalogue.clips_of_label(task_id, clip.label)]

        return split_of_new(clip, counts, alike, SPLIT_SEED)

    def _store(self, records: Sequence[ClipRecord], clips: Sequence[Clip]) -> None:
        changed = [
            (clip.split, record.id)
            for record, clip in zip(records, clips, strict=True)
            if clip.split is not None and clip.split is not record.clip.split
        ]
        if changed:
            self._catalogue.set_splits(changed)
