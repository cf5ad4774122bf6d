"""The patches that Try it offers: those of the project's finished runs, and patch files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.detection.scorer import patch_name
from workbench.gui.formatting import size
from workbench.gui.run_files import is_for_pictures, is_on, patch_of
from workbench.gui.run_names import accuracy_text, run_title
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import RunRecord


@dataclass(frozen=True)
class PatchChoice:
    """A patch that can be switched on.

    Attributes:
        name: Unique among the choices; written into detections.
        key: Identity for the colour: the id of its run, or its path.
        is_own: Made for the task that is shown, or none of the project's runs.
        task_id: Task of the project that it was made for; empty where no run of the project made it.
    """

    path: Path
    name: str
    details: str
    key: str
    is_own: bool = True
    task_id: str = ""


def choices_of_runs(session: Session, for_pictures: bool) -> Iterator[PatchChoice]:
    """Patches of one medium: of the task that is shown, then of other tasks on the backbone in use; newest first."""
    if session.project is None:
        return
    tasks = {task.id: task.name for task in session.project.tasks()}
    newest = sorted(session.project.runs(), key=lambda run: run.created, reverse=True)
    own = [run for run in newest if run.task_id == session.task_id]
    others = [run for run in newest if run.task_id in tasks and run.task_id != session.task_id]
    on_backbone = [run for run in others if is_on(run, session.backbone)]
    for run in (*own, *on_backbone):
        path = patch_of(run)
        if path is not None and is_for_pictures(path) is for_pictures:
            is_own = run.task_id == session.task_id
            yield _of_run(run, path, "" if is_own else tasks[run.task_id])


def choice_of_file(path: Path) -> PatchChoice:
    return PatchChoice(path, patch_name(path), _size_of(path), str(path))


def with_unique_names(choices: Sequence[PatchChoice]) -> list[PatchChoice]:
    """Number equal names from the oldest on: ``swr 10 %``, ``swr 10 % (2)``."""
    seen: dict[str, int] = {}
    named = []
    for choice in reversed(choices):
        seen[choice.name] = seen.get(choice.name, 0) + 1
        count = seen[choice.name]
        name = choice.name if count == 1 else f"{choice.name} ({count})"
        named.append(replace(choice, name=name))
    return named[::-1]


def _of_run(run: RunRecord, path: Path, task: str) -> PatchChoice:
    """A run's patch; ``task`` is named where it is another than the one that is shown."""
    parts = (accuracy_text(run.record or {}), _size_of(path))
    details = ", ".join(part for part in parts if part)
    name = " · ".join(part for part in (run_title(run), task) if part)
    return PatchChoice(path, name, details, run.id, not task, run.task_id)


def _size_of(path: Path) -> str:
    return size(path.stat().st_size) if path.is_file() else ""
