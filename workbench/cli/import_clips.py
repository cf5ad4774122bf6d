"""``workbench import``: clips from elsewhere into a project's task."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json
from workbench.cli.project_task import CREATE_OPTION, PROJECT_OPTION, TASK_OPTION, opened_task


def import_clips(
    source: Path = typer.Argument(
        ..., help="Folder of classes, manifest.csv, zip, or IDX files; of sounds or of pictures."
    ),
    project: Path = PROJECT_OPTION,
    task: str = TASK_OPTION,
    create: bool = CREATE_OPTION,
    json: str | None = JSON_OPTION,
) -> None:
    """Copy clips into a project's task, as the window does; what cannot be used is listed.

    What was added before a stop (Ctrl+C) or a failure stays.
    """
    from workbench.cancel import CancelToken

    with opened_task(project, task, create) as (opened, found):
        report = opened.import_clips(found.id, source, CancelToken(), _show_progress)
        counts = opened.clip_counts(found.id)
        classes, clips = sorted({label for label, _ in counts}), sum(counts.values())
        record = {
            "project": str(project),
            "task": task,
            "added": len(report.added),
            "classes": classes,
            "clips": clips,
            "problems": [{"path": str(p.path), "reason": p.reason} for p in report.problems],
        }
    if emit_json(record, json):
        return
    added = len(report.added)
    print(f"{added} clips were added; {task} has {clips} clips in {len(classes)} classes")
    for problem in report.problems:
        print(f"  left out  {problem.path}: {problem.reason}")


def _show_progress(done: int, total: int) -> None:
    end = "\r" if sys.stderr.isatty() and done < total else "\n"
    print(f"  {done} of {total}", end=end, file=sys.stderr, flush=True)
