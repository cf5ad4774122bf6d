"""The Try it station: for sound or for pictures, as the backbone in use takes them, and the word library of both."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QStackedWidget

from workbench.backbones.registry import takes_pictures
from workbench.gui.bridge.word_shelf import Composed
from workbench.gui.dialogs.word_library import WordLibrary
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.pages.try_pictures import TryPicturesPage
from workbench.gui.run_files import is_for_pictures
from workbench.gui.session import Session


class TryItStation(QStackedWidget):
    """Attributes: ``sound`` and ``pictures`` are the two pages; ``library`` stays open beside the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.sound = TryItPage(session)
        self.pictures = TryPicturesPage(session)
        self.library = WordLibrary(session, self)
        self.addWidget(self.sound)
        self.addWidget(self.pictures)
        session.backbone_changed.connect(self._follow_backbone)
        session.active_patch_changed.connect(self._follow_patch)
        session.closing.connect(self.sound.shut_down)
        session.closing.connect(self.pictures.shut_down)
        session.library_requested.connect(self._show_library)
        self.library.composed.connect(self._on_composed)
        self._follow_backbone(session.backbone)

    def _show_library(self) -> None:
        """Open the word library beside the window, or give it the focus."""
        self.library.show()
        self.library.activateWindow()

    def _on_composed(self, made: Composed | None) -> None:
        """What was put together before is gone, whichever page had it."""
        for page in (self.sound, self.pictures):
            page.patches.show_composed(made)

    def _follow_backbone(self, name: str) -> None:
        self.setCurrentWidget(self.pictures if takes_pictures(name) else self.sound)

    def _follow_patch(self, path: Path | None) -> None:
        if path is not None:
            self.setCurrentWidget(self.pictures if is_for_pictures(path) else self.sound)
