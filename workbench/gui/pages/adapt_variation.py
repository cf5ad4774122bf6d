"""How strongly training examples are varied: a group of settings for sounds, and one for pictures."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from workbench.audio.augment import AugmentConfig
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.config_form import ConfigForm
from workbench.images.augment import PictureAugment


class VariationGroup(QWidget):
    """A box that turns the variation on, and its strengths below.

    Attributes:
        changed: Box or a strength.
    """

    changed = Signal()

    def __init__(self, text: str, model: type[BaseModel], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QCheckBox(text, self)
        self.box.setChecked(True)
        self.box.setToolTip(self.tr("Without it a run trains on the examples just as they are."))
        self.form = ConfigForm(model, parent=self)
        self.form.setContentsMargins(MARGIN, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.box)
        column.addWidget(self.form)
        self.box.toggled.connect(self.form.setVisible)
        self.box.toggled.connect(self.changed)
        self.form.changed.connect(self.changed)

    def values(self) -> dict[str, Any] | None:
        """The strengths, not validated; None where examples stay as they are."""
        return self.form.values() if self.box.isChecked() else None


class Variation(QWidget):
    """The group of the medium at hand; the other one keeps what was set in it.

    Attributes:
        changed: Any of it.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sounds = VariationGroup(self.tr("Vary sounds in training"), AugmentConfig, self)
        self.pictures = VariationGroup(self.tr("Vary pictures in training"), PictureAugment, self)
        self.groups = (self.sounds, self.pictures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for group in self.groups:
            column.addWidget(group)
            group.changed.connect(self.changed)
        self.show_for(sees=False)

    def show_for(self, sees: bool) -> None:
        """Offer what varies pictures, or what varies sounds."""
        self._sees = sees
        self.pictures.setVisible(sees)
        self.sounds.setVisible(not sees)

    def values(self) -> dict[str, Any]:
        """Fields of the training; the medium that is not at hand has its defaults."""
        if self._sees:
            return {"picture_augment": self.pictures.values()}
        return {"augment": self.sounds.values()}
