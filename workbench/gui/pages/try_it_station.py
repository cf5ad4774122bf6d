"""The Try it station: for sound or for pictures, as the backbone in use takes them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QStackedWidget

from workbench.backbones.registry import takes_pictures
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.pages.try_pictures import TryPicturesPage
from workbench.gui.run_files import is_for_pictures
from workbench.gui.session import Session


class TryItStation(QStackedWidget):
    """Attributes: ``sound`` and ``pictures`` are the two pages."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.sound = TryItPage(session)
        self.pictures = TryPicturesPage(session)
        self.addWidget(self.sound)
        self.addWidget(self.pictures)
        session.backbone_changed.connect(self._follow_backbone)
        session.active_patch_changed.connect(self._follow_patch)
        self._follow_backbone(session.backbone)

    def _follow_backbone(self, name: str) -> None:
        self.setCurrentWidget(self.pictures if takes_pictures(name) else self.sound)

    def _follow_patch(self, path: Path | None) -> None:
        if path is not None:
            self.setCurrentWidget(self.pictures if is_for_pictures(path) else self.sound)
