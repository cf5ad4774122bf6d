"""A list inside a card needs no frame of its own, but still shows that it has the focus."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView

_STYLE = """
QAbstractItemView { border: 2px solid transparent; }
QAbstractItemView:focus { border: 2px solid palette(link); }
"""


def frameless(view: QAbstractItemView) -> None:
    """Take the frame away from a view that lies in a card."""
    view.setStyleSheet(_STYLE)
