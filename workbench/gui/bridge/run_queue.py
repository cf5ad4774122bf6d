"""The queue of runs: one trains, the rest waits; the project is told of every change in the GUI thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.failure_file import forget_failure, keep_failure
from workbench.gui.bridge.job_file import read_job, record_runs, write_down
from workbench.gui.bridge.known_runs import KnownRun, KnownRuns
from workbench.gui.bridge.run_worker import (
    ObservedToken,
    RunEnd,
    Runner,
    RunRequest,
    RunThread,
)
from workbench.training.events import RunEvent, RunFinished, SeveralFinished

if TYPE_CHECKING:
    from workbench.gui.session import Session
    from workbench.project.project import Project
    from workbench.training.job import AdaptationJob
    from workbench.training.several_job import Job, SeveralJob


class RunQueue(KnownRuns):
    """Lets runs train one after the other.

    Attributes:
        reported: (run id, event) as it happened, in the GUI thread.
        state_changed: (run id, RunState) of a run that was there before.
        runs_changed: Runs were added, or ended.
        idle: Nothing runs and nothing waits.
    """

    reported = Signal(object, object)
    state_changed = Signal(object, object)
    runs_changed = Signal()
    idle = Signal()
    _token_changed = Signal(object, object)

    def __init__(self, host: Session, runner: Runner) -> None:
        super().__init__(host)
        self._host = host
        self._thread = RunThread(runner, self)
        self._thread.reported.connect(self._on_event)
        self._thread.ended.connect(self._end)
        self._recording = True
        self._background = Background(self)
        self._background.idle.connect(self._end_unwritten)
        host.project_changed.connect(self._forget)
        self._token_changed.connect(self._on_token_change)

    def enqueue(self, job: AdaptationJob) -> str:
        """As ``enqueue_all``, for one run."""
        return self.enqueue_all([job], {})[0]

    def enqueue_all(self, jobs: Sequence[AdaptationJob], teachers: Mapping[int, int]) -> list[str]:
        """Record runs in the project and line them up.

        The clips as they are now are written down in the background; a run waits for that.

        Args:
            jobs: What to do.
            teachers: Of a job that uses the policy of one before it: the places of both among the jobs.

        Raises:
            WorkbenchError: no project or task is open, or the project cannot be written.
        """
        project, task_id = self._host.project, self._host.task_id
        if project is None or task_id is None:
            raise WorkbenchError(
                self.tr("No task is open."), hint=self.tr("Open a project and choose a task first.")
            )
        return self._enqueue(project, jobs, (task_id,), teachers)

    def enqueue_several(self, job: SeveralJob, task_ids: Sequence[str]) -> str:
        """As ``enqueue``, for a run over several tasks.

        Raises:
            WorkbenchError: no project is open, or it cannot be written.
        """
        project = self._host.project
        if project is None:
            raise WorkbenchError(
                self.tr("No project is open."), hint=self.tr("Open a project first.")
            )
        return self._enqueue(project, [job], task_ids, {})[0]

    def _enqueue(
        self,
        project: Project,
        jobs: Sequence[Job],
        task_ids: Sequence[str],
        teachers: Mapping[int, int],
    ) -> list[str]:
        new = record_runs(project, jobs, task_ids, teachers)
        for run_id, job in new.items():
            self._entries[run_id] = self._entry(run_id, job, is_frozen=False)
            self._write_down(project, task_ids, run_id, job)
        self._tell_of_new(project)
        return list(new)

    def _write_down(self, project: Project, task_ids: Sequence[str], run_id: str, job: Job) -> None:
        self._background.start(
            lambda: write_down(project, task_ids, job),
            lambda frozen: self._on_frozen(run_id, frozen),
            lambda error: self._on_not_frozen(run_id, error),
        )

    def continue_run(self, run_id: str) -> None:
        """Line up a run that was cut off, so that it goes on from its last checkpoint.

        Raises:
            WorkbenchError: its folder holds no readable job.
        """
        project = self._host.project
        assert project is not None
        record = next(record for record in project.runs() if record.id == run_id)
        job = read_job(record.folder)
        forget_failure(record.folder)
        self._entries[record.leader] = self._entry(record.leader, job, resume=True)
        self._set_state([record.leader], RunState.QUEUED)
        self._tell_of_new(project)

    def pause(self, run_id: str) -> None:
        run_id = self.leader(run_id)
        entry = self._entries[run_id]
        if entry.state is RunState.RUNNING:
            entry.token.pause()
            self._set_state([run_id], RunState.PAUSING)

    def resume(self, run_id: str) -> None:
        """Let a paused run go on."""
        run_id = self.leader(run_id)
        entry = self._entries[run_id]
        if entry.state in (RunState.PAUSING, RunState.PAUSED):
            entry.token.resume()
            self._set_state([run_id], RunState.RUNNING)

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
            self._set_state([run_id], RunState.STOPPING)

    def remove_waiting(self) -> None:
        """Take every run that has not begun out of the queue; each can be continued by itself."""
        self._set_state(self.waiting, RunState.CANCELLED)
        self.runs_changed.emit()
        self._start_next()

    def stop_all(self) -> None:
        """Ask the running work to end at its next step and let nothing else begin; ``idle`` tells when it has ended.

        The project keeps the states as they are, so that it offers to continue these runs when it is opened again.
        """
        self._recording = False
        for run_id in self.waiting:
            del self._entries[run_id]
        if self._current is not None:
            self._entries[self._current].token.stop()
            self._set_state([self._current], RunState.STOPPING)

    def shut_down(self) -> None:
        """Do as ``stop_all`` does, but wait for the running work and tell nobody."""
        self._recording = False
        if self._current is not None:
            self._entries[self._current].token.stop()
        self._thread.shut_down()
        self._current = None
        self._entries.clear()

    def _entry(
        self, run_id: str, job: Job, *, resume: bool = False, is_frozen: bool = True
    ) -> KnownRun:
        token = ObservedToken(lambda state: self._token_changed.emit(run_id, state))
        return KnownRun(job, token, resume, is_frozen)

    def _tell_of_new(self, project: Project) -> None:
        self._leaders = {run.id: run.leader for run in project.runs()}
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
        run_id = self._current = waiting[0]
        entry = self._entries[run_id]
        self._set_state([run_id], RunState.RUNNING)
        self._thread.begin(RunRequest(run_id, entry.job, entry.token, entry.resume))

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
            self._set_state([run_id], state)

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
        self._set_state([end.run_id], RunState.FAILED if entry.error else end.state)
        self.runs_changed.emit()
        self._start_next()

    def _set_state(self, run_ids: Sequence[str], state: RunState) -> None:
        for run_id in run_ids:
            self._entries[run_id].state = state
        self._store_state(run_ids, state)
        for run_id in run_ids:
            self.state_changed.emit(run_id, state)

    def _store_state(self, run_ids: Sequence[str], state: RunState) -> None:
        """A state that cannot be stored is told to the user and holds up no run: the queue goes by its own."""
        project = self._host.project
        if project is None or not self._recording:
            return
        try:
            with project.at_once():
                for run_id in run_ids:
                    project.set_run_state(run_id, state)
        except WorkbenchError as error:
            self._host.notices.error(error, key="run-state")
