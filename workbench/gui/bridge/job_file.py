"""The job of a run on disk, and where its files are now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.training.job import AdaptationJob

JOB_FILE = "job.json"


def read_job(folder: Path) -> AdaptationJob:
    """The job of a run, with its paths moved along when the project folder was moved.

    Raises:
        WorkbenchError: there is no readable job in the folder.
    """
    from workbench.training.job import AdaptationJob

    try:
        job = AdaptationJob.model_validate_json((folder / JOB_FILE).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise WorkbenchError(
            f"The settings of the run in {folder} cannot be read.",
            data="Your clips and the other runs are intact.",
            hint="Start a new run with the same settings.",
        ) from error
    data = job.data
    if data.is_relative_to(job.out):
        data = folder / data.relative_to(job.out)
    policy = job.policy_from
    if policy is not None and policy.parent == job.out.parent:
        policy = folder.parent / policy.name
    return job.model_copy(update={"out": folder, "data": data, "policy_from": policy})
