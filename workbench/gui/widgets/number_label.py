"""A number with its unit in a lighter tone, in tabular figures."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID, TITLE


class NumberLabel(QWidget):
    """Large value, unit beside it, caption below.

    Args:
        caption: What the number is.
        tooltip: What exactly is counted.
    """

    def __init__(self, caption: str, tooltip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption_text = caption
        self._value = QLabel("–", self)
        self._unit = QLabel(self)
        caption_label = QLabel(caption, self)
        theme.set_role(self._unit, "muted")
        theme.set_role(caption_label, "small")
        caption_label.setWordWrap(True)
        self.setToolTip(tooltip)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        row.addWidget(self._value, 0, Qt.AlignmentFlag.AlignBaseline)
        row.addWidget(self._unit, 1, Qt.AlignmentFlag.AlignBaseline)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(caption_label)
        column.addStretch()
        self._dress()
        theme.controller().changed.connect(self._dress)

    def set_value(self, text: str) -> None:
        """Show a formatted number such as ``74.2 KB``; what follows the last space is the unit."""
        number, _, unit = text.replace("\u202f", " ").rpartition(" ")
        self._value.setText(number or unit)
        self._unit.setText(unit if number else "")
        self.setAccessibleName(f"{self._caption_text}: {text}")

    @property
    def text(self) -> str:
        return " ".join(part for part in (self._value.text(), self._unit.text()) if part)

    def _dress(self) -> None:
        self._value.setFont(theme.number_font(TITLE, semibold=True))
