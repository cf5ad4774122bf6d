"""The newest patch of each task of a project on one backbone, read off the window's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.backbones.base import LayerInfo
from workbench.errors import WorkbenchError
from workbench.gui.run_files import patch_of
from workbench.gui.run_names import run_title
from workbench.methods.ledger import Ledger, ledger_of
from workbench.methods.patch import read_patch

if TYPE_CHECKING:
    from workbench.project.project import Project


@dataclass(frozen=True)
class Candidate:
    """A patch of a finished run, with the names of its task and of the run."""

    task: str
    title: str
    path: Path


@dataclass(frozen=True)
class TaskPatch:
    """A task's newest patch and what it stores."""

    task: str
    title: str
    ledger: Ledger


def candidates(project: Project) -> tuple[Candidate, ...]:
    """All patches of a project, in the order of its tasks and the newest first."""
    found = []
    for task in project.tasks():
        for run in sorted(project.runs(task.id), key=lambda one: one.created, reverse=True):
            path = patch_of(run)
            if path is not None:
                found.append(Candidate(task.name, run_title(run), path))
    return tuple(found)


def newest_patches(
    found: Sequence[Candidate], backbone_sha256: str, layers: Sequence[LayerInfo]
) -> tuple[tuple[TaskPatch, ...], tuple[WorkbenchError, ...]]:
    """The newest patch of each task that belongs to a backbone, and what is wrong with those that cannot be read.

    Args:
        found: From ``candidates``.
        backbone_sha256: Of the backbone's weights.
        layers: Its layer table.
    """
    newest: dict[str, TaskPatch] = {}
    problems = []
    for one in found:
        if one.task in newest:
            continue
        try:
            patch = read_patch(one.path)
        except WorkbenchError as error:
            problems.append(error)
            continue
        if patch.card.backbone_sha256 == backbone_sha256:
            ledger = ledger_of(patch, one.path.stat().st_size, layers)
            newest[one.task] = TaskPatch(one.task, one.title, ledger)
    return tuple(newest.values()), tuple(problems)
