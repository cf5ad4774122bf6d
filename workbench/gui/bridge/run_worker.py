"""Runs jobs on a thread of their own and reports by queued signals only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal, Slot

from workbench.cancel import Cancelled, CancelToken, RunState
from workbench.errors import WorkbenchError
from workbench.training.events import RunEvent

if TYPE_CHECKING:
    from workbench.training.several_job import Job

Runner = Callable[["Job", CancelToken, bool], Iterator[RunEvent]]


def engine_runner(job: Job, token: CancelToken, resume: bool) -> Iterator[RunEvent]:
    """The engine's run; imported on first use, in the worker's thread."""
    from workbench.training.any_run import run_job

    return run_job(job, token, resume)


@dataclass(frozen=True)
class RunRequest:
    """What the worker needs to run one job."""

    run_id: str
    job: Job
    token: CancelToken
    resume: bool


@dataclass(frozen=True)
class RunEnd:
    """How a run ended; ``error`` is set when the user can act on the failure."""

    run_id: str
    state: RunState
    error: WorkbenchError | None = None


class ObservedToken(CancelToken):
    """A token that tells when the work really stands still and when it goes on."""

    def __init__(self, on_change: Callable[[RunState], None]) -> None:
        super().__init__()
        self._on_change = on_change

    def check(self) -> None:
        if not self.is_paused:
            super().check()
            return
        self._on_change(RunState.PAUSED)
        super().check()
        self._on_change(RunState.RUNNING)


class RunWorker(QObject):
    """Lives on the training thread; runs one request after the other.

    Attributes:
        reported: (run id, event) for each event of the run.
        ended: RunEnd, exactly once per request, whatever happens.
    """

    reported = Signal(object, object)
    ended = Signal(object)

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner

    @Slot(object)
    def work(self, request: RunRequest) -> None:
        """Run one job to its end; an unforeseen exception is reported as failure and goes on to the crash hook."""
        end = RunEnd(request.run_id, RunState.FAILED)
        try:
            request.token.check()
            for event in self._runner(request.job, request.token, request.resume):
                self.reported.emit(request.run_id, event)
            end = RunEnd(request.run_id, RunState.FINISHED)
        except Cancelled:
            end = RunEnd(request.run_id, RunState.CANCELLED)
        except WorkbenchError as error:
            end = RunEnd(request.run_id, RunState.FAILED, error)
        finally:
            self.ended.emit(end)


class RunThread(QObject):
    """The training thread; it is started with the first request.

    Attributes:
        reported, ended: As the worker tells them, in the thread of this object.
    """

    reported = Signal(object, object)
    ended = Signal(object)
    _begin = Signal(object)

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._thread: QThread | None = None
        self._worker: RunWorker | None = None

    def begin(self, request: RunRequest) -> None:
        """Run one job when those before it have ended."""
        if self._thread is None:
            self._thread = self._started()
        self._begin.emit(request)

    def shut_down(self) -> None:
        """Wait until the work at hand has ended; who does not want to wait long stops it before."""
        if self._thread is not None:
            self._thread.quit()
            self._thread.wait()
            self._thread = self._worker = None

    def _started(self) -> QThread:
        thread = QThread(self)
        thread.setObjectName("training")
        self._worker = RunWorker(self._runner)
        self._worker.moveToThread(thread)
        self._begin.connect(self._worker.work)
        self._worker.reported.connect(self.reported)
        self._worker.ended.connect(self.ended)
        thread.start()
        return thread
