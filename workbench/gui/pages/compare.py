"""The Compare station: which run is worth what it stores."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from workbench.atomic import write_bytes
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.formatting import count, percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.pages.compare_chart import CostChart
from workbench.gui.pages.compare_data import RunRow, part_title, run_rows
from workbench.gui.pages.compare_groups import RunGroup, group_runs
from workbench.gui.pages.compare_mistakes import MistakesCard
from workbench.gui.pages.compare_table import RunTableView
from workbench.gui.plots.confusion import Confusion
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.reflow_row import ReflowRow
from workbench.gui.widgets.table_twin import ChartCard
from workbench.gui.widgets.vertical_scroll import VerticalScroll

CHART_LINES = 20


class ComparePage(QWidget):
    """Runs as a table, as points, and the mistakes of the current one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme.set_role(self, "page")
        self._session = session
        self._rows: tuple[RunRow, ...] = ()
        self._groups: tuple[RunGroup, ...] = ()
        self._is_stale = True
        self.table = RunTableView(session.selection, self)
        self.chart = CostChart(session.selection, self)
        self.confusion = Confusion()
        self._pairs = TextTable((self.tr("True"), self.tr("Answered"), self.tr("Examples")), self)
        self.confusion_card = ChartCard(
            self.tr("True against answered"), self.confusion, self._pairs, self
        )
        self.mistakes = MistakesCard(self)
        self._lay_out()
        self._connect()
        self.refresh()

    @property
    def current(self) -> RunRow | None:
        """The run whose mistakes are shown: the one chosen last, or the newest."""
        chosen = [row for row in self._rows if row.key == self._session.selection.current]
        return chosen[0] if chosen else (self._rows[-1] if self._rows else None)

    def refresh(self) -> None:
        """Read the finished runs anew."""
        project, task_id = self._session.project, self._session.task_id
        runs = project.runs(task_id) if project is not None and task_id is not None else ()
        self._rows = run_rows(runs)
        self._groups = group_runs(self._rows)
        self._stack.setCurrentIndex(1 if self._rows else 0)
        state = StationState.READY if self._rows else StationState.EMPTY
        number = str(len(self._rows)) if self._rows else ""
        self._session.set_station_number(Station.COMPARE, number, state)
        self.table.show_rows(self._rows)
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_mistakes()

    def inspect(self, key: str) -> None:
        """Make a run the current one and show its layers."""
        rest = [one for one in self._session.selection.ids if one != key]
        self._session.selection.select([*rest, key])
        self._session.show_station(Station.INSPECT)

    def open_point(self, key: str) -> None:
        """Show the layers of the runs behind a point side by side."""
        self._session.selection.select(self._keys_of(key))
        self._session.show_station(Station.INSPECT)

    def toggle_point(self, key: str) -> None:
        """Add the runs behind a point to the selection, or take them out."""
        keys, selected = self._keys_of(key), self._session.selection.ids
        rest = [one for one in selected if one not in keys]
        self._session.selection.select(rest if len(rest) < len(selected) else [*rest, *keys])

    def _keys_of(self, key: str) -> tuple[str, ...]:
        return next(group.keys for group in self._groups if group.key == key)

    def inspect_current(self) -> None:
        """Show the layers of the current run."""
        if self.current is not None:
            self.inspect(self.current.key)

    def try_current(self) -> None:
        """Use the current run's patch and go to where it can be spoken to."""
        current = self.current
        if current is None:
            return
        if not current.place.is_file():
            self._session.notices.error(self._is_gone(current), key="patch")
            return
        self._session.set_active_patch(current.place)
        self._session.show_station(Station.TRY_IT)

    def save_csv(self, path: Path) -> None:
        """Write the table of runs with plain numbers.

        Raises:
            WorkbenchError: when the file cannot be written.
        """
        write_bytes(path, self.table.rows.as_csv().encode())

    def _is_gone(self, run: RunRow) -> WorkbenchError:
        return WorkbenchError(
            self.tr("The patch of {0} is gone: {1}.").format(run.title, run.place),
            data=self.tr("What was measured on it is still listed."),
            hint=self.tr("Put the file back, or start a new run with the same settings."),
        )

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Compare"), self)
        theme.set_role(title, "title")
        header = QHBoxLayout()
        header.setSpacing(GRID)
        header.addWidget(title, 1)
        for text, act in (
            (self.tr("Save as CSV…"), self._ask_csv),
            (self.tr("Inspect"), self.inspect_current),
            (self.tr("Try it"), self.try_current),
        ):
            header.addWidget(PushButton(text, act, "", self))
        charts = ReflowRow((self.chart, self.confusion_card, self.mistakes), (5, 5, 5), GRID, self)
        theme.controller().changed.connect(self._fit)
        self._fit()
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GRID)
        splitter.addWidget(self.table)
        splitter.addWidget(VerticalScroll(charts, self))
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([240, 420])
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addLayout(header)
        column.addWidget(splitter, 1)
        empty = EmptyState(
            self.tr("Finished runs are compared here: what each stores, and how well it hears."),
            (self.tr("Go to Adapt"), lambda: self._session.show_station(Station.ADAPT)),
            parent=self,
        )
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(content)

    def _fit(self) -> None:
        """So high that the labels of a chart do not run into each other; the page scrolls then."""
        least = CHART_LINES * QFontMetrics(theme.font()).height()
        for card in (self.chart, self.confusion_card):
            card.setMinimumHeight(least)

    def _connect(self) -> None:
        session = self._session
        session.runs_changed.connect(self.refresh)
        session.task_changed.connect(self.refresh)
        session.selection.changed.connect(self._draw)
        session.selection.recolored.connect(lambda _: self.refresh())
        self.table.opened.connect(self.inspect)
        self.chart.scatter.chosen.connect(self.toggle_point)
        self.chart.scatter.opened.connect(self.open_point)
        self.confusion.cell_chosen.connect(self._show_cell)
        self.mistakes.failed.connect(session.notices.error)

    def _draw(self) -> None:
        self.chart.show_groups(self._groups)
        self._draw_confusion()
        if self.isVisible():
            self._show_mistakes()

    def _draw_confusion(self) -> None:
        current = self.current
        if current is None:
            return
        self.confusion.show_counts(current.labels, current.confusion)
        self.confusion_card.set_title(
            self.tr("{0}: {1} of {2} {3} right").format(
                current.title, percent(current.accuracy), count(current.n), part_title(current.part)
            )
        )
        self._pairs.set_rows(
            [
                (said, heard, str(number))
                for said, counts in zip(current.labels, current.confusion, strict=True)
                for heard, number in zip(current.labels, counts, strict=True)
                if number
            ]
        )

    def _show_mistakes(self) -> None:
        self.mistakes.show_run(self.current)

    def _show_cell(self, cell: tuple[int, int] | None) -> None:
        labels = self.confusion.labels
        self.mistakes.show_pair((labels[cell[0]], labels[cell[1]]) if cell else None)

    def _ask_csv(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save runs"), "runs.csv", self.tr("Tables (*.csv)")
        )
        if not chosen:
            return
        try:
            self.save_csv(Path(chosen))
        except WorkbenchError as error:
            self._session.notices.error(error)
