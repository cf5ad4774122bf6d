"""Small layouts that recur."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.gui.tokens import GRID


def centred(*widgets: QWidget, stretch: int = 0) -> QHBoxLayout:
    """Widgets side by side in the middle of a row.

    Args:
        widgets: From left to right.
        stretch: Share of each widget against 1 of the empty space at either side.
    """
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addStretch(1)
    for widget in widgets:
        row.addWidget(widget, stretch)
    row.addStretch(1)
    return row


def least_size(widget: QWidget) -> QSize:
    """How small a widget may become: what it asks for, or what was set."""
    return widget.minimumSizeHint().expandedTo(widget.minimumSize())
