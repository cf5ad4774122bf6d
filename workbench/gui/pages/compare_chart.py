"""The chart of the Compare station: accuracy against what runs store, or against what they compute."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QButtonGroup, QWidget

from workbench.gui.formatting import count, percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.pages.compare_data import interval_text
from workbench.gui.pages.compare_groups import (
    MULTIPLIES,
    STORED,
    RunGroup,
    interval_over,
    scatter_points,
)
from workbench.gui.plots.scatter import Scatter
from workbench.gui.selection import RunSelection
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.table_twin import ChartCard


class CostChart(ChartCard):
    """Points with error bars, a switch between the two costs, and the same as a table."""

    def __init__(self, selection: RunSelection, parent: QWidget | None = None) -> None:
        self.scatter = Scatter()
        self._points = TextTable(
            (
                self.tr("Run"),
                self.tr("Stored"),
                self.tr("Multiplies"),
                self.tr("Accuracy"),
                self.tr("95 % interval"),
                self.tr("Over"),
                self.tr("Worth its cost"),
            )
        )
        super().__init__(self.tr("Accuracy against cost"), self.scatter, self._points, parent)
        self._points.setParent(self)
        self._selection = selection
        self._groups: tuple[RunGroup, ...] = ()
        self._titles = {
            STORED: self.tr("Stored parameters"),
            MULTIPLIES: self.tr("Multiplies per example"),
        }
        self.buttons = self._add_switch()

    @property
    def cost(self) -> str:
        """What accuracy is drawn against: ``STORED`` or ``MULTIPLIES``."""
        return MULTIPLIES if self.buttons[MULTIPLIES].isChecked() else STORED

    def show_groups(self, groups: Sequence[RunGroup]) -> None:
        """Draw groups of runs; dominated ones are grey."""
        self._groups = tuple(groups)
        self._draw()

    def _draw(self) -> None:
        title = self._titles[self.cost]
        points, front = scatter_points(self._groups, self.cost, self._selection)
        self.scatter.show_points(points, front, title)
        self.scatter.setAccessibleName(self.tr("Accuracy against {0}").format(title))
        yes, no = self.tr("yes"), self.tr("no")
        self._points.set_rows(
            [
                (
                    group.title,
                    count(group.cost(STORED)),
                    count(group.cost(MULTIPLIES)),
                    percent(point.accuracy),
                    interval_text(group.spread),
                    interval_over(group),
                    no if point.is_dominated else yes,
                )
                for group, point in zip(self._groups, points, strict=True)
            ]
        )

    def _add_switch(self) -> dict[str, PushButton]:
        """Two buttons, of which one is pressed."""
        group = QButtonGroup(self)
        buttons = {}
        for axis, text, tip in (
            (STORED, self.tr("Stored"), self.tr("Changed weights, norm statistics and head")),
            (MULTIPLIES, self.tr("Multiplies"), self.tr("Multiply-accumulates for one example")),
        ):
            button = PushButton(text, None, "", self)
            button.setCheckable(True)
            button.setToolTip(tip)
            group.addButton(button)
            self.add_header_widget(button)
            buttons[axis] = button
        buttons[STORED].setChecked(True)
        self.toggle.setParent(None)
        self.add_header_widget(self.toggle)
        group.buttonToggled.connect(lambda _, on: self._draw() if on else None)
        return buttons
