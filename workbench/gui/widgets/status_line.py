"""The status bar: microphone, backbone, active patch, and when the project was last saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLocale, QTime
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from workbench.errors import WorkbenchError
from workbench.gui.formatting import size
from workbench.gui.session import Session

HASH_LENGTH = 4


class StatusLine(QStatusBar):
    """Always shows what is in use; short messages appear at its left."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self._microphone = self._field(self.tr("Microphone"))
        self._backbone = self._field(self.tr("Backbone"))
        self._patch = self._field(self.tr("Active patch"))
        self._saved = self._field(self.tr("Saved"))
        session.microphone_changed.connect(self._show_microphone)
        session.backbone_changed.connect(self._show_backbone)
        session.active_patch_changed.connect(self._show_patch)
        session.engine_ready.connect(self._on_engine)
        session.project_changed.connect(self._show_saved)
        session.clips_changed.connect(self._show_saved)
        session.runs_changed.connect(self._show_saved)
        self._engine_ready = False
        self._show_microphone("")
        self._show_backbone(session.backbone)
        self._show_patch(session.active_patch)

    def _field(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setAccessibleName(name)
        label.setContentsMargins(8, 2, 8, 2)
        self.addPermanentWidget(label)
        return label

    def _show_microphone(self, text: str) -> None:
        self._microphone.setText(self.tr("mic: {0}").format(text or self.tr("off")))

    def _show_backbone(self, name: str) -> None:
        tail = self._hash_tail(name) if self._engine_ready else ""
        self._backbone.setText(self.tr("backbone: {0} {1}").format(Path(name).name, tail).rstrip())

    def _on_engine(self) -> None:
        self._engine_ready = True
        self._show_backbone(self._session.backbone)

    @staticmethod
    def _hash_tail(name: str) -> str:
        """Start of the weights' hash; empty for a backbone that is not installed."""
        from workbench.backbones.registry import backbone_folder, read_card

        try:
            return f"#{read_card(backbone_folder(name)).sha256[:HASH_LENGTH]}"
        except WorkbenchError:
            return ""

    def _show_patch(self, path: Path | None) -> None:
        if path is None or not path.exists():
            self._patch.setText(self.tr("patch: none"))
            return
        name = self._session.patch_title(path)
        self._patch.setText(self.tr("patch: {0} {1}").format(name, size(path.stat().st_size)))
        self._patch.setToolTip(str(path))

    def _show_saved(self) -> None:
        now = QLocale().toString(QTime.currentTime(), QLocale.FormatType.ShortFormat)
        saved = self.tr("saved {0}").format(now)
        self._saved.setText(saved if self._session.project else self.tr("no project"))
