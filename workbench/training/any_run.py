"""Starting a run, whether it is over one task or over several."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.cancel import CancelToken
from workbench.training.events import RunEvent
from workbench.training.run import run
from workbench.training.several import run_several
from workbench.training.several_job import Job, SeveralJob


def run_job(job: Job, token: CancelToken, resume: bool = False) -> Iterator[RunEvent]:
    """``run`` or ``run_several``, as the job asks; arguments and errors are theirs."""
    if isinstance(job, SeveralJob):
        return run_several(job, token, resume)
    return run(job, token, resume)
