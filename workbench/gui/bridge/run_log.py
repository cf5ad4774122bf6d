"""Everything one run has said so far, kept in the GUI thread for views that open later."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workbench.training.event_file import read_events
from workbench.training.events import (
    EpochFinished,
    LayerDecisions,
    RunEvent,
    RunFinished,
    RunStarted,
    StagePlan,
    StageStarted,
    StepLogged,
)

STEPS_BEFORE_ETA = 5
PACE_MEMORY = 50
"""Steps over which the pace is averaged."""


@dataclass
class RunLog:
    """Typed lists of a run's events, its position, and how long it still takes.

    Attributes:
        started: The announcement; None until the run began.
        stage: Index of the current stage; -1 before the first.
        steps: Every step of every stage in order.
        epochs: Every finished epoch in order.
        film: Policy decisions in order.
        finished: The result, once there is one.
    """

    clock: Callable[[], float] = time.monotonic
    started: RunStarted | None = None
    stage: int = -1
    steps: list[StepLogged] = field(default_factory=list)
    epochs: list[EpochFinished] = field(default_factory=list)
    film: list[LayerDecisions] = field(default_factory=list)
    finished: RunFinished | None = None
    _stamps: list[float] = field(default_factory=list)

    def add(self, event: RunEvent) -> None:
        """Take in the next event."""
        match event:
            case RunStarted():
                self.started = event
            case StageStarted():
                self.stage = event.index
                self.interrupted()
            case StepLogged():
                self.stage = event.stage
                _drop_repeated(self.steps, (event.stage, event.step))
                self.steps.append(event)
                self._stamps.append(self.clock())
                del self._stamps[:-PACE_MEMORY]
            case EpochFinished():
                while self.epochs and _epoch_key(self.epochs[-1]) >= _epoch_key(event):
                    self.epochs.pop()
                self.epochs.append(event)
            case LayerDecisions():
                _drop_repeated(self.film, (event.stage, event.step))
                self.film.append(event)
            case RunFinished():
                self.finished = event

    def interrupted(self) -> None:
        """Forget the pace: the run stood still, or a stage with another pace begins."""
        self._stamps.clear()

    @property
    def plan(self) -> tuple[StagePlan, ...]:
        return self.started.stages if self.started else ()

    @property
    def step(self) -> StepLogged | None:
        """The last step of the current stage, or None."""
        last = self.steps[-1] if self.steps else None
        return last if last is not None and last.stage == self.stage else None

    @property
    def total_steps(self) -> int:
        """Steps that all stages will take."""
        return sum(_steps(stage) for stage in self.plan)

    def position(self, stage: int, step: int) -> int:
        """Step counted over all stages."""
        return sum(_steps(plan) for plan in self.plan[:stage]) + step

    def epoch_position(self, epoch: EpochFinished) -> int:
        """Step, counted over all stages, at which an epoch ended."""
        return self.position(epoch.stage, epoch.epoch * self.plan[epoch.stage].steps_per_epoch)

    @property
    def share_done(self) -> float:
        """Steps done as a share of all planned steps, 0 to 1."""
        if self.finished:
            return 1.0
        return self._steps_done() / self.total_steps if self.total_steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the end of the run, in seconds; None until the pace is known."""
        if len(self._stamps) < STEPS_BEFORE_ETA or not self.plan:
            return None
        pace = (self._stamps[-1] - self._stamps[0]) / (len(self._stamps) - 1)
        return max(0.0, (self.total_steps - self._steps_done()) * pace)

    def _steps_done(self) -> int:
        return self.position(max(self.stage, 0), self.step.step if self.step else 0)


def _steps(stage: StagePlan) -> int:
    return stage.epochs * stage.steps_per_epoch


def _epoch_key(epoch: EpochFinished) -> tuple[int, int]:
    return epoch.stage, epoch.epoch


def _drop_repeated(events: list[StepLogged] | list[LayerDecisions], first: tuple[int, int]) -> None:
    """Forget what a resumed run does once more."""
    while events and (events[-1].stage, events[-1].step) >= first:
        events.pop()


def read_log(folder: Path) -> RunLog:
    """What a run of an earlier day has said."""
    log = RunLog()
    for event in read_events(folder):
        log.add(event)
    log.interrupted()
    return log
