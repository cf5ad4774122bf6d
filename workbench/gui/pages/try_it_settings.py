"""When a word counts as heard, in plain units, for all patches that listen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from workbench.detection.decoder import DecoderConfig
from workbench.gui import theme
from workbench.gui.tokens import GRID

VALUE_SAMPLE = "1000 ms"
SLIDER_COLUMNS = (1, 4)


@dataclass(frozen=True)
class Knob:
    """One slider.

    Attributes:
        title, tip: What it is, and what turning it does.
        scale: Value of one step of the slider.
        lowest, highest: Ends of the slider, in steps.
        text: How a value is shown.
        step: How far an arrow key turns it, in steps of the slider.
    """

    title: str
    tip: str
    scale: float
    lowest: int
    highest: int
    text: Callable[[float], str]
    step: int = 1


class DecoderPanel(QWidget):
    """Threshold, smoothing, patience, quiet time and amplification.

    Attributes:
        changed: Something was turned.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders: dict[str, QSlider] = {}
        self._values: dict[str, QLabel] = {}
        self._knobs = self._make_knobs()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID + GRID // 2)
        self._grid.setVerticalSpacing(0)
        for column in SLIDER_COLUMNS:
            self._grid.setColumnStretch(column, 1)
        for place, (name, knob) in enumerate(self._knobs.items()):
            self._add(place, name, knob)
        self.set_config(DecoderConfig())
        for name in self._knobs:
            self._show(name)
        theme.controller().changed.connect(self._dress)
        self._dress()

    def config(self) -> DecoderConfig:
        """Settings common to all patches and words."""
        return DecoderConfig(
            threshold=self.value("threshold"),
            smoothing_ms=self.value("smoothing_ms"),
            patience_ms=self.value("patience_ms"),
            refractory_ms=self.value("refractory_ms"),
        )

    def set_config(self, config: DecoderConfig) -> None:
        for name in ("threshold", "smoothing_ms", "patience_ms", "refractory_ms"):
            self.set_value(name, getattr(config, name))

    def value(self, name: str) -> float:
        return round(self.sliders[name].value() * self._knobs[name].scale, 6)

    def set_value(self, name: str, value: float) -> None:
        self.sliders[name].setValue(round(value / self._knobs[name].scale))

    def _make_knobs(self) -> dict[str, Knob]:
        tr = self.tr
        return {
            "threshold": Knob(
                tr("Threshold"),
                tr("A word is reported from this smoothed probability on. Higher: fewer false "
                   "alarms, more missed words."),
                0.001, 50, 999, probability, 10,
            ),
            "smoothing_ms": Knob(
                tr("Smoothing"),
                tr("Probabilities are averaged over this long. Longer: steadier, but later."),
                20, 0, 50, _milliseconds,
            ),
            "patience_ms": Knob(
                tr("Patience"),
                tr("A word must stay above its threshold for this long before it is reported."),
                20, 0, 50, _milliseconds,
            ),
            "refractory_ms": Knob(
                tr("Quiet time"),
                tr("After a word was reported, the same patch reports nothing for this long."),
                100, 0, 50, _milliseconds,
            ),
            "gain_db": Knob(
                tr("Amplify"),
                tr("Makes quiet sound louder before anything looks at it. Patches expect words "
                   "about as loud as their training clips."),
                1, -20, 40, lambda value: f"{value:+.0f} dB",
            ),
        }  # fmt: skip

    def _add(self, place: int, name: str, knob: Knob) -> None:
        """Two knobs side by side."""
        row, first = place // 2, SLIDER_COLUMNS[place % 2] - 1
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(knob.lowest, knob.highest)
        slider.setSingleStep(knob.step)
        slider.setPageStep(10 * knob.step)
        slider.setAccessibleName(knob.title)
        slider.setMinimumWidth(10 * GRID)
        title, value = QLabel(knob.title, self), QLabel(self)
        title.setBuddy(slider)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((title, slider, value), first):
            widget.setToolTip(knob.tip)
            self._grid.addWidget(widget, row, column)
        self.sliders[name], self._values[name] = slider, value
        slider.valueChanged.connect(lambda _: self._on_turned(name))

    def _on_turned(self, name: str) -> None:
        self._show(name)
        self.changed.emit()

    def _show(self, name: str) -> None:
        text = self._knobs[name].text(self.value(name))
        self._values[name].setText(text)
        self.sliders[name].setAccessibleDescription(text)

    def _dress(self) -> None:
        font = theme.number_font()
        for value in self._values.values():
            value.setFont(font)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance(VALUE_SAMPLE))


def probability(value: float) -> str:
    """Two digits, or three where two would round: ``0.70``, ``0.995``."""
    return f"{value:.2f}" if round(1000 * value) % 10 == 0 else f"{value:.3f}"


def _milliseconds(value: float) -> str:
    return f"{value:.0f} ms"
