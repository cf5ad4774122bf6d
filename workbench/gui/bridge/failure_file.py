"""Why a run failed, kept in its folder for as long as it is not continued."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError

FAILURE_FILE = "failure.txt"


def keep_failure(folder: Path, error: WorkbenchError) -> None:
    """Keep the reason for later days; what made the run fail may well forbid this too."""
    with suppress(WorkbenchError):
        write_bytes(folder / FAILURE_FILE, str(error).encode())


def read_failure(folder: Path) -> str:
    """What was kept; empty when nothing was."""
    try:
        return (folder / FAILURE_FILE).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def forget_failure(folder: Path) -> None:
    """The run goes on, or is about to."""
    with suppress(OSError):
        (folder / FAILURE_FILE).unlink(missing_ok=True)
