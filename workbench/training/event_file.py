"""The events of a run on disk, one JSON line each, so that its film can be watched again later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, get_args

from pydantic import TypeAdapter

from workbench.errors import WorkbenchError
from workbench.training.events import RoundLogged, RunEvent, StepLogged

FILE_NAME = "events.jsonl"
_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in get_args(RunEvent)
}


class EventWriter:
    """Appends events; what an epoch said is on disk when the epoch is over.

    Args:
        folder: Folder of the run; created when missing.
        resume: Append to what an earlier attempt wrote.
    """

    def __init__(self, folder: Path, resume: bool) -> None:
        self._path = folder / FILE_NAME
        self._resume = resume
        self._file: IO[str] | None = None

    def __enter__(self) -> EventWriter:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._resume:
                self._drop_half_a_line()
            self._file = self._path.open("a" if self._resume else "w", encoding="utf-8")
        except OSError as error:
            raise self._problem(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._file is not None
        try:
            self._file.close()
        except OSError as full:
            # Closing tries once more what a full disk has refused; the first error says all there is to say.
            if error is None:
                raise self._problem(full) from full

    def write(self, event: RunEvent) -> None:
        """Raises: WorkbenchError when the disk does not take it."""
        assert self._file is not None
        name = type(event).__name__
        line = {"event": name, "data": _ADAPTERS[name].dump_python(event, mode="json")}
        try:
            self._file.write(json.dumps(line) + "\n")
            if not isinstance(event, StepLogged | RoundLogged):
                self._file.flush()
        except OSError as error:
            raise self._problem(error) from error

    def _drop_half_a_line(self) -> None:
        """What a crash cut off would spoil the line that is written next."""
        if self._path.is_file():
            with self._path.open("rb+") as file:
                content = file.read()
                file.truncate(content.rfind(b"\n") + 1)

    def _problem(self, error: OSError) -> WorkbenchError:
        return WorkbenchError(
            f"The history of the run cannot be written to {self._path} ({error.strerror}).",
            data="The last checkpoint is kept.",
            hint="Make room on the disk or allow writing there, then continue the run.",
        )


def read_events(folder: Path) -> Iterator[RunEvent]:
    """Everything a run has said; nothing when nothing was kept. A line cut off by a crash is left out."""
    path = folder / FILE_NAME
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                raw = json.loads(line)
                yield _ADAPTERS[raw["event"]].validate_python(raw["data"])
