"""One window per project: a lock file that a dead process cannot hold."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import WorkbenchError

FILE_NAME = "project.lock"


class ProjectLock:
    """Held from ``acquire`` to ``release``; the file names the process that holds it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._held = False

    def acquire(self) -> None:
        """Raises: WorkbenchError when another living process has the project open, or it cannot be written."""
        for _ in range(2):
            try:
                with self._path.open("x", encoding="utf-8") as file:
                    file.write(str(os.getpid()))
                self._held = True
                return
            except FileExistsError:
                if self._holder_lives():
                    break
                self._path.unlink(missing_ok=True)
            except OSError as error:
                raise WorkbenchError(
                    f"{self._path.parent} cannot be written: {error.strerror or error}.",
                    hint="Choose a folder that you may write to.",
                ) from error
        raise WorkbenchError(
            f"The project {self._path.parent.name} is already open in another window.",
            hint="Close it there first.",
        )

    def release(self) -> None:
        if self._held:
            self._path.unlink(missing_ok=True)
            self._held = False

    def _holder_lives(self) -> bool:
        try:
            holder = int(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return False
        try:
            os.kill(holder, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
