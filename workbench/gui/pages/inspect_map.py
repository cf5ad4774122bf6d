"""The map card of the Inspect station: runs side by side, or the budgets of one run, or the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QAbstractItemModel, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QScrollArea, QStackedWidget, QWidget

from workbench.gui import theme
from workbench.gui.formatting import percent, size
from workbench.gui.itemmodels.columns import RAW_ROLE, ColumnTable
from workbench.gui.pages.inspect_columns import MapRecord, budget_columns, run_columns
from workbench.gui.pages.inspect_data import InspectedRun, PolicyView, in_common
from workbench.gui.plots.budget_map import BudgetMap
from workbench.gui.plots.layer_map import LayerMap, MapColumn
from workbench.gui.plots.layer_marks import NORM
from workbench.gui.plots.layer_rows import MapRow
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.table_twin import ChartCard
from workbench.methods.swr.preview import BudgetPreview


class MapCard(ChartCard):
    """Switches between runs and budgets, and each of them to a table.

    Attributes:
        row_chosen: The user picked a layer; carries its row.
    """

    row_chosen = Signal(MapRow)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.runs = LayerMap()
        self.budgets = BudgetMap()
        self._maps = QStackedWidget()
        for one in (self.runs, self.budgets):
            self._maps.addWidget(_scrolled(one))
        self._sorted = QSortFilterProxyModel()
        self._sorted.setSortRole(RAW_ROLE)
        super().__init__(self.tr("Changed layers"), self._maps, self._sorted, parent)
        self._sorted.setParent(self)
        self._all: tuple[tuple[MapRow, ...], tuple[MapColumn, ...], str] = ((), (), "")
        self._columns: tuple[MapColumn, ...] = ()
        self._policy: PolicyView | None = None
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.caption = QLabel(self)
        self.caption.setWordWrap(True)
        theme.set_role(self.caption, "small")
        self.add(self.caption)
        self._add_switch()
        for one in (self.runs, self.budgets):
            one.row_chosen.connect(partial(self._choose, one))
        self.budgets.budget_chosen.connect(self._show_budget)

    @property
    def shows_budgets(self) -> bool:
        return self.budgets_button.isChecked()

    @property
    def shows_norms(self) -> bool:
        return self.norms_button.isChecked()

    @property
    def selected(self) -> MapRow | None:
        """The layer that was chosen last."""
        return None if self.runs.selected is None else self.runs.rows[self.runs.selected]

    def select(self, row: MapRow) -> None:
        """Mark a layer in both maps, where they have it."""
        for one in (self.runs, self.budgets):
            names = [shown.name for shown in one.rows]
            one.selected = names.index(row.name) if row.name in names else None
            one.update()

    def show_runs(self, rows: Sequence[MapRow], columns: Sequence[MapColumn], current: str) -> None:
        """Show runs on one backbone side by side; their norms when asked for."""
        self._all = (tuple(rows), tuple(columns), current)
        kept = [i for i, row in enumerate(rows) if row.kind != NORM or self.shows_norms]
        self._columns = tuple(
            replace(column, cells=tuple(column.cells[i] for i in kept)) for column in columns
        )
        self.runs.show_runs([rows[i] for i in kept], self._columns, current)
        self._refresh()

    def show_policy(self, run: InspectedRun, policy: PolicyView | None) -> None:
        """Show what a run's kept policy would do; None when it kept none."""
        self._policy = policy
        if policy is None and self.shows_budgets:
            self.runs_button.setChecked(True)
        self.budgets_button.setEnabled(policy is not None)
        self.budgets.show_budgets(run.rows, policy.columns if policy else (), run.budget)
        self._refresh()

    def _choose(self, shown: LayerMap | BudgetMap, index: int) -> None:
        self.row_chosen.emit(shown.rows[index])

    def _add_switch(self) -> None:
        self.runs_button = PushButton(self.tr("Runs"), None, "", self)
        self.budgets_button = PushButton(self.tr("Budgets 1–100 %"), None, "", self)
        self.budgets_button.setToolTip(
            self.tr("What the policy of the current run would change at every budget")
        )
        self._switch_group = QButtonGroup(self)
        for button in (self.runs_button, self.budgets_button):
            button.setCheckable(True)
            self._switch_group.addButton(button)
            self.add_header_widget(button)
        self.norms_button = PushButton(self.tr("Norms"), None, "", self)
        self.norms_button.setCheckable(True)
        self.norms_button.setToolTip(self.tr("Show the norms whose scale or shift changed as well"))
        self.add_header_widget(self.norms_button)
        self.norms_button.toggled.connect(lambda _: self.show_runs(*self._all))
        self.toggle.setParent(None)
        self.add_header_widget(self.toggle)
        self.runs_button.setChecked(True)
        self.budgets_button.setEnabled(False)
        self._switch_group.buttonToggled.connect(lambda *_: self._refresh())

    def _caption(self) -> str:
        """What can be done here, and what the current run changes that is not to be seen."""
        rows, columns, current = self._all
        cells = next((column.cells for column in columns if column.key == current), ())
        norms = sum(c.changed and r.kind == NORM for r, c in zip(rows, cells, strict=False))
        parts = [
            self.tr("Click a layer for its weights, a column to make that run the current one.")
        ]
        if len(self._columns) > 1:
            every, one = in_common([column.cells for column in self._columns])
            parts.append(
                self.tr(
                    "Of {0} layers, {1} are changed by every run here and {2} by one only."
                ).format(len(self.runs.rows), every, one)
            )
        if norms and not self.shows_norms:
            parts.append(self.tr("The current run changes {0} norms as well.").format(norms))
        return " ".join(parts)

    def _refresh(self) -> None:
        self.norms_button.setVisible(any(row.kind == NORM for row in self._all[0]))
        self.norms_button.setEnabled(not self.shows_budgets)
        self._maps.setCurrentIndex(1 if self.shows_budgets else 0)
        if self.shows_budgets and self._policy is not None:
            budgets = ColumnTable[BudgetPreview](budget_columns(self), self)
            budgets.show_records(self._policy.previews)
            self._set_twin(budgets)
            self.caption.setText(self.tr("Click a budget to see what it would store."))
            return
        runs = ColumnTable[MapRecord](run_columns(self, self._columns), self)
        runs.show_records(
            [
                MapRecord(row, tuple(column.cells[i] for column in self._columns))
                for i, row in enumerate(self.runs.rows)
            ]
        )
        self._set_twin(runs)
        self.caption.setText(self._caption())

    def _set_twin(self, twin: QAbstractItemModel) -> None:
        old = self._sorted.sourceModel()
        self._sorted.setSourceModel(twin)
        if old is not None:
            old.deleteLater()
        if self.shows_table:
            self.table.resizeColumnsToContents()

    def _show_budget(self, budget: float) -> None:
        if self._policy is None:
            return
        found = next(one for one in self._policy.previews if one.budget == budget)
        left = self.budgets.columns[self._policy.previews.index(found)].left
        names = ", ".join(self.budgets.rows[i].name for i in left)
        text = self.tr("At {0}: {1} of {2} layers, {3} of the weights, {4} stored.").format(
            percent(budget, 0),
            sum(found.chosen),
            len(found.chosen),
            percent(found.stored_share),
            size(found.cost.stored_bytes),
        )
        gone = self.tr("Leaves the set here: {0}.").format(names) if names else ""
        self.caption.setText(f"{text} {gone}".strip())


def _scrolled(content: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(content)
    return scroll
