"""How each task of a run over several does, as curves and as a table."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from workbench.evaluation.metrics import wilson
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.formatting import count, percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.task_curves import TaskCurves
from workbench.gui.widgets.table_twin import ChartCard
from workbench.training.events import TaskEpoch


class TasksCard(ChartCard):
    """Validation accuracy by task; hidden for runs over one task."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._log = RunLog()
        self._curves = TaskCurves()
        self._rows = TextTable(_titles())
        super().__init__(_tr("Tasks: validation accuracy"), self._curves, self._rows, parent)

    def show_log(self, log: RunLog) -> None:
        """Show a run, live or past."""
        self._log = log
        self._curves.show_log(log)
        self.refresh()

    def refresh(self) -> None:
        """The run finished an epoch."""
        several = self._log.several
        names = [task.name for task in several.tasks] if several else []
        self._rows.set_rows(
            [
                (name, str(epoch.epoch), *_accuracies(task))
                for epoch in self._log.task_epochs
                for name, task in zip(names, epoch.tasks, strict=True)
            ]
        )
        self._curves.refresh()


def _accuracies(task: TaskEpoch) -> tuple[str, ...]:
    """Training and validation accuracy with interval and number of examples, as text."""
    trained = percent(task.train_accuracy) if task.train_accuracy is not None else "–"
    if task.val_accuracy is None or not task.val_count:
        return trained, "–", "–", count(task.val_count)
    low, high = wilson(round(task.val_accuracy * task.val_count), task.val_count)
    interval = f"{percent(low)} – {percent(high)}"
    return trained, percent(task.val_accuracy), interval, count(task.val_count)


def _titles() -> tuple[str, ...]:
    return (
        _tr("Task"),
        _tr("Epoch"),
        _tr("Training accuracy"),
        _tr("Validation accuracy"),
        _tr("95 % interval"),
        _tr("Examples"),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("TasksCard", text)
