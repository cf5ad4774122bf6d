"""What verbs print: a JSON record where asked for, otherwise a table for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.methods.patch import PatchCard

JSON_OPTION = typer.Option(
    None, "--json", help="Write the result as JSON to this file; - for standard output."
)
NARROW_SPACE = "\u202f"


def emit_json(record: Any, target: str | None) -> bool:
    """Write a record where ``--json`` says; False when it was not asked for."""
    if target is None:
        return False
    text = json.dumps(record, indent=2, ensure_ascii=False)
    if target == "-":
        print(text)
    else:
        write_bytes(Path(target), text.encode())
    return True


@contextmanager
def json_lines(target: str) -> Iterator[Callable[[Any], None]]:
    """A function that writes each record as a line of JSON at once, for results that have no end.

    Raises:
        WorkbenchError: when the file cannot be written.
    """
    if target == "-":
        yield lambda record: print(json.dumps(record, ensure_ascii=False), flush=True)
        return
    try:
        file = Path(target).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - only opening may fail so
    except OSError as error:
        raise WorkbenchError(
            f"{target} could not be written: {error.strerror or error}.",
            hint="Choose a folder that you may write to.",
        ) from error
    with file:
        yield lambda record: print(json.dumps(record, ensure_ascii=False), file=file)


def complain(error: WorkbenchError) -> None:
    """One line on standard error, apart from what a script reads."""
    print(f"workbench: {error}", file=sys.stderr)


def tell_versions(card: PatchCard) -> None:
    """Say where a patch was made with other versions of the programs than those in use."""
    from workbench.methods.versions import other_versions

    if other := other_versions(card.versions):
        said = f"the patch for {card.task} was made with {other.then}; here: {other.now}"
        print(f"workbench: {said}", file=sys.stderr)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose first column is text and whose others are numbers."""
    drawn = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        drawn.add_column(column, justify="left" if i == 0 else "right")
    for row in rows:
        drawn.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 140).print(drawn)


def number(value: float) -> str:
    """A count with thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", NARROW_SPACE)


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def interval(ci95: Sequence[float]) -> str:
    return f"{100 * ci95[0]:.1f} to {100 * ci95[1]:.1f} %"
