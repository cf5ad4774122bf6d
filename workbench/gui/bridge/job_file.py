"""The job of a run on disk, and where its files are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from PySide6.QtCore import QCoreApplication

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.project.project import Project
    from workbench.training.several_job import Job

JOB_FILE = "job.json"


def read_job(folder: Path) -> Job:
    """The job of a run, with its paths moved along when the project folder was moved.

    Raises:
        WorkbenchError: there is no readable job in the folder.
    """
    from workbench.training.several_job import Job, SeveralJob

    try:
        job: Job = TypeAdapter(Job).validate_json((folder / JOB_FILE).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise WorkbenchError(
            _tr("The settings of the run in {0} cannot be read.").format(folder),
            data=_tr("Your clips and the other runs are intact."),
            hint=_tr("Start a new run with the same settings."),
        ) from error

    def moved(data: Path) -> Path:
        return folder / data.relative_to(job.out) if data.is_relative_to(job.out) else data

    if isinstance(job, SeveralJob):
        tasks = tuple(task.model_copy(update={"data": moved(task.data)}) for task in job.tasks)
        return job.model_copy(update={"out": folder, "tasks": tasks})
    policy = job.policy_from
    if policy is not None and policy.parent == job.out.parent:
        policy = folder.parent / policy.name
    return job.model_copy(update={"out": folder, "data": moved(job.data), "policy_from": policy})


def record_runs(
    project: Project, jobs: Sequence[Job], task_ids: Sequence[str], teachers: Mapping[int, int]
) -> dict[str, Job]:
    """List runs in a project, all or none; by their ids, the jobs with the folders that the runs were given.

    Args:
        teachers: Of a job that uses the policy of one before it: the places of both among the jobs.

    Raises:
        WorkbenchError: the project cannot be written.
    """
    folders: list[Path] = []
    new: dict[str, Job] = {}
    with project.at_once():
        for place, job in enumerate(jobs):
            teacher = teachers.get(place)
            policy = {} if teacher is None else {"policy_from": folders[teacher]}
            record = project.new_run(task_ids[0], job.model_copy(update=policy), task_ids[1:])
            folders.append(record.folder)
            new[record.id] = job.model_copy(update={"out": record.folder, **policy})
    return new


def write_down(project: Project, task_ids: Sequence[str], job: Job) -> Job:
    """Write the clips of a run as they are now, and its job beside them, so that it can be continued."""
    from workbench.training.several_job import SeveralJob

    manifests = [project.freeze_task(task_id, job.out) for task_id in task_ids]
    if isinstance(job, SeveralJob):
        tasks = tuple(
            task.model_copy(update={"data": manifest})
            for task, manifest in zip(job.tasks, manifests, strict=True)
        )
        job = job.model_copy(update={"tasks": tasks})
    else:
        job = job.model_copy(update={"data": manifests[0]})
    write_bytes(job.out / JOB_FILE, job.model_dump_json(indent=2).encode())
    return job


def _tr(text: str) -> str:
    return QCoreApplication.translate("JobFile", text)
