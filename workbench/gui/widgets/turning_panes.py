"""Panes side by side where there is room; where there is not, one below the other in one long page."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QWidget

from workbench.gui.widgets.layouts import least_size

LEAST_HEIGHT = 160


class TurningPanes(QScrollArea):
    """A splitter that turns when it gets too narrow, as with large text, and then scrolls.

    Args:
        panes: From left to right, or from top to bottom.
        stretches: Share of each of the width that is left, while they are side by side.
        spacing: Width of the handles between them.
        shown_share: Share of the visible height that a pane takes at most once they are one below the other,
            so that the next one can be seen to follow; the last may take all of it.

    Attributes:
        split: Holds the panes.
    """

    def __init__(
        self,
        panes: tuple[QWidget, ...],
        stretches: tuple[int, ...],
        spacing: int,
        shown_share: float = 1.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._panes = panes
        self._shown_share = shown_share
        self._heights: list[int] = []
        self.split = QSplitter(Qt.Orientation.Horizontal, self)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(spacing)
        for place, (pane, stretch) in enumerate(zip(panes, stretches, strict=True)):
            self.split.addWidget(pane)
            self.split.setStretchFactor(place, stretch)
        self.setWidget(self.split)

    @property
    def is_row(self) -> bool:
        return self.split.orientation() == Qt.Orientation.Horizontal

    def minimumSizeHint(self) -> QSize:
        widest = max(least_size(pane).width() for pane in self._panes)
        return QSize(widest + self._bar(), LEAST_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._turn()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._turn()
        return super().event(event)

    def _turn(self) -> None:
        """Room for a scroll bar is left free in either case, so that its coming never turns the panes."""
        handles = self.split.handleWidth() * (len(self._panes) - 1)
        needed = sum(least_size(pane).width() for pane in self._panes) + handles
        fits = self.width() - self._bar() >= needed
        if fits != self.is_row:
            sides = Qt.Orientation
            self.split.setOrientation(sides.Horizontal if fits else sides.Vertical)
        self._stack([] if fits else [self._height_of(pane) for pane in self._panes], handles)

    def _stack(self, heights: list[int], handles: int) -> None:
        """Give the panes these heights, once: what the user drags afterwards stays."""
        if heights == self._heights:
            return
        self._heights = heights
        self.split.setMinimumHeight(sum(heights) + handles if heights else 0)
        if heights:
            self.split.setSizes(heights)

    def _height_of(self, pane: QWidget) -> int:
        """As high as a pane wishes, but not higher than what is seen at once: it scrolls by itself then."""
        share = 1.0 if pane is self._panes[-1] else self._shown_share
        most = round(share * self.height())
        return max(min(pane.sizeHint().height(), most), least_size(pane).height())

    def _bar(self) -> int:
        return self.verticalScrollBar().sizeHint().width()
