"""What a run over several tasks says, as a run over one task would say it: means over the tasks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from workbench.training.events import (
    EpochFinished,
    RoundLogged,
    RunEvent,
    RunFinished,
    RunStarted,
    SeveralEpochFinished,
    SeveralFinished,
    SeveralStarted,
    StepLogged,
)


@singledispatch
def joined(event: RunEvent) -> RunEvent:
    """The event of a single run that says the same for all tasks together."""
    return event


@joined.register
def _(event: SeveralStarted) -> RunStarted:
    return RunStarted(event.method, event.stages, (), (), (), event.resumed_from_epoch)


@joined.register
def _(event: RoundLogged) -> StepLogged:
    return StepLogged(
        event.stage,
        event.step,
        event.total_steps,
        mean(event.losses) or 0.0,
        mean(event.accuracies) or 0.0,
        event.learning_rate,
        event.extras,
    )


@joined.register
def _(event: SeveralEpochFinished) -> EpochFinished:
    """Validation accuracy is that of all clips, whichever task they belong to."""
    scored = [task for task in event.tasks if task.val_accuracy is not None]
    clips = sum(task.val_count for task in scored)
    hits = sum((task.val_accuracy or 0.0) * task.val_count for task in scored)
    return EpochFinished(
        event.stage,
        event.epoch,
        event.epochs,
        mean(task.train_loss for task in event.tasks) or 0.0,
        mean(task.train_accuracy for task in event.tasks) or 0.0,
        mean(task.val_loss for task in scored),
        hits / clips if clips else None,
        clips,
        event.seconds,
    )


@joined.register
def _(event: SeveralFinished) -> RunFinished:
    return RunFinished(event.patches[0], event.record)


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
