"""Widgets below each other under a heading, as a part of a card."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.tokens import GRID


class TitledGroup(QWidget):
    """The first widget takes the room that the others leave."""

    def __init__(self, title: str, first: QWidget, *others: QWidget) -> None:
        super().__init__()
        heading = QLabel(title, self)
        theme.set_role(heading, "heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(heading)
        column.addWidget(first, 1)
        for widget in others:
            column.addWidget(widget)
