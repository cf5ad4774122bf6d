"""What the data doctor reports: plain frozen records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from workbench.data.task import Clip

Progress = Callable[[int, int], None]


class Severity(StrEnum):
    """INFO: good to know. WARNING: hurts the result. LEAK: makes measured figures wrong."""

    INFO = "info"
    WARNING = "warning"
    LEAK = "leak"


class Kind(StrEnum):
    SPEAKER_IN_SPLITS = "speaker in several splits"
    SPLIT_BY_CLIP = "split by clip"
    DUPLICATE = "duplicate"
    DUPLICATE_IN_SPLITS = "duplicate in several splits"
    DUPLICATE_LABELS = "duplicate with several labels"
    NEAR_DUPLICATE = "near-duplicate in several splits"
    UNREADABLE = "unreadable"
    SILENT = "silent"
    QUIET = "quiet"
    CLIPPED = "clipped"
    FEW_CLIPS = "few clips"
    NOT_MEASURED = "class missing in a split"
    IMBALANCE = "imbalance"
    NO_SILENCE = "no background noise"
    UNKNOWN_SPEAKERS = "unknown speakers"
    NOT_COMPARED = "not compared"
    FLAT = "flat picture"
    SMALL = "small picture"
    GREY = "grey among colour"


@dataclass(frozen=True)
class Finding:
    """One thing that the user should know.

    Attributes:
        kind: What was found, for programs.
        severity: How bad it is.
        text: What was found, for people.
        clips: The clips in question; a duplicate comes after the clip that it repeats.
        fix: What can be done about it; empty when nothing need be.
    """

    kind: Kind
    severity: Severity
    text: str
    clips: tuple[Clip, ...] = ()
    fix: str = ""


def names(items: Sequence[str], most: int = 5) -> str:
    """The first names of a list, and how many more there are."""
    shown = ", ".join(items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown


def count(number: int, noun: str) -> str:
    """A number and its noun, in the plural where needed."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
