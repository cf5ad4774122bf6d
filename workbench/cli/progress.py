"""Prints the events of a run as they come."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from workbench.errors import WorkbenchError
from workbench.training.events import (
    EpochFinished,
    RunEvent,
    RunFinished,
    RunStarted,
    StageStarted,
    StepLogged,
)


def follow(events: Iterator[RunEvent]) -> RunFinished:
    """Print progress to standard error and return the last event."""
    titles: list[str] = []
    stage_began = time.monotonic()
    first_step = 0
    last: RunEvent | None = None
    for event in events:
        last = event
        if isinstance(event, RunStarted):
            titles = [stage.title for stage in event.stages]
            if event.resumed_from_epoch is not None:
                _say(f"continuing after epoch {event.resumed_from_epoch}")
        elif isinstance(event, StageStarted):
            stage_began, first_step = time.monotonic(), 0
            _say(f"{event.index + 1}/{len(titles)} {event.stage.title}")
        elif isinstance(event, StepLogged):
            first_step = first_step or event.step
            if sys.stderr.isatty():
                _status(event, titles, stage_began, first_step)
        elif isinstance(event, EpochFinished):
            _say(_epoch_line(event))
    if not isinstance(last, RunFinished):
        raise WorkbenchError(
            "The run ended without a result.",
            data="Its last checkpoint is kept.",
            hint="Start it again with --resume.",
        )
    return last


def _epoch_line(event: EpochFinished) -> str:
    line = f"  epoch {event.epoch}/{event.epochs}  loss {event.train_loss:.3f}"
    if event.train_accuracy is not None:
        line += f"  accuracy {100 * event.train_accuracy:.1f} %"
    if event.val_accuracy is not None:
        line += f"  validation {100 * event.val_accuracy:.1f} % of {event.val_count}"
    elif event.val_loss is not None:
        line += f"  validation loss {event.val_loss:.3f} over {event.val_count}"
    return f"{line}  {event.seconds:.0f} s"


def _status(event: StepLogged, titles: list[str], began: float, first_step: int) -> None:
    done = event.step - first_step + 1
    left = (time.monotonic() - began) / done * (event.total_steps - event.step)
    text = f"  {titles[event.stage]} {event.step}/{event.total_steps}"
    print(f"\r{text}  loss {event.loss:.3f}  about {left:.0f} s left ", end="", file=sys.stderr)


def _say(text: str) -> None:
    start = "\r\033[K" if sys.stderr.isatty() else ""
    print(start + text, file=sys.stderr, flush=True)
