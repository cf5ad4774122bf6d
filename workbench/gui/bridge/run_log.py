"""Everything one run has said so far, kept in the GUI thread for views that open later."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from workbench.gui.bridge.joined_events import joined
from workbench.training.event_file import read_events
from workbench.training.events import (
    EpochFinished,
    GatesLogged,
    LayerDecisions,
    RoundLogged,
    RunEvent,
    RunFinished,
    RunStarted,
    SeveralEpochFinished,
    SeveralFinished,
    SeveralStarted,
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

    What a run over several tasks says is kept twice: by task, and as the means that any run has.

    Attributes:
        started: The announcement; None until the run began.
        stage: Index of the current stage; -1 before the first.
        steps: Every step of every stage in order.
        epochs: Every finished epoch in order.
        film: Policy decisions in order.
        finished: The result, once there is one; of a run over several tasks that of its first.
        several: The announcement of a run over several tasks.
        task_epochs: Its epochs by task.
        gates: Its gate maps in order.
    """

    clock: Callable[[], float] = time.monotonic
    started: RunStarted | None = None
    stage: int = -1
    steps: list[StepLogged] = field(default_factory=list)
    epochs: list[EpochFinished] = field(default_factory=list)
    film: list[LayerDecisions] = field(default_factory=list)
    finished: RunFinished | None = None
    several: SeveralStarted | None = None
    task_epochs: list[SeveralEpochFinished] = field(default_factory=list)
    gates: list[GatesLogged] = field(default_factory=list)
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
                _drop_done(self.epochs, event)
                self.epochs.append(event)
            case LayerDecisions():
                _drop_repeated(self.film, (event.stage, event.step))
                self.film.append(event)
            case RunFinished():
                self.finished = event
            case GatesLogged():
                _drop_repeated(self.gates, (event.stage, event.step))
                self.gates.append(event)
            case SeveralStarted() | SeveralEpochFinished() | SeveralFinished():
                self._keep_by_task(event)
                self.add(joined(event))
            case RoundLogged():
                self.add(joined(event))

    def _keep_by_task(self, event: SeveralStarted | SeveralEpochFinished | SeveralFinished) -> None:
        match event:
            case SeveralStarted():
                self.several = event
            case SeveralEpochFinished():
                _drop_done(self.task_epochs, event)
                self.task_epochs.append(event)

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


E = TypeVar("E", EpochFinished, SeveralEpochFinished)


def _drop_done(epochs: list[E], again: E) -> None:
    """Forget the epochs that a resumed run does once more."""
    while epochs and (epochs[-1].stage, epochs[-1].epoch) >= (again.stage, again.epoch):
        epochs.pop()


def _drop_repeated(
    events: list[StepLogged] | list[LayerDecisions] | list[GatesLogged], first: tuple[int, int]
) -> None:
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
