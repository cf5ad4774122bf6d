"""How large pictures are, how long to train and from which seed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from workbench.backbones.card import WeightsCard
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.config_form import limit
from workbench.images.config import PictureConfig
from workbench.training.job import AdaptationJob

DEFAULT_EPOCHS = 30
PX_STEP = 32


class LengthSettings(QWidget):
    """Size of the pictures, where there are any, above epochs and seed.

    Attributes:
        changed: Another size.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture_px = QSpinBox(self)
        self.epochs = QSpinBox(self)
        self.seed = QSpinBox(self)
        self._own_px: int | None = None
        self._set_up()
        self._size_label = self._label(self.tr("&Picture size"), self.picture_px)
        size = QHBoxLayout()
        size.setSpacing(GRID)
        size.addWidget(self._size_label)
        size.addWidget(self.picture_px, 1)
        length = QHBoxLayout()
        length.setSpacing(GRID)
        for text, spin in ((self.tr("Ep&ochs"), self.epochs), (self.tr("&Seed"), self.seed)):
            length.addWidget(self._label(text, spin))
            length.addWidget(spin, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(MARGIN)
        column.addLayout(size)
        column.addLayout(length)
        self.picture_px.valueChanged.connect(lambda _: self.changed.emit())

    @property
    def chosen_px(self) -> int | None:
        """Side of the pictures where it is another than the backbone's."""
        side = self.picture_px.value()
        return None if self._own_px in (None, side) else side

    def start_from(self, card: WeightsCard) -> None:
        """Offer the size that a backbone takes; none for one that hears."""
        taken = card.frontend
        self._own_px = taken.height if isinstance(taken, PictureConfig) else None
        for widget in (self.picture_px, self._size_label):
            widget.setVisible(self._own_px is not None)
        if self._own_px is not None:
            self.picture_px.setValue(self._own_px)

    def _set_up(self) -> None:
        self.epochs.setRange(1, 1000)
        self.epochs.setValue(DEFAULT_EPOCHS)
        self.epochs.setToolTip(self.tr("Passes over the training examples in a full stage"))
        self.seed.setRange(0, 2**31 - 1)
        self.seed.setToolTip(self.tr("Same seed, same data, same patch"))
        limit(self.picture_px, AdaptationJob.model_fields["picture_px"])
        self.picture_px.setSingleStep(PX_STEP)
        self.picture_px.setSuffix(self.tr(" px"))
        self.picture_px.setToolTip(
            self.tr("Side of the pictures; smaller ones cost less and show less")
        )
        for spin in (self.picture_px, self.epochs, self.seed):
            spin.setAlignment(Qt.AlignmentFlag.AlignRight)

    def _label(self, text: str, buddy: QWidget) -> QLabel:
        label = QLabel(text, self)
        label.setBuddy(buddy)
        buddy.setAccessibleName(text.replace("&", ""))
        return label
