"""Why the last layer is not enough: two small experiments, run live."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.pages.last_layer_discs import DiscsCard, Runner, engine_runner
from workbench.gui.pages.last_layer_fold import FoldCard
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.turning_panes import TurningPanes
from workbench.gui.widgets.vertical_scroll import VerticalScroll

START_SIZE = (1200, 780)


class LastLayerDialog(QDialog):
    """A window beside the main one; what runs in it ends when it is closed."""

    def __init__(self, parent: QWidget | None = None, runner: Runner = engine_runner) -> None:
        super().__init__(parent)
        self.setObjectName("last_layer")
        self.setWindowTitle(self.tr("Why the last layer is not enough"))
        self.resize(*START_SIZE)
        self.setSizeGripEnabled(True)
        self.fold = FoldCard()
        self.discs = DiscsCard(runner)
        title = QLabel(self.windowTitle(), self)
        theme.set_role(title, "title")
        lead = QLabel(
            self.tr(
                "Training only the last layer is the cheapest way to adapt a network, and often too little. "
                "A few numbers below it do more. After K for the Price of 1 (Mudrakarta and others, 2019)."
            ),
            self,
        )
        lead.setWordWrap(True)
        theme.set_role(lead, "muted")
        panes = TurningPanes(
            (VerticalScroll(self.fold, self), VerticalScroll(self.discs, self)),
            (2, 3),
            MARGIN,
            parent=self,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(title)
        column.addWidget(lead)
        column.addWidget(panes, 1)
        self.discs.button.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        """Closed, or the main window was; being minimised is not meant."""
        if not event.spontaneous():
            self.discs.stop()
        super().hideEvent(event)
