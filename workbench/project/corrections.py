"""Clips of what a patch got wrong while it listened: the next patch is to learn from them."""

from __future__ import annotations

from workbench.audio.files import Samples
from workbench.data.splits import new_is_by_speaker
from workbench.data.task import Split
from workbench.project.project import Project
from workbench.project.records import ClipRecord


def keep_correction(
    project: Project, task_id: str, label: str, speaker: str, samples: Samples, rate_hz: int
) -> ClipRecord:
    """Keep sound (sample,) as a clip to train on.

    It goes to another part only where speakers are kept whole and this one's clips are there.

    Raises:
        WorkbenchError: as ``Project.add_recording``.
    """
    record = project.add_recording(task_id, label, speaker, samples, rate_hz)
    if record.clip.split is Split.TRAIN or _is_with_its_speaker(project, record):
        return record
    project.set_split([record.id], Split.TRAIN)
    return project.clip_rows([record.id])[0].record


def _is_with_its_speaker(project: Project, record: ClipRecord) -> bool:
    speakers = project.clip_list(record.task_id).present.speakers
    counts: dict[tuple[str, Split | None], int] = {
        (speaker, part): number
        for speaker, numbers in speakers.items()
        for part, number in zip(Split, numbers, strict=True)
        if number
    }
    return bool(record.clip.speaker) and new_is_by_speaker(record.clip, counts)
