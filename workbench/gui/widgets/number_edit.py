"""A line for one number of any size; says what is wrong instead of correcting silently."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui import theme


class NumberEdit(QLineEdit):
    """Accepts ``0.001`` as well as ``1e-3``; empty where that is allowed.

    Attributes:
        number_changed: The text became another valid or invalid number.
    """

    number_changed = Signal()

    def __init__(self, optional: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._optional = optional
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        if optional:
            self.setPlaceholderText(self.tr("automatic"))
        self.textChanged.connect(lambda _: self.number_changed.emit())

    def set_number(self, number: float | None) -> None:
        self.setText("" if number is None else f"{number:g}")

    def number(self) -> float | int | str | None:
        """The number, None when empty and optional, or the raw text when it is no number."""
        text = self.text().strip().replace("\u2212", "-")
        if not text and self._optional:
            return None
        try:
            return int(text) if text.lstrip("+-").isdigit() else float(text)
        except ValueError:
            return text

    def mark(self, problem: str) -> None:
        """Show a problem with the value; empty when there is none."""
        theme.set_role(self, "invalid" if problem else "")
        self.setAccessibleDescription(problem)
