"""The table of runs: sortable, its selection shared with every other station."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QHeaderView, QMenu, QWidget

from workbench.gui import theme
from workbench.gui.itemmodels.columns import RAW_ROLE, RECORD_ROLE, ColumnTable, Index
from workbench.gui.pages.compare_data import RunRow, run_columns
from workbench.gui.pages.inspect_runs import run_dot
from workbench.gui.selection import RunSelection
from workbench.gui.tokens import RUN_COLORS
from workbench.gui.widgets.filling_column import FillingColumn
from workbench.gui.widgets.table_twin import CopyTable

BACKBONE = 1
BACKBONE_LETTERS = 14
Flag = QItemSelectionModel.SelectionFlag


class RunTable(ColumnTable[RunRow]):
    """Rows of runs; the first column carries the run's colour as a disc."""

    def __init__(self, color: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(run_columns(), parent)
        self._color = color

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return run_dot(self._color(self.records[index.row()].key))
        return super().data(index, role)


class RunTableView(CopyTable):
    """Shows runs and keeps the window's selection of runs in step with its own.

    Attributes:
        opened: A run was double-clicked, or Enter was pressed on it; carries its id.
    """

    opened = Signal(str)

    def __init__(self, selection: RunSelection, parent: QWidget | None = None) -> None:
        self.rows = RunTable(selection.color)
        self._sorted = QSortFilterProxyModel()
        self._sorted.setSortRole(RAW_ROLE)
        self._sorted.setSourceModel(self.rows)
        super().__init__(self._sorted, parent)
        self.rows.setParent(self)
        self._sorted.setParent(self)
        self._selection = selection
        self._is_following = False
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setAlternatingRowColors(False)
        self.setAccessibleName(self.tr("Finished runs"))
        header = self.horizontalHeader()
        header.setSortIndicatorClearable(True)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        FillingColumn(self, BACKBONE, BACKBONE_LETTERS)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.activated.connect(lambda index: self.opened.emit(_key(index)))
        self.selectionModel().selectionChanged.connect(self._tell_selection)
        selection.changed.connect(self._follow)
        self._dress()
        theme.controller().changed.connect(self._dress)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Replace all rows; the selection is kept."""
        self._is_following = True
        self.rows.show_records(rows)
        self._is_following = False
        self._follow()

    def _tell_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        if self._is_following:
            return
        keys = [_key(index) for index in self.selectionModel().selectedRows()]
        current = self.currentIndex()
        last = _key(current) if current.isValid() else ""
        keys.sort(key=lambda key: key == last)
        self._selection.select(keys)

    def _follow(self) -> None:
        """Select what is selected elsewhere."""
        wanted = QItemSelection()
        current = self._sorted.index(-1, -1)
        for row in range(self._sorted.rowCount()):
            index = self._sorted.index(row, 0)
            if _key(index) in self._selection.ids:
                wanted.select(index, index)
            if _key(index) == self._selection.current:
                current = index
        self._is_following = True
        self.selectionModel().select(wanted, Flag.ClearAndSelect | Flag.Rows)
        if current.isValid():
            self.selectionModel().setCurrentIndex(current, Flag.NoUpdate)
        self._is_following = False

    def _open_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            menu = self.color_menu(_key(index))
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(self.viewport().mapToGlobal(place))

    def color_menu(self, key: str) -> QMenu:
        """Hues to choose from for a run."""
        menu = QMenu(self)
        for number, color in enumerate(RUN_COLORS, start=1):
            action = menu.addAction(run_dot(color), self.tr("Colour {0}").format(number))
            action.setCheckable(True)
            action.setChecked(color == self._selection.color(key))
            action.triggered.connect(lambda _=False, c=color: self._selection.recolor(key, c))
        return menu

    def _dress(self) -> None:
        self.setFont(theme.number_font())
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.9))


def _key(index: Index) -> str:
    row = index.data(RECORD_ROLE)
    assert isinstance(row, RunRow)
    return row.key
