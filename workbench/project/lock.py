"""One process per folder: a lock that the system drops when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from workbench.errors import WorkbenchError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE_NAME = "project.lock"


class FolderLock:
    """Held from ``acquire`` to ``release``; the file stays, only the lock on it comes and goes.

    A process number in the file would not do: numbers are given again to other processes, and two
    windows that find a dead one at the same moment would both take its place.

    Args:
        path: Of the file; its folder must be there.
        taken: What is told when another process holds the lock.
    """

    def __init__(self, path: Path, taken: WorkbenchError) -> None:
        self._path = path
        self._taken = taken
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            WorkbenchError: when another process holds it, or the folder cannot be written.
        """
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise WorkbenchError(
                f"{self._path.parent} cannot be written: {error.strerror or error}.",
                hint="Choose a folder that you may write to.",
            ) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise self._taken from error
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class ProjectLock(FolderLock):
    """One window per project."""

    def __init__(self, folder: Path) -> None:
        taken = WorkbenchError(
            f"The project {folder.name} is already open in another window.",
            hint="Close it there first.",
        )
        super().__init__(folder / FILE_NAME, taken)


def _lock(descriptor: int) -> None:
    """Lock without waiting; raises OSError when another window holds it."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
