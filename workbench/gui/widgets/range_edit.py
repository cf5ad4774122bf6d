"""Two numbers, the lower and the upper end of a range."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID
from workbench.gui.widgets.number_edit import NumberEdit


class RangeEdit(QWidget):
    """The lower end first.

    Attributes:
        changed: Either end became another valid or invalid number.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ends = (NumberEdit(parent=self), NumberEdit(parent=self))
        low, high = self.ends
        between = QLabel(self.tr("to"), self)
        theme.set_role(between, "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(low, 1)
        row.addWidget(between)
        row.addWidget(high, 1)
        self.setFocusProxy(low)
        for end in self.ends:
            end.number_changed.connect(self.changed)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        for end, text in zip(self.ends, (self.tr("{0}, from"), self.tr("{0}, to")), strict=True):
            end.setAccessibleName(text.format(name))

    def set_numbers(self, numbers: tuple[float, float]) -> None:
        for end, number in zip(self.ends, numbers, strict=True):
            end.set_number(number)

    def numbers(self) -> list[float | int | str | None]:
        """Both ends; the raw text of what is no number."""
        return [end.number() for end in self.ends]

    def mark(self, problem: str) -> None:
        """Show a problem with the range; empty when there is none."""
        for end in self.ends:
            end.mark(problem)
