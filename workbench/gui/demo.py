"""The user's own copy of the bundled demo task."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench import locations
from workbench.cancel import CancelToken
from workbench.project.catalogue import FILE_NAME
from workbench.project.project import Project

FOLDER_NAME = "Demo"
TASK_NAME = "Spanish words"


def prepare_demo() -> Path:
    """Folder of the demo project, made on first use; takes some seconds then.

    It is made under another name and renamed when complete, so a crash leaves no half demo.

    Raises:
        WorkbenchError: the documents folder cannot be written, or the disk is full.
    """
    folder = locations.documents_dir() / FOLDER_NAME
    if (folder / FILE_NAME).is_file():
        return folder
    unfinished = folder.with_name(f"{FOLDER_NAME}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    project = Project.create(unfinished)
    try:
        task = project.add_task(TASK_NAME)
        project.import_clips(task.id, locations.resources_dir() / "demo", CancelToken())
    finally:
        project.close()
    return unfinished.rename(_free(folder))


def _free(folder: Path) -> Path:
    """The folder, or one beside it when something else has its name."""
    candidates = (folder.with_name(f"{folder.name} {number}") for number in range(2, 1000))
    return folder if not folder.exists() else next(c for c in candidates if not c.exists())
