"""Widgets side by side where there is room, and on as many lines as they need where there is not."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.widgets.layouts import least_size

Lines = tuple[tuple[int, ...], ...]


class ReflowRow(QWidget):
    """A row that breaks into lines, in the end into a column, when it is too narrow, as with large text.

    Args:
        widgets: From left to right, or from top to bottom.
        stretches: Share of each of the width of its line, and of the height where it has a line of its own.
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
        self._stretches = tuple(stretches)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(spacing)
        self._lines: Lines = ()
        # One per widget, for good; those without a widget take no room.
        self._rows = [QHBoxLayout() for _ in self._widgets]
        for row in self._rows:
            row.setSpacing(spacing)
            self._column.addLayout(row)
        self._arrange((tuple(range(len(self._widgets))),))

    @property
    def is_row(self) -> bool:
        return len(self._lines) == 1

    def minimumSizeHint(self) -> QSize:
        """As narrow as the widest widget, since the row may become a column."""
        widest = max(least_size(widget).width() for widget in self._widgets)
        return QSize(widest, self._column.minimumSize().height())

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
        lines = self._fitting()
        if lines != self._lines:
            self._arrange(lines)
            self.updateGeometry()

    def _fitting(self) -> Lines:
        """Indices of the widgets on each line; a line takes as many as fit."""
        lines: list[list[int]] = [[]]
        taken = 0
        for place, widget in enumerate(self._widgets):
            width = least_size(widget).width()
            if lines[-1] and taken + width > self.width():
                lines.append([])
                taken = 0
            lines[-1].append(place)
            taken += width + self._column.spacing()
        return tuple(map(tuple, lines))

    def _arrange(self, lines: Lines) -> None:
        for number, places in enumerate(self._lines):
            for place in places:
                self._rows[number].removeWidget(self._widgets[place])
            self._column.setStretch(number, 0)
        for number, places in enumerate(lines):
            for place in places:
                self._rows[number].addWidget(self._widgets[place], self._stretches[place])
            self._column.setStretch(number, max(self._stretches[place] for place in places))
        self._lines = lines
