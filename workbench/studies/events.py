"""What a sweep tells the world. Frozen records; the engine never knows who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SweepStarted:
    """Attributes: runs in all, those finished before, how many go side by side, and threads of each."""

    runs: int
    finished: int
    at_once: int
    threads: int


@dataclass(frozen=True)
class JobStarted:
    """Attributes: ``resumed`` when an earlier attempt had left a checkpoint."""

    name: str
    resumed: bool


@dataclass(frozen=True)
class SweepProgressed:
    """How far the sweep is.

    Attributes:
        share: Share of the runs that is done, those under way counted by their steps, 0 to 1.
        seconds_left: Estimate; None until the pace is known.
        running: Share done of each run that is under way, by name.
    """

    share: float
    seconds_left: float | None
    running: dict[str, float]


@dataclass(frozen=True)
class JobFinished:
    """Attributes: the record that the run ended with."""

    name: str
    record: dict[str, Any]


@dataclass(frozen=True)
class JobFailed:
    """Attributes: why, and what can be done about it."""

    name: str
    reason: str


@dataclass(frozen=True)
class SweepFinished:
    """The end: every run has finished or failed.

    Attributes:
        records: Of the finished runs, by name, in the order of the plan.
        failed: Reasons by name.
    """

    records: dict[str, dict[str, Any]]
    failed: dict[str, str]


SweepEvent = SweepStarted | JobStarted | SweepProgressed | JobFinished | JobFailed | SweepFinished
