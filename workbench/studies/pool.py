"""Runs of a sweep side by side, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from workbench.cancel import CancelToken
from workbench.studies.events import (
    JobFailed,
    JobFinished,
    JobStarted,
    SweepEvent,
    SweepProgressed,
)
from workbench.studies.pace import Kind, Pace
from workbench.studies.plan import SweepJob
from workbench.studies.worker import LOG_FILE, Failure, Share, Success, work
from workbench.training.checkpoint import FILE_NAME as CHECKPOINT_FILE
from workbench.training.prepare import checked_folder

WAIT_S = 0.5
LEAST_SHARE = 0.02
"""Progress from which a run's own pace is worth something."""


def kind_of(job: SweepJob) -> Kind:
    return Kind(job.cell.method, job.after is not None)


@dataclass
class _Running:
    """A run under way; ``first`` is its first report (time, share), for one that is resumed does not begin at 0."""

    job: SweepJob
    process: SpawnProcess
    reports: Connection
    share: float = 0.0
    first: tuple[float, float] | None = None

    def take(self, share: float, now_s: float) -> None:
        self.share = share
        self.first = self.first or (now_s, share)

    def whole_seconds(self, now_s: float) -> float | None:
        """What it will have taken in all, judged by its pace so far."""
        if self.first is None or self.share - self.first[1] < LEAST_SHARE:
            return None
        return (now_s - self.first[0]) / (self.share - self.first[1])


@dataclass
class Pool:
    """Works off jobs with a fixed number of processes.

    A job that fails stops nothing but those that need its policy. When the caller stops listening, or the token was
    stopped, the processes are ended; their checkpoints stay.

    Args:
        jobs: Still to be done, in order.
        records: Of the jobs that have finished before, by name; what finishes is added.
        at_once: Processes side by side.
        token: Looked at about twice a second.
    """

    jobs: Sequence[SweepJob]
    records: dict[str, dict[str, Any]]
    at_once: int
    token: CancelToken
    clock: Callable[[], float] = time.monotonic
    failed: dict[str, str] = field(default_factory=dict)
    _running: list[_Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting = list(self.jobs)
        self._pace = Pace()
        self._total = len(self.jobs) + len(self.records)

    def learn(self, job: SweepJob, seconds: float) -> None:
        """Take note of how long a job has taken, for the estimate."""
        self._pace.learn(kind_of(job), seconds)

    def run(self) -> Iterator[SweepEvent]:
        """Do all jobs.

        Raises:
            Cancelled: when the token was stopped.
            WorkbenchError: when a folder cannot be written.
        """
        try:
            while self._waiting or self._running:
                self.token.check()
                yield from self._give_up()
                yield from self._start()
                yield from self._listen()
                yield self._progress()
        finally:
            for one in self._running:
                one.process.kill()
            for one in self._running:
                one.process.join()
                one.reports.close()

    def _give_up(self) -> Iterator[SweepEvent]:
        """Jobs whose policy will not come."""
        for job in [job for job in self._waiting if job.after in self.failed]:
            self._waiting.remove(job)
            yield self._fail(job, f"It needs the policy of {job.after}, which failed.")

    def _start(self) -> Iterator[SweepEvent]:
        ready = [job for job in self._waiting if job.after is None or job.after in self.records]
        for job in ready[: self.at_once - len(self._running)]:
            self._waiting.remove(job)
            resumed = (checked_folder(job.job.out) / CHECKPOINT_FILE).is_file()
            context = get_context("spawn")
            mine, theirs = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(job.job, theirs), name=job.name)
            process.start()
            theirs.close()
            self._running.append(_Running(job, process, mine))
            yield JobStarted(job.name, resumed)

    def _listen(self) -> Iterator[SweepEvent]:
        """Wait for news; a process that ends without a last word is one that was ended from outside."""
        speaking = wait([one.reports for one in self._running], WAIT_S)
        for one in [one for one in self._running if one.reports in speaking]:
            try:
                report = one.reports.recv()
            except (EOFError, OSError):
                report = Failure(_how_ended(one))
            match report:
                case Share(done):
                    one.take(done, self.clock())
                case Success(record):
                    self._end(one)
                    self.records[one.job.name] = record
                    self.learn(one.job, sum(record["seconds"].values()))
                    yield JobFinished(one.job.name, record)
                case Failure(reason):
                    self._end(one)
                    yield self._fail(one.job, reason)

    def _end(self, one: _Running) -> None:
        self._running.remove(one)
        one.process.join()
        one.process.close()
        one.reports.close()

    def _fail(self, job: SweepJob, reason: str) -> JobFailed:
        self.failed[job.name] = reason
        return JobFailed(job.name, reason)

    def _progress(self) -> SweepProgressed:
        done = len(self.records) + len(self.failed) + sum(one.share for one in self._running)
        return SweepProgressed(
            done / self._total,
            self._seconds_left(),
            {one.job.name: one.share for one in self._running},
        )

    def _seconds_left(self) -> float | None:
        pace = self._pace.copy()
        for one in self._running:
            seconds = one.whole_seconds(self.clock())
            if seconds is not None:
                pace.learn(kind_of(one.job), seconds)
        running = [(kind_of(one.job), one.share) for one in self._running]
        return pace.left(running, [kind_of(job) for job in self._waiting], self.at_once)


def _how_ended(one: _Running) -> str:
    one.process.join()
    code = one.process.exitcode or 0
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"Its process {how} without a result; see {one.job.job.out / LOG_FILE}."
