"""The request for a sweep: what is compared on which task, and the jobs that this takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from workbench.backbones.base import LayerInfo
from workbench.errors import WorkbenchError
from workbench.methods.registry import get
from workbench.studies.grid import Cell, grid, refusal, shares_policy, takes_budget
from workbench.training.job import AdaptationJob
from workbench.training.settings import (
    TRAINING_SETTINGS,
    make_job,
    setting_pair,
    unknown_field,
    validated,
)

AXES = ("methods", "budgets", "seeds")
"""What may grow when a sweep is taken up again; everything else is the same for all of its runs."""

OWN_OPTIONS = {"budget": "--budgets", "seed": "--seeds", "epochs": "--epochs"}


class SweepPlan(BaseModel):
    """A grid of runs on one backbone and one task.

    Attributes:
        backbone: Name or folder.
        data: Folder of classes, folder with a manifest, or a manifest.
        methods: Names; each is run with every budget if it takes one, under every seed.
        budgets: Shares of the weights; without any, methods that take a budget use their default.
        settings: ``field=value`` pairs; each goes to the training or to every method that has the field.
        threads: Torch threads of a run. They belong to the plan, for with others the same run gives other numbers.
        make_silence: Give a task without a silence class one of generated noise.
        picture_px: Side of the pictures instead of the backbone's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backbone: str
    data: Path
    methods: tuple[str, ...] = Field(min_length=1)
    budgets: tuple[float, ...] = ()
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    epochs: int = Field(30, ge=1)
    settings: tuple[str, ...] = ()
    threads: int = Field(1, ge=1)
    make_silence: bool = True
    picture_px: int | None = None


@dataclass(frozen=True)
class SweepJob:
    """One run of a sweep.

    Attributes:
        name: Of its folder in the sweep's.
        after: Name of the job whose policy it uses, which must have finished before.
    """

    name: str
    cell: Cell
    job: AdaptationJob
    after: str | None


def make_plan(
    *,
    backbone: str,
    data: Path,
    methods: Sequence[str],
    budgets: Sequence[float] = (),
    seeds: Sequence[int] = (0,),
    epochs: int = 30,
    settings: Sequence[str] = (),
    make_silence: bool = True,
    picture_px: int | None = None,
) -> SweepPlan:
    """Check a request; what is named twice counts once.

    Raises:
        WorkbenchError: for unknown methods or settings, values out of bounds, or budgets that no method takes.
    """
    plan = validated(
        SweepPlan,
        {
            "backbone": backbone,
            "data": data,
            "methods": tuple(dict.fromkeys(methods)),
            "budgets": tuple(dict.fromkeys(budgets)),
            "seeds": tuple(dict.fromkeys(seeds)),
            "epochs": epochs,
            "settings": tuple(settings),
            "make_silence": make_silence,
            "picture_px": picture_px,
        },
    )
    _check_settings(plan)
    if plan.budgets and not any(map(takes_budget, plan.methods)):
        raise WorkbenchError(
            f"None of the methods {', '.join(plan.methods)} has a budget.",
            hint="Leave --budgets out, or add swr.",
        )
    expand(plan, Path())  # every single job is checked before the first one begins
    return plan


def expand(plan: SweepPlan, folder: Path) -> tuple[SweepJob, ...]:
    """The jobs of a plan in the order in which they are done.

    Runs of SWR that differ only in the budget share a policy: the first one of each seed learns it.

    Args:
        plan: As checked by ``make_plan``.
        folder: Of the sweep; each run has a folder of its own in it.
    """
    jobs: list[SweepJob] = []
    teachers: dict[tuple[str, int], str] = {}
    for cell in grid(plan.methods, plan.budgets, plan.seeds):
        config_type = get(cell.method).Config
        job = make_job(
            backbone=plan.backbone,
            data=plan.data,
            method=cell.method,
            out=folder / cell.name,
            budget=cell.budget,
            settings=_settings_for(plan, cell.method),
            seed=cell.seed,
            epochs=plan.epochs,
            make_silence=plan.make_silence,
            picture_px=plan.picture_px,
        )
        after = None
        if shares_policy(config_type.model_validate(job.config)):
            teacher = teachers.setdefault((cell.method, cell.seed), cell.name)
            after = teacher if teacher != cell.name else None
        jobs.append(SweepJob(cell.name, cell, _with_policy(job, folder, after), after))
    return tuple(jobs)


def refused_methods(plan: SweepPlan, layers: Sequence[LayerInfo]) -> dict[str, WorkbenchError]:
    """The methods of a plan that a backbone does not allow, each with the reason.

    Args:
        plan: As checked by ``make_plan``.
        layers: Layer table of its backbone.
    """
    configs = {job.cell.method: job.job.config for job in expand(plan, Path())}
    reasons = {
        method: refusal(method, layers, get(method).Config.model_validate(config))
        for method, config in configs.items()
    }
    return {method: reason for method, reason in reasons.items() if reason is not None}


def _with_policy(job: AdaptationJob, folder: Path, after: str | None) -> AdaptationJob:
    return job.model_copy(update={"policy_from": folder / after if after else None})


def _settings_for(plan: SweepPlan, method: str) -> tuple[str, ...]:
    """Settings that concern the method or the training; the plan's threads unless others are asked for."""
    known = {*get(method).Config.model_fields, *TRAINING_SETTINGS}
    return (
        f"threads={plan.threads}",
        *(text for text in plan.settings if setting_pair(text)[0] in known),
    )


def _check_settings(plan: SweepPlan) -> None:
    known = {field for method in plan.methods for field in get(method).Config.model_fields}
    known |= set(TRAINING_SETTINGS)
    for field in (setting_pair(text)[0] for text in plan.settings):
        if field in OWN_OPTIONS:
            raise WorkbenchError(
                f"{field} is what a sweep goes through.", hint=f"Use {OWN_OPTIONS[field]}."
            )
        if field not in known:
            raise unknown_field(field, sorted(known))
