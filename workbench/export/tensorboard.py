"""A run's history as TensorBoard scalars, for those who compare runs of several programs in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.training.event_file import read_events
from workbench.training.events import (
    EpochFinished,
    LayerDecisions,
    RoundLogged,
    RunEvent,
    RunStarted,
    SeveralEpochFinished,
    SeveralStarted,
    StepLogged,
    TaskEpoch,
)


@dataclass(frozen=True)
class HistoryReport:
    """Where the history went, and how many values it has."""

    path: Path
    values: int


def export_tensorboard(run: Path, out: Path) -> HistoryReport:
    """Write the scalars of a run.

    Args:
        run: Folder of the run.
        out: Log folder, to be given to ``tensorboard --logdir``.

    Raises:
        WorkbenchError: when the tensorboard package is missing, or the run kept no history.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise WorkbenchError(
            "TensorBoard is not installed.", hint="Run: pip install tensorboard"
        ) from error
    # A run that was continued has repeated some steps; the later value is the one that counts.
    values = {(tag, step): value for tag, step, value in scalars(read_events(run))}
    if not values:
        raise WorkbenchError(
            f"{run} keeps no history of its training.",
            hint="Give a patch that lies in the folder of its run.",
        )
    with SummaryWriter(str(out)) as writer:
        for (tag, step), value in sorted(values.items()):
            writer.add_scalar(tag, value, step)
    return HistoryReport(out, len(values))


def scalars(events: Iterable[RunEvent]) -> Iterator[tuple[str, int, float]]:
    """Tag, step and value; tags begin with the stage's name, steps and epochs count within the stage."""
    stages: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    for event in events:
        match event:
            case RunStarted():
                stages = tuple(stage.name for stage in event.stages)
                layers = event.layer_names
            case SeveralStarted():
                stages = tuple(stage.name for stage in event.stages)
                tasks = tuple(task.name for task in event.tasks)
            case StepLogged():
                step = {
                    "loss": event.loss,
                    "accuracy": event.accuracy,
                    "learning_rate": event.learning_rate,
                    **event.extras,
                }
                yield from _tagged(f"{stages[event.stage]}/step", event.step, step)
            case EpochFinished():
                yield from _tagged(f"{stages[event.stage]}/epoch", event.epoch, _means(event))
            case RoundLogged():
                prefix = f"{stages[event.stage]}/step"
                common = {"learning_rate": event.learning_rate, **event.extras}
                yield from _tagged(prefix, event.step, common)
                for name, loss, share in zip(tasks, event.losses, event.accuracies, strict=True):
                    found = {"loss": loss, "accuracy": share}
                    yield from _tagged(f"{prefix}/{name}", event.step, found)
            case SeveralEpochFinished():
                for name, task in zip(tasks, event.tasks, strict=True):
                    prefix = f"{stages[event.stage]}/epoch/{name}"
                    yield from _tagged(prefix, event.epoch, _means(task))
            case LayerDecisions():
                decided = dict(zip(layers, event.probabilities, strict=True))
                yield from _tagged(f"{stages[event.stage]}/probability", event.step, decided)


def _means(epoch: EpochFinished | TaskEpoch) -> dict[str, float | None]:
    return {
        "train_loss": epoch.train_loss,
        "train_accuracy": epoch.train_accuracy,
        "val_loss": epoch.val_loss,
        "val_accuracy": epoch.val_accuracy,
    }


def _tagged(
    prefix: str, step: int, found: Mapping[str, float | None]
) -> Iterator[tuple[str, int, float]]:
    for name, value in found.items():
        if value is not None:
            yield f"{prefix}/{name}", step, value
