"""The queue of runs: one trains, the rest waits; the project is told of every change in the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal

from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.failure_file import forget_failure, keep_failure, read_failure
from workbench.gui.bridge.job_file import JOB_FILE, read_job, write_down
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.run_worker import (
    ObservedToken,
    RunEnd,
    Runner,
    RunRequest,
    RunWorker,
)
from workbench.training.events import RunEvent, RunFinished, SeveralFinished

if TYPE_CHECKING:
    from workbench.gui.session import Session
    from workbench.project.project import Project
    from workbench.training.job import AdaptationJob
    from workbench.training.several_job import Job, SeveralJob


@dataclass
class _Entry:
    """Attributes: ``error`` is what went wrong, kept here too because a full disk keeps it nowhere else."""

    job: Job
    token: ObservedToken
    resume: bool
    is_frozen: bool
    state: RunState = RunState.QUEUED
    log: RunLog = field(default_factory=RunLog)
    error: WorkbenchError | None = None


class RunQueue(QObject):
    """Runs of this window in the order in which they were asked for.

    Attributes:
        reported: (run id, event) as it happened, in the GUI thread.
        state_changed: (run id, RunState).
        runs_changed: A run was added, or one ended.
        idle: Nothing runs and nothing waits.
    """

    reported = Signal(object, object)
    state_changed = Signal(object, object)
    runs_changed = Signal()
    idle = Signal()
    _begin = Signal(object)
    _token_changed = Signal(object, object)

    def __init__(self, host: Session, runner: Runner) -> None:
        super().__init__(host)
        self._host = host
        self._entries: dict[str, _Entry] = {}
        self._leaders: dict[str, str] = {}
        self._current: str | None = None
        self._thread: QThread | None = None
        self._worker: RunWorker | None = None
        self._runner = runner
        self._recording = True
        self._background = Background(self)
        self._background.idle.connect(self._end_unwritten)
        host.project_changed.connect(self._forget)
        self._token_changed.connect(self._on_token_change)

    def enqueue(self, job: AdaptationJob) -> str:
        """Record a run in the project and line it up.

        The clips as they are now are written down in the background; the run waits for that.

        Raises:
            WorkbenchError: no project or task is open.
        """
        project, task_id = self._host.project, self._host.task_id
        if project is None or task_id is None:
            raise WorkbenchError(
                self.tr("No task is open."), hint=self.tr("Open a project and choose a task first.")
            )
        return self._enqueue(project, job, (task_id,))

    def enqueue_several(self, job: SeveralJob, task_ids: Sequence[str]) -> str:
        """As ``enqueue``, for a run over several tasks.

        Raises:
            WorkbenchError: no project is open.
        """
        project = self._host.project
        if project is None:
            raise WorkbenchError(
                self.tr("No project is open."), hint=self.tr("Open a project first.")
            )
        return self._enqueue(project, job, task_ids)

    def _enqueue(self, project: Project, job: Job, task_ids: Sequence[str]) -> str:
        record = project.new_run(task_ids[0], job, task_ids[1:])
        run_id: str = record.id
        job = job.model_copy(update={"out": record.folder})
        self._line_up(run_id, job, is_frozen=False)
        self._background.start(
            lambda: write_down(project, task_ids, job),
            lambda frozen: self._on_frozen(run_id, frozen),
            lambda error: self._on_not_frozen(run_id, error),
        )
        return run_id

    def continue_run(self, run_id: str) -> None:
        """Line up a run that was cut off, so that it goes on from its last checkpoint.

        Raises:
            WorkbenchError: its folder holds no readable job.
        """
        project = self._host.project
        records = project.runs() if project is not None else ()
        record = next(record for record in records if record.id == run_id)
        job = read_job(record.folder)
        forget_failure(record.folder)
        self._line_up(record.leader, job, resume=True)

    def pause(self, run_id: str) -> None:
        run_id = self.leader(run_id)
        entry = self._entries[run_id]
        if entry.state is RunState.RUNNING:
            entry.token.pause()
            self._set_state(run_id, RunState.PAUSING)

    def resume(self, run_id: str) -> None:
        """Let a paused run go on."""
        run_id = self.leader(run_id)
        entry = self._entries[run_id]
        if entry.state in (RunState.PAUSING, RunState.PAUSED):
            entry.token.resume()
            self._set_state(run_id, RunState.RUNNING)

    def stop(self, run_id: str) -> None:
        """End a run after its current step, with a result if it ``keeps_result``; a waiting run leaves the queue."""
        run_id = self.leader(run_id)
        entry = self._entries[run_id]
        if entry.state.is_over:
            return
        entry.token.stop(keep_result=True)
        if entry.state is RunState.QUEUED:
            self._end(RunEnd(run_id, RunState.CANCELLED))
        else:
            self._set_state(run_id, RunState.STOPPING)

    def remove_waiting(self) -> None:
        """Take every run that has not begun out of the queue; each can be continued by itself."""
        # From the end, for each that leaves lets the next in line begin.
        for run_id in reversed(self.waiting):
            self.stop(run_id)

    def shut_down(self) -> None:
        """Stop the running work at its next step and wait for it.

        The project keeps the states as they are, so that it offers to continue these runs when it is opened again.
        """
        self._recording = False
        if self._current is not None:
            self._entries[self._current].token.stop()
        if self._thread is not None:
            self._thread.quit()
            self._thread.wait()
            self._thread = self._worker = None
        self._current = None
        self._entries.clear()

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

    def _line_up(
        self, run_id: str, job: Job, *, resume: bool = False, is_frozen: bool = True
    ) -> None:
        token = ObservedToken(lambda state: self._token_changed.emit(run_id, state))
        self._entries[run_id] = _Entry(job, token, resume, is_frozen)
        runs = self._host.project.runs() if self._host.project is not None else ()
        self._leaders |= {run.id: run.leader for run in runs if run.leader == run_id}
        self._set_state(run_id, RunState.QUEUED)
        self.runs_changed.emit()
        self._start_next()

    def _on_frozen(self, run_id: str, job: Job) -> None:
        """The clips of a run are written down: it may start when its turn comes."""
        entry = self._entries.get(run_id)
        if entry is None or entry.state.is_over:
            return
        entry.job = job
        entry.is_frozen = True
        self._start_next()

    def _on_not_frozen(self, run_id: str, error: WorkbenchError) -> None:
        entry = self._entries.get(run_id)
        if entry is not None and not entry.state.is_over:
            self._end(RunEnd(run_id, RunState.FAILED, error))

    def _end_unwritten(self) -> None:
        """Nothing is being written down any more: a run that still waits for that met a bug and never starts."""
        for run_id in self.waiting:
            if not self._entries[run_id].is_frozen:
                self._end(RunEnd(run_id, RunState.FAILED))

    def _forget(self) -> None:
        """Another project numbers its runs anew; one that is left has none under way."""
        if not self.is_busy:
            self._entries.clear()
            self._leaders.clear()

    def _start_next(self) -> None:
        waiting = self.waiting
        if self._current is not None:
            return
        if not waiting:
            self.idle.emit()
            return
        if not self._entries[waiting[0]].is_frozen:
            return
        self._ensure_thread()
        run_id = self._current = waiting[0]
        entry = self._entries[run_id]
        self._set_state(run_id, RunState.RUNNING)
        self._begin.emit(RunRequest(run_id, entry.job, entry.token, entry.resume))

    def _ensure_thread(self) -> None:
        if self._thread is not None:
            return
        self._thread = QThread(self)
        self._thread.setObjectName("training")
        self._worker = RunWorker(self._runner)
        self._worker.moveToThread(self._thread)
        self._begin.connect(self._worker.work)
        self._worker.reported.connect(self._on_event)
        self._worker.ended.connect(self._end)
        self._thread.start()

    def _on_event(self, run_id: str, event: RunEvent) -> None:
        if run_id not in self._entries:
            return  # said before the queue was shut down, delivered after
        self._entries[run_id].log.add(event)
        if isinstance(event, RunFinished | SeveralFinished):
            self._record(run_id, event)
        self.reported.emit(run_id, event)

    def _record(self, run_id: str, finished: RunFinished | SeveralFinished) -> None:
        """Give the result to the project; a run whose result it does not know has failed."""
        if self._host.project is None:
            return
        try:
            self._host.project.finish_run(run_id, finished.record)
        except WorkbenchError as error:
            self._entries[run_id].error = error

    def _on_token_change(self, run_id: str, state: RunState) -> None:
        entry = self._entries.get(run_id)
        if entry is None:
            return
        entry.log.interrupted()
        if state is RunState.PAUSED and entry.state is RunState.PAUSING:
            self._set_state(run_id, state)

    def _end(self, end: RunEnd) -> None:
        entry = self._entries.get(end.run_id)
        if entry is None:
            return
        if end.run_id == self._current:
            self._current = None
        entry.error = end.error or entry.error
        if entry.error is not None:
            keep_failure(entry.job.out, entry.error)
            self._host.notices.error(entry.error, key=f"run-{end.run_id}")
        self._set_state(end.run_id, RunState.FAILED if entry.error else end.state)
        self.runs_changed.emit()
        self._start_next()

    def _set_state(self, run_id: str, state: RunState) -> None:
        self._entries[run_id].state = state
        self._store_state(run_id, state)
        self.state_changed.emit(run_id, state)

    def _store_state(self, run_id: str, state: RunState) -> None:
        """A state that cannot be stored is told to the user and holds up no run: the queue goes by its own."""
        if self._host.project is None or not self._recording:
            return
        try:
            self._host.project.set_run_state(run_id, state)
        except WorkbenchError as error:
            self._host.notices.error(error, key="run-state")
