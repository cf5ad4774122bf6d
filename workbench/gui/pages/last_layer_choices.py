"""What the second toy may be asked: labellings, the width of the embedding, where to start, the seed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID
from workbench.gui.widgets.reflow_row import ReflowRow
from workbench.studies.disc_task import DiscConfig, Labelling, Mode

WIDTHS = (2, 4, 8)


class DiscChoices(ReflowRow):
    """A row of labelled controls.

    Attributes:
        changed: Any choice changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        defaults = DiscConfig()
        self.first = _box([(labelling_name(one), one) for one in Labelling], defaults.first)
        self.second = _box([(labelling_name(one), one) for one in Labelling], defaults.second)
        self.width_box = _box([(str(width), width) for width in WIDTHS], defaults.width)
        self.start = _box(
            [(_tr("what it learned"), True), (_tr("random weights"), False)], defaults.pretrained
        )
        self.seed = QSpinBox()
        self.seed.setRange(0, 9999)
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        named = (
            (_tr("First &learn"), self.first, _tr("What all weights and biases learn")),
            (_tr("&Then learn"), self.second, _tr("What is learned with little that may change")),
            (
                _tr("&Embedding"),
                self.width_box,
                _tr("Numbers that the last layer sees of each point (m)"),
            ),
            (_tr("Start &from"), self.start, _tr("The network that the second labelling meets")),
            (_tr("&Seed"), self.seed, _tr("Draws weights and points; same seed, same result")),
        )
        super().__init__([_labelled(*one) for one in named], (3, 3, 2, 4, 2), GRID, parent)
        for box in (self.first, self.second, self.width_box, self.start):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.seed.valueChanged.connect(lambda _: self.changed.emit())

    def config(self, modes: tuple[Mode, ...]) -> DiscConfig:
        """The study as chosen, in these modes."""
        return replace(
            DiscConfig(),
            first=Labelling(self.first.currentData()),
            second=Labelling(self.second.currentData()),
            width=self.width_box.currentData(),
            pretrained=self.start.currentData(),
            seed=self.seed.value(),
            modes=modes,
        )


def labelling_name(labelling: Labelling) -> str:
    return {
        Labelling.ONE_DISC: _tr("one disc"),
        Labelling.TWO_DISCS: _tr("two discs"),
        Labelling.RING: _tr("a ring"),
    }[labelling]


def mode_name(mode: Mode) -> str:
    return {
        Mode.BIASES: _tr("biases"),
        Mode.SCALES: _tr("scales"),
        Mode.BOTH: _tr("biases, scales"),
        Mode.BOTH_AND_LOGITS: _tr("both, last layer"),
        Mode.LOGITS: _tr("last layer"),
    }[mode]


def _box(entries: list[tuple[str, object]], chosen: object) -> QComboBox:
    box = QComboBox()
    for text, value in entries:
        box.addItem(text, value)
    box.setCurrentIndex([value for _, value in entries].index(chosen))
    return box


def _labelled(text: str, control: QWidget, tip: str) -> QWidget:
    holder = QWidget()
    label = QLabel(text, holder)
    label.setBuddy(control)
    theme.set_role(label, "small")
    control.setAccessibleName(text.replace("&", ""))
    control.setToolTip(tip)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(GRID // 4)
    column.addWidget(label)
    column.addWidget(control)
    column.addStretch()
    return holder


def _tr(text: str) -> str:
    return QCoreApplication.translate("DiscChoices", text)
