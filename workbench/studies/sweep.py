"""A sweep from its plan to its last run; taken up again wherever it was cut off."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.studies.events import SweepEvent, SweepFinished, SweepStarted
from workbench.studies.folder import (
    KeptSweep,
    clips_sum,
    finished_record,
    keep,
    only_sweep_in,
    read_kept,
    taken_up,
)
from workbench.studies.plan import SweepPlan, expand, refused_methods
from workbench.studies.pool import Pool
from workbench.training.threads import fitting_threads


def sweep(
    plan: SweepPlan,
    folder: Path,
    token: CancelToken,
    at_once: int | None = None,
    cores: int | None = None,
) -> Iterator[SweepEvent]:
    """Do the runs of a plan that have not finished yet.

    Args:
        plan: What is compared. Where the folder holds a sweep, it is continued, and what the plan adds to it is done.
        folder: Gets a folder for each run.
        token: Ends the sweep; what was saved stays and the same call continues it.
        at_once: Runs side by side; None takes as many as the cores have room for.
        cores: Of the machine; None asks it.

    Yields:
        Events; the last is ``SweepFinished``.

    Raises:
        WorkbenchError: when the request cannot be met; a run that fails is told as an event.
        Cancelled: when the token was stopped.
    """
    with only_sweep_in(folder):
        loaded = load_backbone(plan.backbone)
        _refuse_unfit(refused_methods(plan, loaded.backbone.layers()), loaded.card.name)
        clips = clips_sum(plan, loaded, token)
        cores = cores or os.cpu_count() or 1
        runs = len(expand(plan, folder))
        threads = min(fitting_threads(loaded.backbone), max(1, cores // (at_once or runs)))
        new = KeptSweep(
            plan=plan.model_copy(update={"threads": threads}),
            backbone_sha256=loaded.card.sha256,
            clips_sha256=clips,
        )
        old = read_kept(folder)
        kept = taken_up(old, new, folder) if old else new
        jobs = expand(kept.plan, folder)
        found = {job.name: finished_record(job) for job in jobs}
        keep(folder, kept)
        records = {name: record for name, record in found.items() if record is not None}
        threads = jobs[0].job.training.threads or 1
        at_once = min(len(jobs), at_once or max(1, cores // threads))
        pool = Pool([job for job in jobs if job.name not in records], records, at_once, token)
        yield SweepStarted(len(jobs), len(records), at_once, threads)
        for job in jobs:
            if job.name in records:
                pool.learn(job, sum(records[job.name]["seconds"].values()))
        yield from pool.run()
        in_order = {job.name: records[job.name] for job in jobs if job.name in records}
        yield SweepFinished(in_order, pool.failed)


def _refuse_unfit(refused: Mapping[str, WorkbenchError], backbone: str) -> None:
    """What is bound to fail is told before the first run."""
    if refused:
        reasons = " ".join(f"{method}: {error.message}" for method, error in refused.items())
        raise WorkbenchError(
            f"Not every method suits {backbone}. {reasons}",
            data="Nothing was started.",
            hint="Leave these methods out; all means every method that the backbone allows.",
        )


def kept_plan(folder: Path) -> SweepPlan:
    """The plan of a sweep, as it has grown.

    Raises:
        WorkbenchError: when there is none in the folder.
    """
    kept = read_kept(folder)
    if kept is None:
        raise WorkbenchError(f"{folder} holds no sweep.", hint="Choose the folder of a sweep.")
    return kept.plan
