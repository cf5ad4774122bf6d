"""A column that scrolls when it is too long, and sideways only where nothing else helps."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from workbench.gui.widgets.layouts import least_size

LEAST_HEIGHT = 80


class VerticalScroll(QScrollArea):
    """Scrolls its content up and down; asks to be as wide as the content needs."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = content
        self._told = QSize()
        self.setWidget(content)

    def event(self, event: QEvent) -> bool:
        """The content may need more width than before, as when a longer row joins it."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self._told != self.sizeHint():
            self._told = self.sizeHint()
            self.updateGeometry()
        return handled

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(least_size(self._content).width() + bar, LEAST_HEIGHT)

    def sizeHint(self) -> QSize:
        wished = self._content.sizeHint().expandedTo(least_size(self._content))
        return QSize(self.minimumSizeHint().width(), wished.height())
