"""What the button beside a finding of the data doctor does."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from workbench.data.findings import Finding, Kind
from workbench.data.splits import MIN_SPEAKERS, assign_splits
from workbench.data.task import Medium, Split

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow


_STORED = re.compile(r"\b[0-9a-f]{64}[-\w]*(?:\.\w+)*(?: \[\d+\])?")
"""How the project calls its copy of a file, and one picture of many in it."""


class Remedy(Enum):
    """Ways to act on a finding."""

    MOVE = auto()
    REMOVE_COPIES = auto()
    REMOVE = auto()
    SHOW = auto()
    RECORD = auto()
    ADD = auto()
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
    Kind.FLAT: (Remedy.REMOVE,),
    Kind.SMALL: (Remedy.SHOW,),
    Kind.GREY: (Remedy.SHOW,),
}


def remedies(finding: Finding, speakers: int, medium: Medium) -> tuple[Remedy, ...]:
    """What the buttons of a finding do in a task of so many speakers, the better one first."""
    if medium is Medium.PICTURE:
        found = _REMEDIES.get(finding.kind, ())
        return tuple(Remedy.ADD if how is Remedy.RECORD else how for how in found)
    if finding.kind is Kind.SPEAKER_IN_SPLITS and speakers < MIN_SPEAKERS:
        return (Remedy.RECORD,)
    return _REMEDIES.get(finding.kind, ())


def rows_of(finding: Finding, rows: Iterable[ClipRow]) -> list[ClipRow]:
    """The rows of the clips in question, in the order of the finding."""
    paths = {str(clip.path) for clip in finding.clips}
    by_clip = {row.clip: row for row in rows if row.path in paths}
    return [by_clip[clip] for clip in finding.clips if clip in by_clip]


def with_sources(texts: Iterable[str], rows: Iterable[ClipRow]) -> list[str]:
    """Texts about files of the project, which are called by their content, with the names that people gave them."""
    found = list(texts)
    if not any(map(_STORED.search, found)):
        return found
    sources = {_stored_name(row): row.source for row in rows if row.source}

    def source(match: re.Match[str]) -> str:
        return sources.get(match[0], match[0])

    return [_STORED.sub(source, text) for text in found]


def _stored_name(row: ClipRow) -> str:
    name = os.path.basename(row.path)  # noqa: PTH119 - a hundred thousand paths would take long
    return name if row.file_index is None else f"{name} [{row.file_index}]"


def reunited(finding: Finding, rows: Sequence[ClipRow]) -> dict[Split, list[ClipRow]]:
    """Where to move clips so that each torn speaker is in one part: most of its clips stay."""
    torn = {clip.speaker for clip in finding.clips}
    clips = [row.clip for row in rows]
    parts: dict[str, Counter[Split | None]] = defaultdict(Counter)
    for clip in clips:
        parts[clip.speaker][clip.split] += 1
    home = {speaker: parts[speaker].most_common(1)[0][0] for speaker in torn}
    loose = [
        replace(one, split=None) if one.split != home.get(one.speaker, one.split) else one
        for one in clips
    ]
    moves: dict[Split, list[ClipRow]] = defaultdict(list)
    for row, before, clip in zip(rows, clips, assign_splits(loose), strict=True):
        if clip.split is not None and clip.split != before.split:
            moves[clip.split].append(row)
    return dict(moves)
