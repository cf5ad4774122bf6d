"""A grid of runs with the settings of the Adapt station, put into the queue."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.backbones.base import LayerInfo
from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui.pages.adapt_settings import AdaptSettings
from workbench.gui.session import Session
from workbench.methods.registry import names
from workbench.studies.grid import Cell, refusal, shares_policy
from workbench.studies.pace import Kind, Pace


class SweepRuns:
    """Lines up grids and tells how long they take.

    Args:
        session: Takes the runs.
        settings: Of every method, and of the training.
    """

    def __init__(self, session: Session, settings: AdaptSettings) -> None:
        self._session = session
        self._settings = settings

    def seconds(self, cells: Sequence[Cell]) -> float | None:
        """Time that runs take one after the other, from those of this task and backbone that have finished.

        Raises:
            WorkbenchError: a setting does not fit.
        """
        pace = self._pace()
        teachers = self._teachers(cells)
        kinds = [Kind(cell.method, cell in teachers) for cell in cells]
        per_epoch = pace.left([], kinds, at_once=1)
        return None if per_epoch is None else per_epoch * self._settings.length.epochs.value()

    def refused(self, layers: Sequence[LayerInfo]) -> dict[str, str]:
        """Methods that a backbone does not allow with their settings as they are, with the reason.

        Settings that do not fit are told where runs are asked for.
        """
        found = {}
        for name in names():
            try:
                config = self._settings.config_of(Cell(name, None, 0))
            except WorkbenchError:
                continue
            error = refusal(name, layers, config)
            if error is not None:
                found[name] = f"{error.message} {error.hint}"
        return found

    def enqueue(self, cells: Sequence[Cell]) -> list[str]:
        """Line up runs; those that differ only in the budget use the policy of the first of their seed.

        Raises:
            WorkbenchError: a setting does not fit, or no task is open.
        """
        place = {cell: number for number, cell in enumerate(cells)}
        teachers = {place[cell]: place[one] for cell, one in self._teachers(cells).items()}
        jobs = [self._settings.job_of(cell, self._session.backbone) for cell in cells]
        return self._session.queue.enqueue_all(jobs, teachers)

    def _teachers(self, cells: Sequence[Cell]) -> dict[Cell, Cell]:
        """The run whose policy each run uses, where it does not learn its own."""
        first: dict[tuple[str, int], Cell] = {}
        teachers = {}
        for cell in cells:
            if shares_policy(self._settings.config_of(cell)):
                teacher = first.setdefault((cell.method, cell.seed), cell)
                if teacher != cell:
                    teachers[cell] = teacher
        return teachers

    def _pace(self) -> Pace:
        """Seconds an epoch, by kind of run."""
        pace = Pace()
        project, task_id = self._session.project, self._session.task_id
        for run in project.runs(task_id) if project is not None and task_id is not None else ():
            record = run.record or {}
            # How long several tasks took together says nothing about one.
            if run.state != RunState.FINISHED or "tasks" in run.job:
                continue
            if record.get("backbone") == self._session.backbone:
                kind = Kind(run.method, run.job["policy_from"] is not None)
                pace.learn(kind, sum(record["seconds"].values()) / record["epochs"])
        return pace
