"""The middle of the Data station: classes and clips, or why there are none to be seen."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget

from workbench.data.task import Medium
from workbench.gui import theme
from workbench.gui.widgets.drop_area import DropFrame
from workbench.gui.widgets.empty_state import EmptyState


class Centre(QStackedWidget):
    """Shows one of three things.

    Args:
        panes: What shows clips.
        without: What is shown while a task has none, by what it would hold.
    """

    def __init__(
        self, panes: QWidget, without: Mapping[Medium, EmptyState], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._panes = panes
        self._without = {medium: DropFrame(state, self) for medium, state in without.items()}
        self._medium = Medium.SOUND
        self._reading = QLabel(self.tr("Reading the clips…"), self)
        self._reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._reading, "muted")
        for widget in (*self._without.values(), panes, self._reading):
            self.addWidget(widget)

    def show_medium(self, medium: Medium) -> None:
        """What the clips are called from now on."""
        self._medium = medium
        is_sound = medium is Medium.SOUND
        self._reading.setText(
            self.tr("Reading the clips…") if is_sound else self.tr("Reading the pictures…")
        )

    def show_clips(self, has_clips: bool, is_reading: bool) -> None:
        """Show the clips, or that they are being read, or that there are none."""
        without = self._reading if is_reading else self._without[self._medium]
        self.setCurrentWidget(self._panes if has_clips else without)
