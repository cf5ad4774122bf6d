"""The user's own copy of the bundled demo task, as a project."""

from __future__ import annotations

from pathlib import Path

from workbench import locations
from workbench.cancel import CancelToken
from workbench.project.catalogue import FILE_NAME
from workbench.project.project import Progress, Project

PROJECT_NAME = "Spanish demo"
TASK_NAME = "Spanish commands"


def open_or_create_demo(
    folder: Path | None = None,
    token: CancelToken | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Project:
    """Open the demo project; make it on first use, and go on where an earlier try was cut short.

    Args:
        folder: Where the project is or shall be; the user's documents by default.
        token: Stops the import of the clips.
        progress: Told (done, total) while clips are imported.
    """
    folder = folder or locations.documents_dir() / PROJECT_NAME
    is_new = not (folder / FILE_NAME).exists()
    project = Project.create(folder) if is_new else Project.open(folder)
    try:
        task = next(iter(project.tasks()), None) or project.add_task(TASK_NAME)
        if not project.clips(task.id) and not project.clips(task.id, removed=True):
            source = locations.resources_dir() / "demo"
            project.import_clips(task.id, source, token or CancelToken(), progress)
    except BaseException:
        project.close()
        raise
    return project
