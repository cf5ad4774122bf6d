"""Widgets side by side where there is room, and one below the other where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget


class ReflowRow(QWidget):
    """A row that becomes a column when it is too narrow, as with large text.

    Args:
        widgets: From left to right, or from top to bottom.
        stretches: Share of the width of each while it is a row.
        spacing: Between them, in pixels.
    """

    def __init__(
        self,
        widgets: Sequence[QWidget],
        stretches: Sequence[int],
        spacing: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._widgets = tuple(widgets)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(spacing)
        for widget, stretch in zip(widgets, stretches, strict=True):
            self._box.addWidget(widget, stretch)

    @property
    def is_row(self) -> bool:
        return self._box.direction() == QBoxLayout.Direction.LeftToRight

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest widget, since the row may become a column."""
        widest = max(widget.minimumSizeHint().width() for widget in self._widgets)
        return QSize(widest, self._box.minimumSize().height())

    def hasHeightForWidth(self) -> bool:
        """Never, though labels in it wrap: a scroll area would then make it as tall as it could wish."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reflow()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._reflow()
        return super().event(event)

    def _reflow(self) -> None:
        gaps = self._box.spacing() * (len(self._widgets) - 1)
        needed = sum(widget.minimumSizeHint().width() for widget in self._widgets) + gaps
        fits = self.width() >= needed
        if fits != self.is_row:
            direction = QBoxLayout.Direction
            self._box.setDirection(direction.LeftToRight if fits else direction.TopToBottom)
            self.updateGeometry()
