"""What the button beside a finding of the data doctor does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from workbench.data.findings import Finding, Kind
from workbench.data.splits import MIN_SPEAKERS, assign_splits
from workbench.data.task import Split

if TYPE_CHECKING:
    from workbench.project.project import ClipRecord


class Remedy(Enum):
    """Ways to act on a finding."""

    MOVE = auto()
    REMOVE_COPIES = auto()
    REMOVE = auto()
    SHOW = auto()
    RECORD = auto()
    RECORD_ROOM = auto()
    MAKE_NOISE = auto()


_REMEDIES = {
    Kind.SPEAKER_IN_SPLITS: (Remedy.MOVE,),
    Kind.SPLIT_BY_CLIP: (Remedy.RECORD,),
    Kind.DUPLICATE: (Remedy.REMOVE_COPIES,),
    Kind.DUPLICATE_IN_SPLITS: (Remedy.REMOVE_COPIES,),
    Kind.DUPLICATE_LABELS: (Remedy.SHOW,),
    Kind.NEAR_DUPLICATE: (Remedy.REMOVE_COPIES,),
    Kind.UNREADABLE: (Remedy.REMOVE,),
    Kind.SILENT: (Remedy.REMOVE,),
    Kind.QUIET: (Remedy.SHOW,),
    Kind.CLIPPED: (Remedy.SHOW,),
    Kind.FEW_CLIPS: (Remedy.RECORD,),
    Kind.NOT_MEASURED: (Remedy.RECORD,),
    Kind.IMBALANCE: (Remedy.RECORD,),
    Kind.NO_SILENCE: (Remedy.RECORD_ROOM, Remedy.MAKE_NOISE),
    Kind.UNKNOWN_SPEAKERS: (Remedy.SHOW,),
}


def remedies(finding: Finding, records: Sequence[ClipRecord]) -> tuple[Remedy, ...]:
    """What the buttons of a finding do, the better one first."""
    speakers = {record.clip.speaker for record in records} - {""}
    if finding.kind is Kind.SPEAKER_IN_SPLITS and len(speakers) < MIN_SPEAKERS:
        return (Remedy.RECORD,)
    return _REMEDIES.get(finding.kind, ())


def records_of(finding: Finding, records: Sequence[ClipRecord]) -> list[ClipRecord]:
    """The records of the clips in question, in the order of the finding."""
    by_clip = {record.clip: record for record in records}
    return [by_clip[clip] for clip in finding.clips if clip in by_clip]


def reunited(finding: Finding, records: Sequence[ClipRecord]) -> dict[Split, list[ClipRecord]]:
    """Where to move clips so that each torn speaker is in one part: most of its clips stay."""
    torn = {clip.speaker for clip in finding.clips}
    parts: dict[str, Counter[Split | None]] = defaultdict(Counter)
    for record in records:
        parts[record.clip.speaker][record.clip.split] += 1
    home = {speaker: parts[speaker].most_common(1)[0][0] for speaker in torn}
    loose = [
        replace(one.clip, split=None)
        if one.clip.split != home.get(one.clip.speaker, one.clip.split)
        else one.clip
        for one in records
    ]
    moves: dict[Split, list[ClipRecord]] = defaultdict(list)
    for record, clip in zip(records, assign_splits(loose), strict=True):
        if clip.split is not None and clip.split != record.clip.split:
            moves[clip.split].append(record)
    return dict(moves)
