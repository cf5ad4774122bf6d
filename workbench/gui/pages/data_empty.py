"""What the Data station shows while there is nothing to show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from workbench.data.task import Medium
from workbench.gui.pages.data_header import DataHeader
from workbench.gui.widgets.empty_state import EmptyState

Act = Callable[[], object]


class NoProject(EmptyState):
    """Offers the demo, and a project of one's own."""

    def __init__(self, open_demo: Act, new_project: Act, parent: QWidget) -> None:
        demo, new = self.tr("Open the demo"), self.tr("New project…")
        super().__init__("", (demo, open_demo), (new, new_project), parent)

    def show_medium(self, medium: Medium) -> None:
        """Say what a project would hold."""
        self.set_sentence(
            self.tr("Open a project to collect recordings of your words.")
            if medium is Medium.SOUND
            else self.tr("Open a project to collect pictures of what shall be told apart.")
        )


class NoClips(EmptyState):
    """Offers to record and to import."""

    def __init__(self, record: Act, header: DataHeader, parent: QWidget) -> None:
        super().__init__(
            self.tr(
                "No clips yet. Record your words, or drop a folder with one sub-folder of "
                "recordings per word here. A zip or a manifest.csv will do as well."
            ),
            (self.tr("Record words"), record),
            (self.tr("Import a folder…"), header.choose_folder),
            parent,
        )


class NoPictures(EmptyState):
    """Offers to import folders and single files."""

    def __init__(self, header: DataHeader, parent: QWidget) -> None:
        super().__init__(
            self.tr(
                "No pictures yet. Drop a folder with one sub-folder of pictures per class here, or "
                "single pictures, or paste one. A zip, a manifest.csv or a pair of IDX files will do as well."
            ),
            (self.tr("Import a folder…"), header.choose_folder),
            (self.tr("Choose pictures…"), header.choose_pictures),
            parent,
        )
