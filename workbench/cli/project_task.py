"""The project and the task that a verb works in, named by the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.project.project import Project, TaskRecord

PROJECT_OPTION = typer.Option(..., help="Folder of the project.")
TASK_OPTION = typer.Option(..., help="Task in it, by name.")
CREATE_OPTION = typer.Option(
    False, "--create", help="Make the project, and the task in it, where there is none."
)


@contextmanager
def opened_task(folder: Path, name: str, create: bool) -> Iterator[tuple[Project, TaskRecord]]:
    """Hold a project open while something is added to one of its tasks.

    Raises:
        WorkbenchError: when it is open elsewhere, or there is none and none is to be made.
    """
    from workbench.project.catalogue import FILE_NAME
    from workbench.project.project import Project

    is_new = create and not (folder / FILE_NAME).is_file()
    project = Project.create(folder) if is_new else Project.open(folder)
    try:
        yield project, _named(project, name, create)
    finally:
        project.close()


def _named(project: Project, name: str, create: bool) -> TaskRecord:
    tasks = project.tasks()
    for task in tasks:
        if task.name == name:
            return task
    if create:
        return project.add_task(name)
    there = ", ".join(task.name for task in tasks)
    raise WorkbenchError(
        f'The project {project.name} has no task "{name}".',
        hint=f"Name one of {there}, or make it with --create." if there else "Use --create.",
    )
