"""The first toy: one bias below the last layer decides how many pieces of the input reach a target."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.gui import theme
from workbench.gui.formatting import decimal
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.fold_plot import FoldPlot
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID, TITLE
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.knob_slider import KnobSlider
from workbench.gui.widgets.table_twin import ChartCard
from workbench.studies.folds import BAND, folded, transitions

STEPS_PER_UNIT = 200
"""Slider stops per unit of the bias, so that every transition is a stop."""

LOWEST, HIGHEST = Fraction(-3, 5), Fraction(1, 20)
EXAMPLES = tuple(Fraction(thousandths, 1000) for thousandths in (0, -75, -125, -425, -500))
"""The biases of the paper's figure, one for each number of pieces."""


class FoldCard(ChartCard):
    """A slider for the bias, the folded function, and its pieces, counted and as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.plot = FoldPlot()
        self._pieces = TextTable(_titles())
        super().__init__(_tr("One bias folds the input"), self.plot, self._pieces, parent)
        self.slider = KnobSlider(self)
        self.count = QLabel(self)
        self.bias_text = QLabel(self)
        self.examples = tuple(self._example(bias) for bias in EXAMPLES)
        self._set_up()
        self._lay_out()
        self.slider.valueChanged.connect(self._show)
        self.slider.reset_wanted.connect(lambda: self.set_bias(Fraction(0)))
        theme.controller().changed.connect(self._dress)
        self._dress()
        self._show()

    @property
    def bias(self) -> Fraction:
        return Fraction(self.slider.value(), STEPS_PER_UNIT)

    def set_bias(self, bias: Fraction) -> None:
        self.slider.setValue(round(bias * STEPS_PER_UNIT))

    def _set_up(self) -> None:
        name = self.tr("Bias b0 of the inner fold")
        self.slider.setRange(round(LOWEST * STEPS_PER_UNIT), round(HIGHEST * STEPS_PER_UNIT))
        self.slider.setValue(0)
        self.slider.setPageStep(STEPS_PER_UNIT // 20)
        self.slider.setAccessibleName(name)
        places = ", ".join(_number(place) for place in transitions())
        self.slider.setToolTip(self.tr("{0}; the count changes at {1}").format(name, places))
        self.count.setAccessibleName(self.tr("Number of pieces"))

    def _lay_out(self) -> None:
        about = QLabel(
            self.tr(
                "F folds the line twice. Only b₀ moves, a bias of the first fold. The coloured pieces of the "
                "input are those that F sends into the target."
            ),
            self,
        )
        about.setWordWrap(True)
        self.body.insertWidget(0, about)
        knob = QHBoxLayout()
        knob.setSpacing(GRID)
        knob.addWidget(self.slider, 1)
        knob.addWidget(self.bias_text)
        self.body.addLayout(knob)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        for button in self.examples:
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.count)
        self.body.addLayout(row)
        why = QLabel(
            self.tr(
                "A last layer cannot fold. It cuts its input, the embedding, with straight cuts only: "
                "where two points have one class, all points between them have it too. What the layers below "
                "have laid together it cannot pull apart; a bias further down can."
            ),
            self,
        )
        why.setWordWrap(True)
        self.add(why)

    def _example(self, bias: Fraction) -> PushButton:
        button = PushButton(
            str(len(folded(bias).preimage(BAND))), lambda: self.set_bias(bias), "", self
        )
        button.setAccessibleName(self.tr("Bias {0}").format(_number(bias)))
        button.setToolTip(button.accessibleName())
        return button

    def _show(self) -> None:
        function = folded(self.bias)
        pieces = function.preimage(BAND)
        self.plot.show_fold(function, pieces)
        self._pieces.set_rows(
            [
                (str(number), _number(left), _number(right))
                for number, (left, right) in enumerate(pieces, 1)
            ]
        )
        self.bias_text.setText(self.tr("b₀ = {0}").format(_number(self.bias)))
        self.count.setText(plural(len(pieces), self.tr("1 piece"), self.tr("{0} pieces")))

    def _dress(self) -> None:
        self.count.setFont(theme.number_font(TITLE, semibold=True))
        self.bias_text.setFont(theme.number_font())
        widest = self.tr("b₀ = {0}").format(_number(Fraction(-888, 1000)))
        self.bias_text.setMinimumWidth(self.bias_text.fontMetrics().horizontalAdvance(widest))
        self.bias_text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _titles() -> tuple[str, ...]:
    return _tr("Piece"), _tr("From"), _tr("To")


def _tr(text: str) -> str:
    return QCoreApplication.translate("FoldCard", text)


def _number(value: Fraction) -> str:
    """With a minus sign as long as a plus."""
    return decimal(float(value), 3).replace("-", "−")
