"""Parts side by side where they fit, one below the other where they do not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QBoxLayout, QWidget

from workbench.gui.tokens import GRID


class TurningRow(QWidget):
    """A row that turns into a column when it gets too narrow, as with large text.

    Args:
        parts: From left to right; the first takes the room that is left.
    """

    def __init__(self, *parts: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(GRID)
        for number, part in enumerate(parts):
            self._box.addWidget(part, 0 if number else 1)

    def minimumSizeHint(self) -> QSize:
        widest = max(part.minimumSizeHint().width() for part in self._parts)
        return QSize(widest, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """A part may need more room than before, as when its text changes."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            self._turn()
        return super().event(event)

    def _turn(self) -> None:
        needed = sum(part.sizeHint().width() + GRID for part in self._parts)
        direction = QBoxLayout.Direction
        fits = needed <= self.width()
        wanted = direction.LeftToRight if fits else direction.TopToBottom
        if wanted != self._box.direction():
            self._box.setDirection(wanted)
            self.updateGeometry()
