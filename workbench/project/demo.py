"""The user's own copy of the bundled demo task, as a project."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench import locations
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.project.catalogue import FILE_NAME
from workbench.project.project import Project

PROJECT_NAME = "Spanish demo"
TASK_NAME = "Spanish commands"


def open_or_create_demo(folder: Path | None = None) -> Project:
    """Open the demo project, making it on first use, which takes some seconds.

    It is made under another name and renamed when it is complete, so that a kill leaves no half demo.

    Args:
        folder: Where the project is or shall be; the user's documents by default.

    Raises:
        WorkbenchError: when the folder is taken or cannot be written, the disk is full, or another window has it open.
    """
    folder = folder or locations.documents_dir() / PROJECT_NAME
    if not (folder / FILE_NAME).exists():
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        project = Project.create(unfinished)
        try:
            task = project.add_task(TASK_NAME)
            project.import_clips(task.id, locations.resources_dir() / "demo", CancelToken())
        finally:
            project.close()
        _put_in_place(unfinished, folder)
    return Project.open(folder)


def _put_in_place(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        raise WorkbenchError(
            f"The demo cannot be put into {folder}: {error.strerror or error}.",
            data="What lies there was not touched.",
            hint="Rename or remove that folder, then open the demo again.",
        ) from error
