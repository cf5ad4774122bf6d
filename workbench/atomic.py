"""Files that appear whole or not at all: temporary name, flush to disk, rename, flush of the folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from workbench.errors import WorkbenchError

TEMPORARY_SUFFIX = ".part"


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` survive a power cut, where the platform can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``path`` that takes its place when the block ends well.

    Raises:
        OSError: when the disk is full or the folder cannot be written; ``path`` is as before.
    """
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file, making its folder if need be.

    Raises:
        WorkbenchError: when the folder is not writable or the disk is full; the old file is intact.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content)
    except OSError as error:
        raise WorkbenchError(
            f"{path} could not be written: {error.strerror or error}.",
            data="Everything saved before is intact.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error
