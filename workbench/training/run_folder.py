"""The folder of a run: what lies in it, and how it fills while the run speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError
from workbench.training.checkpoint import FILE_NAME as CHECKPOINT_FILE
from workbench.training.event_file import EventWriter
from workbench.training.events import RunEvent

JOB_FILE = "job.json"
RECORD_FILE = "record.json"


def refuse_occupied(folder: Path) -> None:
    """Never train over what an earlier run has left.

    Raises:
        WorkbenchError: when there is a run in the folder.
    """
    if any((folder / name).exists() for name in (CHECKPOINT_FILE, RECORD_FILE)):
        raise WorkbenchError(
            f"{folder} holds a run already.",
            data="That run is untouched.",
            hint="Choose another folder, or continue that run with --resume.",
        )


def kept(
    folder: Path, job: BaseModel, events: Iterator[RunEvent], resume: bool
) -> Iterator[RunEvent]:
    """Keep the job, and what the run says while it says it."""
    write_bytes(folder / JOB_FILE, job.model_dump_json(indent=2).encode())
    with EventWriter(folder, resume) as history:
        for event in events:
            history.write(event)
            yield event


def write_record(folder: Path, record: dict[str, Any]) -> None:
    write_bytes(folder / RECORD_FILE, json.dumps(record, indent=2).encode())
