"""The right side of the Backbone station: what the chosen network is made of."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from workbench.atomic import write_bytes
from workbench.backbones.base import LayerKind
from workbench.backbones.inputs import described
from workbench.backbones.summary import BackboneSummary
from workbench.budget.policy import adaptable
from workbench.gui import theme
from workbench.gui.formatting import count, short_count
from workbench.gui.itemmodels.columns import RAW_ROLE, RECORD_ROLE
from workbench.gui.itemmodels.layers import LayerFilter, LayerRow, LayerTable, mark_kind
from workbench.gui.pages.backbone_kinds import KindBar
from workbench.gui.plots.filter_sheet import FilterSheet
from workbench.gui.plots.layer_marks import paint_mark
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.filling_column import FillingColumn
from workbench.gui.widgets.number_label import NumberLabel
from workbench.gui.widgets.table_twin import CopyTable
from workbench.gui.widgets.turning_row import TurningRow

BAR_HEIGHT = 10
BAR_GAP = 8
LEAST_ROOM = 24
LEAST_BAR = 2.0
BAR_LETTERS = 20


class ParameterBar(QStyledItemDelegate):
    """Draws a layer's parameters as a bar from the left and as a number at the right."""

    def __init__(self, table: LayerTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table
        self._widest = ""
        table.modelReset.connect(self._measure)

    def _measure(self) -> None:
        largest = max((row.layer.parameters for row in self._table.records), default=0)
        self._widest = count(largest)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        row = index.data(RECORD_ROLE)
        assert isinstance(row, LayerRow)
        area = QRectF(option.rect)
        number = option.fontMetrics.horizontalAdvance(self._widest)
        room = area.width() - number - 3 * BAR_GAP
        if row.layer.parameters == 0 or room < LEAST_ROOM:
            return
        width = max(room * row.bar, LEAST_BAR)
        top = area.center().y() - BAR_HEIGHT / 2 + 0.5
        box = QRectF(round(area.left()) + BAR_GAP / 2 + 0.5, round(top) + 0.5, width, BAR_HEIGHT)
        paint_mark(painter, box, mark_kind(row.layer), row.layer.kind is not LayerKind.NORM)


class LayerTableView(CopyTable):
    """Sortable layer table with bars; copies plain numbers."""

    def __init__(self, table: LayerTable, parent: QWidget | None = None) -> None:
        self.layers = table
        self.filter = LayerFilter(table)
        super().__init__(self.filter, parent)
        self.filter.setParent(self)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setItemDelegateForColumn(table.column_of("parameters"), ParameterBar(table, self))
        self.setAccessibleName(self.tr("Layers"))
        self.setAlternatingRowColors(False)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSortIndicatorClearable(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        bars = table.column_of("parameters")
        # Beside the names, where it is seen in a narrow window too.
        header.moveSection(bars, table.column_of("layer") + 1)
        FillingColumn(self, bars, BAR_LETTERS)
        self._dress()
        theme.controller().changed.connect(self._dress)

    def selected_text(self) -> str:
        """Selected rows, or all, tab-separated with numbers that other programs read."""
        model = self.model()
        columns = range(model.columnCount())
        rows = sorted({i.row() for i in self.selectedIndexes()}) or range(model.rowCount())
        lines = [[self.layers.columns[c].title for c in columns]]
        for row in rows:
            lines.append([str(model.index(row, c).data(RAW_ROLE)) for c in columns])
        return "\n".join("\t".join(line) for line in lines)

    def _dress(self) -> None:
        self.setFont(theme.number_font())
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.75))


class BackboneDetails(Card):
    """Numbers, shares by kind and the layer table of one backbone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Layers"), parent)
        self._summary: BackboneSummary | None = None
        self.parameters = NumberLabel(
            self.tr("parameters"), self.tr("Learnable values, its own head included"), self
        )
        self.multiplies = NumberLabel(
            self.tr("multiplies"),
            self.tr("Multiply-accumulates for one example"),
            self,
        )
        self.adaptable = NumberLabel(
            self.tr("layers to adapt"),
            self.tr("Convolutions that a task may change; norms and the head are not among them"),
            self,
        )
        self.classes = NumberLabel(self.tr("classes"), self.tr("Outputs of its own head"), self)
        self.taken = QLabel(self)
        self.kinds = KindBar(self)
        self.filters = FilterSheet(self)
        self.search = QLineEdit(self)
        self.norms = QCheckBox(self.tr("&Norms"), self)
        self.table = LayerTableView(LayerTable(), self)
        self.table.layers.setParent(self.table)
        self._lay_out()
        self.search.textChanged.connect(lambda _: self._refilter())
        self.norms.toggled.connect(lambda _: self._refilter())
        self._refilter()

    def show_summary(self, summary: BackboneSummary) -> None:
        """Show another backbone."""
        self._summary = summary
        self.set_title(self.tr("Layers of {0}").format(summary.card.name))
        self.parameters.set_value(count(summary.parameters))
        self.multiplies.set_value(short_count(summary.multiplies))
        self.adaptable.set_value(str(len(adaptable(summary.layers))))
        self.classes.set_value(str(len(summary.card.labels)))
        self.classes.setToolTip(", ".join(summary.card.labels))
        self.taken.setText(described(summary.card.frontend))
        self.kinds.show_layers(summary.layers)
        self.table.layers.show_layers(summary.layers)

    def copy_all(self) -> None:
        self.table.clearSelection()
        QGuiApplication.clipboard().setText(self.table.selected_text())

    def save_csv(self, path: Path) -> None:
        """Write all layers, whatever is filtered.

        Raises:
            WorkbenchError: when the file cannot be written.
        """
        write_bytes(path, self.table.layers.as_csv().encode())

    def _lay_out(self) -> None:
        numbers = QHBoxLayout()
        numbers.setSpacing(3 * GRID)
        for label in (self.parameters, self.multiplies, self.adaptable, self.classes):
            numbers.addWidget(label)
        numbers.addStretch()
        self.search.setPlaceholderText(self.tr("Filter by name, stage or kind"))
        self.search.setAccessibleName(self.tr("Filter layers"))
        self.search.setClearButtonEnabled(True)
        self.norms.setToolTip(self.tr("Also list the norms between the layers"))
        self.copy_button = PushButton(self.tr("Copy"), self.copy_all, "", self)
        self.copy_button.setToolTip(self.tr("Copy the table to the clipboard"))
        self.csv_button = PushButton(self.tr("Save as CSV…"), None, "", self)
        controls = QWidget(self)
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for control in (self.norms, self.copy_button, self.csv_button):
            row.addWidget(control)
        column = QVBoxLayout()
        column.setSpacing(2 * GRID)
        self.taken.setWordWrap(True)
        theme.set_role(self.taken, "muted")
        column.addLayout(numbers)
        column.addWidget(self.taken)
        column.addWidget(self.kinds)
        column.addWidget(self.filters)
        column.addWidget(TurningRow(self.search, controls, parent=self))
        column.addWidget(self.table, 1)
        self.body.addLayout(column, 1)

    def _refilter(self) -> None:
        self.table.filter.set_filter(self.search.text(), self.norms.isChecked())
