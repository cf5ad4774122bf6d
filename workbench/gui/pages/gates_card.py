"""The gates of a run of task adapters, as a map and as a table."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from workbench.gui.bridge.run_log import RunLog
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.gate_map import GateMap
from workbench.gui.widgets.table_twin import ChartCard
from workbench.methods.gates import Gates


class GatesCard(ChartCard):
    """How far each channel of each task's adapter is open; empty for methods without gates."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._log = RunLog()
        self.map = GateMap()
        self._rows = TextTable(_titles())
        super().__init__(_tr("Gates"), self.map, self._rows, parent)

    def show_log(self, log: RunLog) -> None:
        """Show a run, live or past."""
        self._log = log
        self.map.start(())
        self.refresh()

    def shows(self, log: RunLog) -> bool:
        """Whether this is the run in view."""
        return self._log is log

    def refresh(self) -> None:
        """The run logged its gates anew."""
        if not self._log.gates:
            self._rows.set_rows([])
            return
        gates = self._log.gates[-1].gates
        if self.map.tasks != self._tasks:
            self.map.start(self._tasks)
        self.map.show_gates(gates)
        self._rows.set_rows(
            [
                (task, layer, f"{_open(gates, i, j)}", f"{len(gates.openings[i][j])}")
                for i, task in enumerate(self._tasks)
                for j, layer in enumerate(gates.layers)
            ]
        )

    @property
    def _tasks(self) -> tuple[str, ...]:
        several, started = self._log.several, self._log.started
        if several is not None:
            return tuple(task.name for task in several.tasks)
        return (started.task,) if started is not None else ()


def _open(gates: Gates, task: int, layer: int) -> int:
    return sum(opening > 0 for opening in gates.openings[task][layer])


def _titles() -> tuple[str, ...]:
    return _tr("Task"), _tr("Layer"), _tr("Open channels"), _tr("Channels")


def _tr(text: str) -> str:
    return QCoreApplication.translate("GatesCard", text)
