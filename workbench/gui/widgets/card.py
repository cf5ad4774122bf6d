"""A card: one subject on the ground, with a border, a title and a column of content."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui.theme import set_role
from workbench.gui.tokens import GRID, MARGIN


class Card(QFrame):
    """Frame with one pixel border and rounded corners.

    Attributes:
        body: Column for the content, below the title row.
    """

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, GRID + GRID // 2, MARGIN, MARGIN)
        column.setSpacing(GRID)
        self._header = QHBoxLayout()
        self._header.setSpacing(GRID)
        self._title = QLabel(self)
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        set_role(self._title, "heading")
        self._header.addWidget(self._title, 1)
        column.addLayout(self._header)
        self.body = QVBoxLayout()
        self.body.setSpacing(GRID)
        column.addLayout(self.body, 1)
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """Replace the title, which is also the accessible name; an empty title takes no room."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Append a widget to the body."""
        self.body.addWidget(widget, stretch)

    def add_header_widget(self, widget: QWidget, *, first: bool = False) -> None:
        """Put a small control at the end of the title row, or before those already there."""
        self._header.insertWidget(1 if first else self._header.count(), widget)
