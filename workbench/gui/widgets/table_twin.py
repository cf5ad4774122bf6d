"""Every chart has a table twin: for screen readers, for copying, and for tests."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QTableView, QWidget

from workbench.gui.widgets.buttons import IconButton
from workbench.gui.widgets.card import Card

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class CopyTable(QTableView):
    """Read-only table; the standard copy key puts the selection on the clipboard, tab-separated."""

    def __init__(self, model: QAbstractItemModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(LEFT)
        self.horizontalHeader().setHighlightSections(False)
        self.setTabKeyNavigation(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """Selected rows, or all when none is selected, with the column titles."""
        chosen = sorted({index.row() for index in self.selectedIndexes()})
        return self._text(chosen or range(self.model().rowCount()))

    def as_text(self) -> str:
        """All rows with the column titles, tab-separated."""
        return self._text(range(self.model().rowCount()))

    def _text(self, rows: Iterable[int]) -> str:
        model = self.model()
        columns = range(model.columnCount())
        lines = [[str(model.headerData(c, Qt.Orientation.Horizontal) or "") for c in columns]]
        for row in rows:
            lines.append([str(model.index(row, c).data() or "") for c in columns])
        return "\n".join("\t".join(line) for line in lines)


class ChartCard(Card):
    """A card with a chart and a button that shows the same numbers as a table.

    Args:
        title: What the chart shows; the name of the table, and of a chart without one.
        chart: The chart.
        model: Its numbers.
    """

    def __init__(
        self,
        title: str,
        chart: QWidget,
        model: QAbstractItemModel,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self.chart = chart
        self.table = CopyTable(model, self)
        self.table.setAccessibleName(title)
        if not chart.accessibleName():
            chart.setAccessibleName(title)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(chart)
        self._stack.addWidget(self.table)
        self.add(self._stack, 1)
        self.toggle = IconButton("table", self.tr("Show as table"), self._switch, self)
        self.add_header_widget(self.toggle)

    @property
    def shows_table(self) -> bool:
        return self._stack.currentWidget() is self.table

    def as_text(self) -> str:
        """All of its table, tab-separated."""
        return self.table.as_text()

    def _switch(self) -> None:
        to_table = not self.shows_table
        self._stack.setCurrentIndex(1 if to_table else 0)
        self.toggle.set_icon("chart" if to_table else "table")
        self.toggle.set_name(self.tr("Show as chart") if to_table else self.tr("Show as table"))
        if to_table:
            self.table.resizeColumnsToContents()
