"""A task's clips as plain rows in their order: light enough to hold and to count a hundred thousand."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from workbench.data.task import Clip, Split, is_word
from workbench.project.records import ClipRecord

Parts = tuple[int, int, int]
Change = tuple["ClipRow | None", "ClipRow"]
"""A clip before an edit, or None if it was not there, and after it."""


class ClipRow(NamedTuple):
    """A clip as the catalogue stores it.

    Attributes:
        path: Audio file or picture.
        start_s, piece_s: Part of the file that is the clip; None means to the end.
        length_s: Duration of the clip; 0 for a picture.
        flags: Words such as ``clipped``, separated by blanks.
        file_index: Which picture of a file that holds many.
        source: How the clip was called where it was imported from.
    """

    id: str
    task_id: str
    path: str
    sha256: str
    label: str
    split: str | None
    speaker: str
    start_s: float
    piece_s: float | None
    length_s: float
    flags: str
    removed: int
    file_index: int | None = None
    source: str = ""

    @property
    def clip(self) -> Clip:
        split = Split(self.split) if self.split else None
        return Clip(
            Path(self.path),
            self.label,
            split,
            self.speaker,
            self.start_s,
            self.piece_s,
            self.file_index,
        )

    @property
    def record(self) -> ClipRecord:
        flags = tuple(self.flags.split())
        return ClipRecord(self.id, self.task_id, self.clip, self.sha256, self.length_s, flags)


def place(row: ClipRow) -> tuple[bool, str, int]:
    """Sort key of a list: what people recorded comes before background, then by class and age."""
    return (not is_word(row.label), row.label, int(row.id))


class Shelf:
    """Clips in order, with how many there are of each class and speaker in each part.

    Attributes:
        rows: In the order of ``place``.
        length_ms: Of all clips together.
    """

    def __init__(self, rows: Iterable[ClipRow] = ()) -> None:
        """Hold rows that are in order already."""
        self.rows = list(rows)
        self.length_ms = sum(_length_ms(row) for row in self.rows)
        self._labels = Counter((row.label, row.split) for row in self.rows)
        self._speakers = Counter((row.speaker, row.split) for row in self.rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shelf) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def labels(self) -> dict[str, Parts]:
        """Clips of each class in train, validation and test."""
        return _by_name(self._labels)

    @property
    def speakers(self) -> dict[str, Parts]:
        """Clips of each speaker in train, validation and test; the unknown ones under an empty name."""
        return _by_name(self._speakers)

    def add(self, row: ClipRow) -> None:
        self.rows.insert(self._find(row), row)
        self.length_ms += _length_ms(row)
        self._labels[row.label, row.split] += 1
        self._speakers[row.speaker, row.split] += 1

    def drop(self, row: ClipRow) -> None:
        del self.rows[self._find(row)]
        self.length_ms -= _length_ms(row)
        for counter, key in (
            (self._labels, (row.label, row.split)),
            (self._speakers, (row.speaker, row.split)),
        ):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]

    def _find(self, row: ClipRow) -> int:
        return bisect_left(self.rows, place(row), key=place)


class ClipList:
    """The clips of one task and its trash; after an edit only what it changed is taken in.

    Attributes:
        present, removed: The clips of the task, and those in its trash.
    """

    def __init__(self, rows: Sequence[ClipRow] = ()) -> None:
        """Hold all rows of a task, present ones and removed ones each in the order of ``place``."""
        self.present = Shelf(row for row in rows if not row.removed)
        self.removed = Shelf(row for row in rows if row.removed)
        self._by_id = {row.id: row for row in rows}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClipList) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def get(self, clip_id: str) -> ClipRow | None:
        return self._by_id.get(clip_id)

    def take(self, rows: Iterable[ClipRow]) -> list[Change]:
        """Put rows that were read anew in the place of what they were; returns what differs."""
        changes: list[Change] = []
        for new in rows:
            old = self._by_id.get(new.id)
            if old == new:
                continue
            if old is not None:
                self._shelf(old).drop(old)
            self._shelf(new).add(new)
            self._by_id[new.id] = new
            changes.append((old, new))
        return changes

    def _shelf(self, row: ClipRow) -> Shelf:
        return self.removed if row.removed else self.present


def _length_ms(row: ClipRow) -> int:
    return round(1000 * row.length_s)


def _by_name(counter: Counter[tuple[str, str | None]]) -> dict[str, Parts]:
    names = dict.fromkeys(name for name, _ in counter)
    return {
        name: (
            counter[name, Split.TRAIN] + counter[name, None],
            counter[name, Split.VAL],
            counter[name, Split.TEST],
        )
        for name in names
    }
