"""How runs and their states are called in the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from workbench.cancel import RunState
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.engine_words import engine_text
from workbench.gui.formatting import duration, percent, percent_of
from workbench.gui.run_files import patch_of

if TYPE_CHECKING:
    from workbench.project.project import RunRecord
    from workbench.training.several_job import Job

_STATE_WORDS = {
    RunState.QUEUED: QT_TRANSLATE_NOOP("RunState", "waiting"),
    RunState.RUNNING: QT_TRANSLATE_NOOP("RunState", "running"),
    RunState.PAUSING: QT_TRANSLATE_NOOP("RunState", "pausing…"),
    RunState.PAUSED: QT_TRANSLATE_NOOP("RunState", "paused"),
    RunState.STOPPING: QT_TRANSLATE_NOOP("RunState", "stopping…"),
    RunState.FINISHED: QT_TRANSLATE_NOOP("RunState", "finished"),
    RunState.CANCELLED: QT_TRANSLATE_NOOP("RunState", "stopped"),
    RunState.FAILED: QT_TRANSLATE_NOOP("RunState", "failed"),
}


def state_word(state: RunState) -> str:
    return QCoreApplication.translate("RunState", str(_STATE_WORDS[state]))


def run_title(run: RunRecord) -> str:
    """Short name of a run: ``swr 10 %``, or ``head · 96 px`` at another resolution than the backbone's."""
    return " · ".join((method_title(run.method, run.budget), *variant_of(run)))


def method_title(method: str, budget: float | None) -> str:
    """``swr 10 %``, or the method alone where it has no budget."""
    return f"{method} {percent(budget, 0)}" if budget is not None else method


def variant_of(run: RunRecord) -> tuple[str, ...]:
    """Which variant of its task a run learned; one among several tells it by the end of the task's name."""
    from workbench.training.several_job import TaskSource, resolution, variant_name

    if side := run.job.get("picture_px"):
        return resolution(TaskSource(data=Path(), picture_px=side))
    task = str((run.record or {}).get("task", ""))
    sources = [TaskSource.model_validate(source) for source in run.job.get("tasks", ())]
    found = (one for one in sources if resolution(one) and task.endswith(variant_name("", one)))
    return next(map(resolution, found), ())


def patch_title(path: Path, runs: Iterable[RunRecord]) -> str:
    """How a patch file is called: by its run if it is one's, else by its own name."""
    from workbench.detection.scorer import patch_name

    for run in runs:
        if patch_of(run) == path:
            return run_title(run)
    return patch_name(path)


def job_budget(config: dict[str, Any]) -> float | None:
    """Budget in a method's settings, or None for methods without one."""
    value = config.get("budget")
    return float(value) if isinstance(value, int | float) else None


def job_title(job: Job) -> str:
    """As ``method_title``, with backbone and seed: ``swr 10 % · bcresnet3.multilingual · seed 0``."""
    name = method_title(job.method, job_budget(job.config))
    seed = QCoreApplication.translate("RunState", "seed {0}").format(job.training.seed)
    return " · ".join((name, Path(job.backbone).name, seed))


def stage_text(log: RunLog) -> str:
    """Where a run stands: ``reparametrize 12/30``; empty before it began."""
    if log.started is None or log.stage < 0:
        return ""
    plan = log.plan[log.stage]
    steps = max(plan.steps_per_epoch, 1)
    epoch = min(plan.epochs, (log.step.step - 1) // steps + 1) if log.step else 1
    return f"{engine_text(plan.title)} {epoch}/{plan.epochs}"


def time_left(log: RunLog) -> str:
    """Estimate such as ``1:40 left``; says so while it is not known yet."""
    left = log.seconds_left
    if left is None:
        return QCoreApplication.translate("RunState", "estimating time…")
    return QCoreApplication.translate("RunState", "{0} left").format(duration(left))


def accuracy_text(record: Mapping[str, Any]) -> str:
    """``95.0 % of 400``: accuracy on the test examples, or on the validation examples where a task has no others.

    Empty for a run that measured none.
    """
    for part in ("test", "val"):
        accuracy, n = record.get(f"{part}_accuracy"), record.get(f"n_{part}")
        if accuracy is not None and n:
            return percent_of(accuracy, n)
    return ""
