"""The runs of a window as its pages ask for them: what waits, what trains, how far it is, and why it failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge.failure_file import read_failure
from workbench.gui.bridge.job_file import JOB_FILE
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.run_worker import ObservedToken

if TYPE_CHECKING:
    from workbench.training.several_job import Job


@dataclass
class KnownRun:
    """Attributes: ``error`` is what went wrong, kept here too because a full disk keeps it nowhere else."""

    job: Job
    token: ObservedToken
    resume: bool
    is_frozen: bool
    state: RunState = RunState.QUEUED
    log: RunLog = field(default_factory=RunLog)
    error: WorkbenchError | None = None


class KnownRuns(QObject):
    """Runs of this window in the order in which they were asked for; the queue changes them."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._entries: dict[str, KnownRun] = {}
        self._leaders: dict[str, str] = {}
        self._current: str | None = None

    @property
    def current(self) -> str | None:
        """The run that trains now, paused or not."""
        return self._current

    @property
    def waiting(self) -> tuple[str, ...]:
        return tuple(k for k, entry in self._entries.items() if entry.state is RunState.QUEUED)

    @property
    def is_busy(self) -> bool:
        return self._current is not None or bool(self.waiting)

    def knows(self, run_id: str) -> bool:
        """Whether a run was started or lined up in this window."""
        return self.leader(run_id) in self._entries

    def leader(self, run_id: str) -> str:
        """The run under which the queue knows a run over several tasks, as whichever task it is seen."""
        return self._leaders.get(run_id, run_id)

    def state(self, run_id: str) -> RunState:
        return self._entries[self.leader(run_id)].state

    def job(self, run_id: str) -> Job:
        return self._entries[self.leader(run_id)].job

    def log(self, run_id: str) -> RunLog:
        """What a run of this window has said so far."""
        return self._entries[self.leader(run_id)].log

    def keeps_result(self, run_id: str) -> bool:
        """Whether a stop now would leave a patch: the engine can make one only in a run's last stage."""
        log = self.log(run_id)
        return log.stage >= 0 and log.stage == len(log.plan) - 1

    def why_failed(self, run_id: str, folder: Path) -> str:
        """What ended a run that failed, in this window or before, and what to do about it; never raises."""
        entry = self._entries.get(self.leader(run_id))
        error = entry.error if entry is not None else None
        said = str(error) if error is not None else read_failure(folder)
        said = said or self.tr("The run ended with an unforeseen error; the log files say more.")
        if (folder / JOB_FILE).is_file():
            return self.tr("{0} Press Continue to take the run up again.").format(said)
        return self.tr("{0} Start a new run with the same settings.").format(said)
