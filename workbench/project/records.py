"""What a project tells about its contents. Frozen; changing one changes nothing on disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.cancel import RunState
from workbench.data.manifest import Problem
from workbench.data.task import Clip


@dataclass(frozen=True)
class TaskRecord:
    id: str
    name: str


@dataclass(frozen=True)
class ClipRecord:
    """Attributes: ``flags`` are short words such as ``clipped`` or ``quiet``."""

    id: str
    task_id: str
    clip: Clip
    sha256: str
    duration_s: float
    flags: tuple[str, ...]


@dataclass(frozen=True)
class RunRecord:
    """A run as one task sees it.

    Attributes:
        job: The settings that it was asked for with, as JSON has them.
        record: What the run reported about this task at its end; None until then.
        leader: The run whose training and folder this is: its own id, but for the further tasks of a run over several.
    """

    id: str
    task_id: str
    method: str
    budget: float | None
    state: RunState
    folder: Path
    job: dict[str, Any]
    record: dict[str, Any] | None
    created: datetime
    leader: str

    @property
    def leads(self) -> bool:
        return self.leader == self.id


@dataclass(frozen=True)
class ImportReport:
    """Ids of the clips that were added, and what was left out and why."""

    added: tuple[str, ...]
    problems: tuple[Problem, ...]
