"""The quiet line beside the title of Inspect: what else there is to know about the runs that are shown."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from workbench.gui import theme
from workbench.gui.pages.inspect_data import InspectedRun
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.methods.versions import other_versions


class RunNote(ElidedLabel):
    """The backbone, runs that are not on it, and versions that are no longer those in use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        theme.set_role(self, "small")

    def show_run(self, run: InspectedRun, elsewhere: int) -> None:
        """Tell of the current run, and how many of the chosen ones are on another backbone."""
        parts = [run.run.loaded.card.name]
        if elsewhere:
            parts.append(self.tr("not shown, on another backbone: {0}").format(elsewhere))
        if other := other_versions(run.run.patch.card.versions):
            parts.append(self.tr("made with {0}; here: {1}").format(other.then, other.now))
        self.setText(" · ".join(parts))
