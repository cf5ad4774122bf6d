"""A table column that takes the width that is left, but never too little to be read."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QHeaderView, QTableView

from workbench.gui import theme


class FillingColumn(QObject):
    """Stretches a column as the header would; where there is no room left the table scrolls instead.

    Args:
        table: Its other columns have their own widths.
        column: Logical index of the column.
        least_letters: Least width, in average letters of the table's font.
    """

    def __init__(self, table: QTableView, column: int, least_letters: int) -> None:
        super().__init__(table)
        self._table = table
        self._column = column
        self._least_letters = least_letters
        header = table.horizontalHeader()
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(self._on_resized)
        header.sectionCountChanged.connect(lambda *_: self.fit())
        theme.controller().changed.connect(self.fit)
        header.geometriesChanged.connect(self.fit)
        self.fit()

    def fit(self) -> None:
        """Take what the other columns leave."""
        header = self._table.horizontalHeader()
        others = header.length() - header.sectionSize(self._column)
        least = self._least_letters * self._table.fontMetrics().averageCharWidth()
        header.resizeSection(self._column, max(self._table.viewport().width() - others, least))

    def _on_resized(self, column: int, _before: int, _now: int) -> None:
        if column != self._column:
            self.fit()
