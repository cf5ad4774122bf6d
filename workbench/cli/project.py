"""``workbench project``: a whole project as one file, and its tasks for the other verbs."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, number
from workbench.cli.project_task import TASK_OPTION, opened_task

app = typer.Typer(
    help="Pack a project into one file, unpack it, or write a task's manifest.",
    no_args_is_help=True,
)
FOLDER = typer.Argument(..., help="Folder of the project.")


@app.command()
def pack(
    folder: Path = FOLDER,
    out: Path = typer.Option(..., help="Zip file to write."),
    json: str | None = JSON_OPTION,
) -> None:
    """Write clips, runs with their patches and the word library into one file; checkpoints stay behind.

    The project is only read and may be open in the window.
    """
    from workbench.project.packing import pack as pack_project

    packed = pack_project(folder, out)
    for path in packed.missing:
        print(f"workbench: {path} is gone, so it is not in {out}", file=sys.stderr)
    missing = [str(path) for path in packed.missing]
    record = {"path": str(out), "bytes": packed.bytes, "files": packed.files, "missing": missing}
    if not emit_json(record, json):
        print(f"{out}: {packed.files} files, {number(packed.bytes)} bytes")


@app.command()
def unpack(
    archive: Path = typer.Argument(..., help="File that pack wrote."),
    out: Path = typer.Option(..., help="New or empty folder for the project."),
    json: str | None = JSON_OPTION,
) -> None:
    """Make a project of a packed one; nothing is written outside of its folder."""
    from workbench.project.packing import unpack as unpack_project

    unpack_project(archive, out)
    if not emit_json({"project": str(out)}, json):
        print(f"{out}: open it with workbench {out}")


@app.command()
def manifest(
    folder: Path = FOLDER,
    task: str = TASK_OPTION,
    out: Path = typer.Option(..., help="Folder in which a folder for the task is made."),
    json: str | None = JSON_OPTION,
) -> None:
    """Write a task's clips, labels and parts as a manifest, which is what --data takes."""
    with opened_task(folder, task, create=False) as (opened, found):
        path = opened.freeze_task(found.id, out)
    if not emit_json({"manifest": str(path)}, json):
        print(path)
