"""Prints the events of a run as they come."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from workbench.errors import WorkbenchError
from workbench.methods.base import KEPT_BYTES
from workbench.methods.versions import other_versions
from workbench.training.events import (
    EpochFinished,
    RoundLogged,
    RunEvent,
    RunFinished,
    RunStarted,
    SeveralEpochFinished,
    SeveralFinished,
    SeveralStarted,
    StageStarted,
    StepLogged,
)


def follow(events: Iterator[RunEvent]) -> dict[str, Any]:
    """Print progress to standard error and return the record that ends the run."""
    titles: list[str] = []
    tasks: tuple[str, ...] = ()
    stage_began = time.monotonic()
    first_step = 0
    kept_bytes = 0.0
    last: RunEvent | None = None
    for event in events:
        last = event
        if isinstance(event, RunStarted | SeveralStarted):
            titles = [stage.title for stage in event.stages]
            if event.resumed_from_epoch is not None:
                _say(f"continuing after epoch {event.resumed_from_epoch}")
            if other := other_versions(event.begun_with):
                _say(
                    f"begun with {other.then}, continued with {other.now}: the result may be another than without "
                    "the break"
                )
        if isinstance(event, SeveralStarted):
            tasks = tuple(task.name for task in event.tasks)
        elif isinstance(event, StageStarted):
            stage_began, first_step = time.monotonic(), 0
            _say(f"{event.index + 1}/{len(titles)} {event.stage.title}")
        elif isinstance(event, StepLogged | RoundLogged):
            first_step = first_step or event.step
            kept_bytes = event.extras.get(KEPT_BYTES, 0.0)
            if sys.stderr.isatty():
                _status(event, titles, stage_began, first_step)
        elif isinstance(event, EpochFinished):
            kept = f"  {kept_bytes / 1e6:.1f} MB of features kept" if kept_bytes else ""
            _say(_epoch_line(event) + kept)
        elif isinstance(event, SeveralEpochFinished):
            _say(_epoch_lines(event, tasks))
    if not isinstance(last, RunFinished | SeveralFinished):
        raise WorkbenchError(
            "The run ended without a result.",
            data="Its last checkpoint is kept.",
            hint="Start it again with --resume.",
        )
    return last.record


def _epoch_line(event: EpochFinished) -> str:
    line = f"  epoch {event.epoch}/{event.epochs}"
    if event.train_accuracy is None:
        line += f"  loss {event.train_loss:.3f}"
        if event.val_loss is not None:
            line += f"  validation {event.val_loss:.3f} over {event.val_count}"
    else:
        line += _scores(event.train_loss, event.train_accuracy, event.val_accuracy, event.val_count)
    return f"{line}  {event.seconds:.0f} s"


def _epoch_lines(event: SeveralEpochFinished, tasks: tuple[str, ...]) -> str:
    """A line for the epoch, and one for each task that took part."""
    width = max(map(len, tasks))
    lines = [f"  epoch {event.epoch}/{event.epochs}  {event.seconds:.0f} s"]
    for name, found in zip(tasks, event.tasks, strict=True):
        if found.train_loss is not None and found.train_accuracy is not None:
            scores = _scores(
                found.train_loss, found.train_accuracy, found.val_accuracy, found.val_count
            )
            lines.append(f"    {name:<{width}}{scores}")
    return "\n".join(lines)


def _scores(loss: float, accuracy: float, validated: float | None, clips: int) -> str:
    line = f"  loss {loss:.3f}  accuracy {100 * accuracy:.1f} %"
    if validated is not None:
        line += f"  validation {100 * validated:.1f} % of {clips}"
    return line


def _status(
    event: StepLogged | RoundLogged, titles: list[str], began: float, first_step: int
) -> None:
    done = event.step - first_step + 1
    left = (time.monotonic() - began) / done * (event.total_steps - event.step)
    losses = (event.loss,) if isinstance(event, StepLogged) else event.losses
    shown = ", ".join(f"{loss:.3f}" for loss in losses if loss is not None)
    text = f"  {titles[event.stage]} {event.step}/{event.total_steps}"
    print(f"\r{text}  loss {shown}  about {left:.0f} s left ", end="", file=sys.stderr)


def _say(text: str) -> None:
    start = "\r\033[K" if sys.stderr.isatty() else ""
    print(start + text, file=sys.stderr, flush=True)
