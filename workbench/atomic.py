"""Writing a file so that a kill or a full disk leaves either the old content or the new, never half."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import WorkbenchError


def write_bytes(path: Path, content: bytes) -> None:
    """Write under a temporary name, flush to disk, rename.

    Raises:
        WorkbenchError: when the folder is not writable or the disk is full; the old file is intact.
    """
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        _discard(temporary)
        raise WorkbenchError(
            f"{path} could not be written: {error.strerror or error}.",
            data="Everything saved before is intact.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error


def _discard(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; folders cannot be opened for this on every platform."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
