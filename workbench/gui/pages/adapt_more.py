"""The folded part of the Adapt station: settings of the method, of the training, and of how examples are varied."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.backbones.card import WeightsCard
from workbench.gui.pages.adapt_variation import Variation
from workbench.gui.tokens import GRID
from workbench.gui.widgets.config_form import ConfigForm
from workbench.images.config import PictureConfig
from workbench.methods.registry import get, names, several_methods
from workbench.training.job import PICTURE_TRAINING, TrainingConfig
from workbench.training.sixteen_bits import knows_sixteen_bits

SHOWN_FIELDS = ("budget",)
TRAINING_SHOWN = ("epochs", "seed")
"""Settings that have places of their own above."""


class MoreSettings(QWidget):
    """A form for each method, of which the chosen one's is shown; the training's; and the variation of the medium.

    Attributes:
        changed: Any of them.
        architecture: Of the chosen backbone; empty before there is one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._single = {name: get(name) for name in names()}
        self._several = {method.name for method in several_methods()}
        configs = {method.name: method.Config for method in several_methods()}
        configs |= {name: method.Config for name, method in self._single.items()}
        self._forms = {
            name: ConfigForm(config, SHOWN_FIELDS, self) for name, config in configs.items()
        }
        self.training = ConfigForm(TrainingConfig, TRAINING_SHOWN, self)
        self.variation = Variation(self)
        self.architecture = ""
        self._method = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        for widget in (*self._forms.values(), self.training, self.variation):
            column.addWidget(widget)
        for form in (*self._forms.values(), self.training):
            form.changed.connect(self.changed)
        self.variation.changed.connect(self.changed)

    def form(self, method: str) -> ConfigForm:
        """The form of a method."""
        return self._forms[method]

    def training_values(self) -> dict[str, Any]:
        """Settings of the training, not validated."""
        return self.training.values() | self.variation.values()

    def show_method(self, method: str) -> None:
        """Offer what a method takes."""
        self._method = method
        for name, form in self._forms.items():
            form.setVisible(name == method and not form.is_empty)
        self._offer_sixteen_bits()
        self._align()

    def showEvent(self, event: QShowEvent) -> None:
        """Only now do the labels have the font that they are measured in."""
        super().showEvent(event)
        self._align()

    def start_from(self, card: WeightsCard) -> None:
        """Fill in where training starts on what a backbone takes."""
        sees = isinstance(card.frontend, PictureConfig)
        self.architecture = card.architecture
        self._offer_sixteen_bits()
        self.variation.show_for(sees)
        usual = TrainingConfig().model_dump()
        self.training.set_values({name: usual[name] for name in PICTURE_TRAINING})
        for name, method in self._single.items():
            config = method.Config().model_dump()
            self._forms[name].set_values(
                {field: config[field] for field in method.picture_settings}
            )
            if sees:
                self._forms[name].set_values(dict(method.picture_settings))
        if sees:
            self.training.set_values(PICTURE_TRAINING)

    def _offer_sixteen_bits(self) -> None:
        """Not every network knows them, and several tasks at once do not."""
        known = bool(self.architecture) and knows_sixteen_bits(self.architecture)
        self.training.offer("bfloat16", known and self._method not in self._several)

    def _align(self) -> None:
        """The forms one below the other look like one."""
        own = [self._forms[self._method]] if self._method else []
        forms = [*own, self.training, *(group.form for group in self.variation.groups)]
        labels, units = (max(sizes) for sizes in zip(*(form.room() for form in forms), strict=True))
        for form in forms:
            form.align(labels, units)
