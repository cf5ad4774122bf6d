"""The first thing a newcomer sees: one sentence, the demo, a new project, and recent ones."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.icons import tinted_pixmap
from workbench.gui.settings import recent_projects
from workbench.gui.tokens import MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.layouts import centred

TEXT_WIDTH = 520
LOGO_SIDE = 56


class Welcome(QWidget):
    """Start page without a project.

    Attributes:
        demo_wanted, new_wanted, open_wanted: A button was pressed.
        project_wanted: A recent project was picked; carries its folder.
    """

    demo_wanted = Signal()
    new_wanted = Signal()
    open_wanted = Signal()
    project_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._logo = QLabel(self)
        self._logo.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        title = QLabel(self.tr("Adaptation Workbench"), self)
        theme.set_role(title, "display")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        sentence = QLabel(
            self.tr(
                "Teach a small pretrained network new words by storing only the layers that matter. "
                "Everything stays on this computer."
            ),
            self,
        )
        theme.set_role(sentence, "empty")
        sentence.setWordWrap(True)
        sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        sentence.setFixedWidth(TEXT_WIDTH)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        column = QVBoxLayout(self)
        column.setSpacing(MARGIN)
        column.addStretch(2)
        column.addWidget(self._logo)
        column.addWidget(title)
        column.addLayout(centred(sentence))
        column.addLayout(self._buttons())
        column.addLayout(self._recent)
        column.addStretch(3)
        self._dress()
        theme.controller().changed.connect(self._dress)
        self.refresh()

    def refresh(self) -> None:
        """Read the list of recent projects anew."""
        while (item := self._recent.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        folders = recent_projects()
        if folders:
            heading = QLabel(self.tr("Recent projects"), self)
            theme.set_role(heading, "small")
            self._recent.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
        for folder in folders:
            self._recent.addWidget(self._recent_button(folder), 0, Qt.AlignmentFlag.AlignHCenter)

    def _buttons(self) -> QHBoxLayout:
        self.demo_button = PushButton(
            self.tr("Open the demo"), self.demo_wanted.emit, "primary", self
        )
        self.new_button = PushButton(self.tr("New project…"), self.new_wanted.emit, "", self)
        self.open_button = PushButton(self.tr("Open project…"), self.open_wanted.emit, "", self)
        row = centred(self.demo_button, self.new_button, self.open_button)
        self.setFocusProxy(self.demo_button)
        return row

    def _recent_button(self, folder: Path) -> PushButton:
        button = PushButton(folder.name, lambda: self.project_wanted.emit(folder), "quiet", self)
        button.setToolTip(str(folder))
        button.setAccessibleDescription(str(folder))
        return button

    def _dress(self) -> None:
        ratio = self.devicePixelRatioF()
        pixmap = tinted_pixmap("logo", theme.tokens().link, round(LOGO_SIDE * ratio))
        pixmap = pixmap.copy()
        pixmap.setDevicePixelRatio(ratio)
        self._logo.setPixmap(pixmap)
