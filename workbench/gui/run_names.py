"""How runs and their states are called in the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from workbench.cancel import RunState
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.formatting import duration, percent

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


def run_title(method: str, budget: float | None) -> str:
    """Short name of a run: ``swr 10 %``."""
    return f"{method} {percent(budget, 0)}" if budget is not None else method


def patch_title(path: Path, runs: Iterable[RunRecord]) -> str:
    """How a patch file is called: by its run if it lies in the folder of one, else by its own name."""
    from workbench.detection.scorer import patch_name

    for run in runs:
        if run.folder == path.parent:
            return run_title(run.method, run.budget)
    return patch_name(path)


def job_budget(config: dict[str, Any]) -> float | None:
    """Budget in a method's settings, or None for methods without one."""
    value = config.get("budget")
    return float(value) if isinstance(value, int | float) else None


def job_title(job: Job) -> str:
    """As ``run_title``, with backbone and seed: ``swr 10 % · bcresnet3.multilingual · seed 0``."""
    name = run_title(job.method, job_budget(job.config))
    seed = QCoreApplication.translate("RunState", "seed {0}").format(job.training.seed)
    return " · ".join((name, Path(job.backbone).name, seed))


def stage_text(log: RunLog) -> str:
    """Where a run stands: ``reparametrize 12/30``; empty before it began."""
    if log.started is None or log.stage < 0:
        return ""
    plan = log.plan[log.stage]
    steps = max(plan.steps_per_epoch, 1)
    epoch = min(plan.epochs, (log.step.step - 1) // steps + 1) if log.step else 1
    return f"{plan.title} {epoch}/{plan.epochs}"


def time_left(log: RunLog) -> str:
    """Estimate such as ``1:40 left``; says so while it is not known yet."""
    left = log.seconds_left
    if left is None:
        return QCoreApplication.translate("RunState", "estimating time…")
    return QCoreApplication.translate("RunState", "{0} left").format(duration(left))


def accuracy_of(record: Mapping[str, Any]) -> float | None:
    """Accuracy that a run reported: of the test clips, or of the validation clips where a task has no others."""
    accuracy = record.get("test_accuracy")
    return record.get("val_accuracy") if accuracy is None else accuracy
