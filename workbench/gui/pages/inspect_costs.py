"""What runs were asked to store against what they store, as a chart and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from workbench.gui.formatting import percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.target_cost import CostLine, CostPoint, TargetCost
from workbench.gui.widgets.table_twin import ChartCard


class CostCard(ChartCard):
    """Hidden where nothing was asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.costs = TargetCost()
        self._rows = TextTable((_tr("Run"), _tr("Asked"), _tr("Stored")))
        super().__init__(_tr("Asked against stored"), self.costs, self._rows, parent)

    def show_costs(self, points: Sequence[CostPoint], lines: Sequence[CostLine]) -> None:
        """Show runs as points, and what a policy would store at every budget as lines."""
        self.setVisible(bool(points or lines))
        self.costs.show_costs(points, lines)
        rows = [(p.title, percent(p.asked), percent(p.stored)) for p in points]
        rows += [
            (line.title, percent(asked, 0), percent(stored))
            for line in lines
            for asked, stored in line.points
        ]
        self._rows.set_rows(rows)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CostCard", text)
