"""Appearance and zoom; applied at once, remembered between sessions."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import settings
from workbench.gui.formatting import percent
from workbench.gui.session import Session
from workbench.gui.theme import ZOOM_STEPS, Appearance
from workbench.gui.tokens import GRID, MARGIN


class PreferencesDialog(QDialog):
    """A short form; there is nothing to apply or to cancel."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = session.theme
        self.setWindowTitle(self.tr("Preferences"))
        self.appearance = QComboBox(self)
        for value, text in (
            (Appearance.SYSTEM, self.tr("As the system")),
            (Appearance.LIGHT, self.tr("Light")),
            (Appearance.DARK, self.tr("Dark")),
        ):
            self.appearance.addItem(text, value)
        self.appearance.setCurrentIndex(self.appearance.findData(self._theme.appearance))
        self.zoom = QComboBox(self)
        for step in ZOOM_STEPS:
            self.zoom.addItem(percent(step, 0), step)
        self.zoom.setCurrentIndex(self.zoom.findData(self._theme.zoom))
        self.motion = QCheckBox(self.tr("Reduce motion"), self)
        self.motion.setToolTip(self.tr("Shows changes at once, without fading."))
        self.motion.setChecked(self._theme.reduce_motion)
        self._lay_out()
        self.appearance.currentIndexChanged.connect(self._apply)
        self.zoom.currentIndexChanged.connect(self._apply)
        self.motion.toggled.connect(self._apply)

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setSpacing(GRID)
        rows = ((self.tr("&Appearance"), self.appearance), (self.tr("&Text size"), self.zoom))
        for row, (text, control) in enumerate(rows):
            label = QLabel(text, self)
            label.setBuddy(control)
            control.setAccessibleName(text.replace("&", ""))
            form.addWidget(label, row, 0)
            form.addWidget(control, row, 1)
        form.addWidget(self.motion, len(rows), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addLayout(form)
        column.addWidget(buttons)

    def _apply(self) -> None:
        self._theme.reduce_motion = self.motion.isChecked()
        self._theme.zoom = float(self.zoom.currentData())
        self._theme.set_appearance(Appearance(self.appearance.currentData()))
        settings.save_theme(self._theme)
