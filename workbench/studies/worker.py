"""One run of a sweep in a process of its own; it never outlives the process that started it."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import Any

from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.training.events import RunEvent, RunFinished, RunStarted, StagePlan, StepLogged
from workbench.training.job import AdaptationJob

LOG_FILE = "log.txt"
REPORT_EVERY_S = 0.2


@dataclass(frozen=True)
class Share:
    """Steps done as a share of all steps, 0 to 1."""

    done: float


@dataclass(frozen=True)
class Success:
    """Attributes: the record that the run ended with."""

    record: dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """Attributes: why, for people."""

    reason: str


Report = Share | Success | Failure


def work(job: AdaptationJob, reports: Connection) -> None:
    """Run a job to its end, from its checkpoint if there is one.

    Args:
        job: Its folder is there.
        reports: Is told shares of progress and at last a success or a failure.
    """
    # An interrupt from the keyboard reaches every process; the parent decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.basicConfig(filename=job.out / LOG_FILE, level=logging.WARNING, force=True)
    progress = Progress(reports.send)
    try:
        from workbench.training.run import run

        for event in run(job, CancelToken(), resume=True):
            progress.take(event)
    except WorkbenchError as error:
        reports.send(Failure(str(error)))
    except Exception:
        logging.getLogger("workbench.studies").exception("unforeseen")
        reports.send(Failure(f"An unforeseen error; its trace is in {job.out / LOG_FILE}."))


class Progress:
    """Turns a run's many events into few reports.

    Args:
        send: Takes a report.
        clock: In seconds.
    """

    def __init__(
        self, send: Callable[[Report], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._clock = clock
        self._stages: tuple[StagePlan, ...] = ()
        self._next_s = 0.0

    def take(self, event: RunEvent) -> None:
        """Look at the next event of the run."""
        if isinstance(event, RunStarted):
            self._stages = event.stages
        elif isinstance(event, RunFinished):
            self._send(Success(event.record))
        elif isinstance(event, StepLogged) and self._clock() >= self._next_s:
            self._next_s = self._clock() + REPORT_EVERY_S
            self._send(Share(self._share(event)))

    def _share(self, at: StepLogged) -> float:
        steps = [stage.epochs * stage.steps_per_epoch for stage in self._stages]
        return (sum(steps[: at.stage]) + at.step) / sum(steps)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its children; they see it go and end themselves."""
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
