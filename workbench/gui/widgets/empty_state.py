"""What a view shows instead of nothing: one sentence, one thing to do, one alternative."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from workbench.gui.theme import set_role
from workbench.gui.tokens import MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.layouts import centred

TEXT_WIDTH = 460
TEXT_SHARE = 8
"""Stretch of the sentence between two stretches of 1, so that it wraps in narrow places."""


class Choice(NamedTuple):
    """A button: a verb, and what it does."""

    text: str
    act: Callable[[], object]


class EmptyState(QWidget):
    """A centred sentence with at most two buttons.

    Args:
        sentence: What will appear here and how.
        primary: The button most people want; plain ``(text, function)`` tuples are accepted as well.
        secondary: The alternative.
    """

    def __init__(
        self,
        sentence: str,
        primary: Choice | tuple[str, Callable[[], object]] | None = None,
        secondary: Choice | tuple[str, Callable[[], object]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._sentence = QLabel(sentence, self)
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setMaximumWidth(TEXT_WIDTH)
        set_role(self._sentence, "empty")
        self.primary = self._button(primary, "primary")
        self.secondary = self._button(secondary, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addStretch(2)
        column.addLayout(centred(self._sentence, stretch=TEXT_SHARE))
        column.addLayout(centred(*(b for b in (self.primary, self.secondary) if b is not None)))
        column.addStretch(3)
        self.set_sentence(sentence)

    def set_sentence(self, sentence: str) -> None:
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)

    def _button(
        self, choice: Choice | tuple[str, Callable[[], object]] | None, role: str
    ) -> QPushButton | None:
        if choice is None:
            return None
        text, act = choice
        return PushButton(text, act, role, self)
