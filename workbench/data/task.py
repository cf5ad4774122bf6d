"""A task: classes, clips and their split. Plain frozen records; nothing is loaded here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from workbench.images.suffixes import is_picture

SILENCE = "_silence_"
UNKNOWN = "_unknown_"


class Split(StrEnum):
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Medium(StrEnum):
    SOUND = "sound"
    PICTURE = "picture"

    @property
    def example(self) -> str:
        """What one example is called."""
        return "clip" if self is Medium.SOUND else "picture"


@dataclass(frozen=True)
class Clip:
    """One example on disk.

    Attributes:
        path: Sound or picture file.
        label: Class name.
        split: Part it belongs to; None until splits are assigned.
        speaker: Who speaks, or of a picture whatever it shares with others that must stay in one part with it; empty
            when unknown.
        start_s, duration_s: Part of a sound file, in seconds; None means to the end.
        index: Which picture of a file that holds many, as IDX does, from 0; None where the file is one.
    """

    path: Path
    label: str
    split: Split | None = None
    speaker: str = ""
    start_s: float = 0.0
    duration_s: float | None = None
    index: int | None = None

    @property
    def medium(self) -> Medium:
        return Medium.PICTURE if is_picture(self.path) else Medium.SOUND

    @property
    def name(self) -> str:
        """Short, for people."""
        return self.path.name if self.index is None else f"{self.path.name} [{self.index}]"

    def with_split(self, split: Split) -> Clip:
        return replace(self, split=split)


@dataclass(frozen=True)
class Task:
    """Classes and clips.

    Attributes:
        name: Shown to the user.
        classes: Label order of the head; ``_silence_`` and ``_unknown_`` come first where present.
        clips: All usable clips; each has a split once ``assign_splits`` ran.
    """

    name: str
    classes: tuple[str, ...]
    clips: tuple[Clip, ...]

    def part(self, split: Split) -> tuple[Clip, ...]:
        return tuple(clip for clip in self.clips if clip.split is split)

    def counts(self) -> dict[str, dict[Split | None, int]]:
        """Clips per class and split."""
        counter = Counter((clip.label, clip.split) for clip in self.clips)
        table: dict[str, dict[Split | None, int]] = {label: {} for label in self.classes}
        for (label, split), count in counter.items():
            table[label][split] = count
        return table

    @property
    def medium(self) -> Medium:
        """Of all its clips; sound where there are none."""
        return self.clips[0].medium if self.clips else Medium.SOUND

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(sorted({clip.speaker for clip in self.clips if clip.speaker}))


def is_word(label: str) -> bool:
    """Whether a class is something to be recognised, not background."""
    return label not in (SILENCE, UNKNOWN)


def ordered_classes(labels: set[str]) -> tuple[str, ...]:
    """Silence and unknown first, then the words in alphabetical order."""
    special = [label for label in (SILENCE, UNKNOWN) if label in labels]
    return (*special, *sorted(labels - {SILENCE, UNKNOWN}))
