"""Variants of tasks: the same examples at several steps of the front-end, or at several sizes of pictures."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from workbench.gui.tokens import GRID

STEPS_MS = (5.0, 100.0)
SIDES_PX = (8.0, 1024.0)
"""What may be asked for, least and most."""


class VariantsField(QWidget):
    """Numbers in one line; left empty, examples stay as the backbone takes them.

    Attributes:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = QLabel(self.tr("V&ariants"), self)
        self.edit = QLineEdit(self)
        label.setBuddy(self.edit)
        self.edit.setAccessibleName(self.tr("Variants"))
        self._unit = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(label)
        row.addWidget(self.edit, 1)
        row.addWidget(self._unit)
        self.show_medium(sees=False)
        self.edit.textChanged.connect(lambda _: self.changed.emit())

    def show_medium(self, *, sees: bool) -> None:
        """Ask for what the backbone takes: pictures, or sounds."""
        self._sees = sees
        self._unit.setText(self.tr("px") if sees else self.tr("ms"))
        self.edit.setPlaceholderText(
            self.tr("as they are; or 96, 160") if sees else self.tr("as they are; or 10, 20, 40")
        )
        self.edit.setToolTip(
            self.tr("Each task is learned at each of these picture sizes; smaller ones cost less.")
            if sees
            else self.tr(
                "Each task is learned at each of these steps of the front-end; longer ones give fewer frames "
                "and cost less."
            )
        )

    @property
    def problem(self) -> str:
        """Why what is written does not do; empty when it does."""
        words = self._words
        numbers = [_number(word) for word in words]
        least, most = SIDES_PX if self._sees else STEPS_MS
        if any(n is None or not least <= n <= most or (self._sees and n % 1) for n in numbers):
            unit = self._unit.text()
            text = self.tr("Variants are numbers from {0} to {1} {2}, such as {3}.")
            example = "96, 160" if self._sees else "10, 20, 40"
            return text.format(f"{least:g}", f"{most:g}", unit, example)
        if len(set(numbers)) < len(numbers):
            return self.tr("Name each variant once.")
        return ""

    @property
    def sources(self) -> tuple[dict[str, float], ...]:
        """Fields of a ``TaskSource`` for each variant; empty without variants."""
        numbers = [number for word in self._words if (number := _number(word)) is not None]
        if self._sees:
            return tuple({"picture_px": int(number)} for number in numbers)
        return tuple({"hop_ms": number} for number in numbers)

    @property
    def _words(self) -> list[str]:
        return [word for word in re.split(r"[,;\s]+", self.edit.text()) if word]


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None
