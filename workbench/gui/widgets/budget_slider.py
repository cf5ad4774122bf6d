"""The budget: a slider over fixed stops, an exact entry in percent, and what it costs."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from workbench.budget.cost import Cost
from workbench.gui import theme
from workbench.gui.formatting import count, percent, short_count, size
from workbench.gui.tokens import GRID
from workbench.gui.widgets.number_label import NumberLabel

STOPS_PERCENT = (
    *(0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
    *range(22, 51, 2),
    *range(55, 101, 5),
)
"""Fine where budgets are small, for that is where they are chosen."""

LEAST_PERCENT = 0.1


class BudgetSlider(QWidget):
    """Chooses the share of the backbone's convolution weights that a task may store.

    Attributes:
        changed: The budget changed; carries the share, 0 to 1.
    """

    changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spin = QDoubleSpinBox(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self._set_up()
        self.bytes = NumberLabel(self.tr("of numbers stored"), parent=self)
        self.params = NumberLabel(
            self.tr("of the backbone"),
            self.tr(
                "Stored parameters, head and norm statistics left out, over those of the backbone"
            ),
            self,
        )
        self.multiplies = NumberLabel(
            self.tr("multiplies"), self.tr("Multiply-accumulates for one example"), self
        )
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self.spin.valueChanged.connect(self._on_spin)

    @property
    def budget(self) -> float:
        """Share of the convolution weights, 0 to 1."""
        return round(self.spin.value() / 100, 6)

    def set_budget(self, budget: float) -> None:
        self.spin.setValue(100 * budget)

    def set_adjustable(self, adjustable: bool) -> None:
        """Take the slider away for methods without a budget; their cost is still shown."""
        for control in (self._title, self.spin, self.slider):
            control.setVisible(adjustable)

    def show_cost(self, cost: Cost | None) -> None:
        """Show what the budget costs; None while it is not known."""
        if cost is None:
            for label in (self.bytes, self.params, self.multiplies):
                label.set_value("–")
            return
        self.bytes.set_value(size(cost.stored_bytes))
        self.bytes.setToolTip(
            self.tr(
                "Changed weights: {0} values\nNorm statistics: {1} values\nHead: {2} values\n"
                "The file also holds a card and the names of its tensors: some 10 to 30 KB."
            ).format(count(cost.stored_params), count(cost.stat_params), count(cost.head_params))
        )
        self.params.set_value(percent(cost.ratio))
        self.multiplies.set_value(short_count(cost.multiplies))
        extra = cost.multiplies - cost.backbone_multiplies
        self.multiplies.setToolTip(
            self.tr("Multiply-accumulates for one example, {0} more than the backbone").format(
                count(extra)
            )
        )

    def _set_up(self) -> None:
        help_text = self.tr(
            "Budget: share of the backbone's convolution weights that this task may store"
        )
        self.spin.setRange(LEAST_PERCENT, 100)
        self.spin.setDecimals(1)
        self.spin.setSuffix(" %")
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slider.setRange(0, len(STOPS_PERCENT) - 1)
        self.slider.setPageStep(4)
        for control, name in (
            (self.spin, self.tr("Budget in percent")),
            (self.slider, self.tr("Budget")),
        ):
            control.setAccessibleName(name)
            control.setAccessibleDescription(help_text)
            control.setToolTip(help_text)
        self.spin.setValue(10)
        self.slider.setValue(STOPS_PERCENT.index(10))

    def _lay_out(self) -> None:
        self._title = QLabel(self.tr("&Budget"), self)
        self._title.setBuddy(self.slider)
        theme.set_role(self._title, "heading")
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self.spin)
        numbers = QHBoxLayout()
        numbers.setSpacing(GRID)
        for number in (self.bytes, self.params, self.multiplies):
            numbers.addWidget(number, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(top)
        column.addWidget(self.slider)
        column.addLayout(numbers)

    def _on_slider(self, stop: int) -> None:
        self.spin.setValue(STOPS_PERCENT[stop])

    def _on_spin(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(min(bisect_left(STOPS_PERCENT, value), len(STOPS_PERCENT) - 1))
        self.slider.blockSignals(False)
        self.changed.emit(self.budget)
