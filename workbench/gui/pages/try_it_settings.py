"""When a word counts as heard, in plain units, for the patches that are on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from workbench.detection.decoder import DecoderConfig
from workbench.gui import theme
from workbench.gui.formatting import decimal
from workbench.gui.pages.try_it_kept import SUGGESTED
from workbench.gui.settings import store
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.knob_slider import KnobSlider

VALUE_SAMPLE = "1000 ms"
SLIDER_COLUMNS = (1, 4)
GAIN = "gain_db"
_STORED_GAIN = "try_it/gain_db"


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

    The first four belong to the patches that are on; amplification belongs to the computer and its microphone.

    Attributes:
        turned: The user gave the patches another value: which one, and the value.
        amplified: The user changed the amplification.
        reset_wanted: The suggested values are wanted again.
    """

    turned = Signal(str, float)
    amplified = Signal()
    reset_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sliders: dict[str, KnobSlider] = {}
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
        self.reset_button = PushButton(
            self.tr("Back to suggested"), self.reset_wanted.emit, "quiet", self
        )
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        theme.set_role(self.note, "small")
        last = len(self._knobs) // 2
        self._grid.addWidget(
            self.reset_button, last, SLIDER_COLUMNS[1] - 1, 1, 3, Qt.AlignmentFlag.AlignRight
        )
        self._grid.addWidget(self.note, last + 1, 0, 1, 6)
        self._set_value(GAIN, float(str(store().value(_STORED_GAIN, 0.0))))
        self.show_configs(())
        theme.controller().changed.connect(self._dress)
        self._dress()

    def show_configs(self, configs: Sequence[DecoderConfig]) -> None:
        """Show the settings of the patches that are on; where they differ, those of the first."""
        shown = configs[0] if configs else SUGGESTED
        differing = []
        for name, knob in self._knobs.items():
            if name == GAIN:
                continue
            self._set_value(name, getattr(shown, name))
            self.sliders[name].setEnabled(bool(configs))
            if len({getattr(config, name) for config in configs}) > 1:
                differing.append(knob.title.lower())
        self.reset_button.setEnabled(any(config != SUGGESTED for config in configs))
        self.reset_button.setToolTip(self._suggestion(bool(configs)))
        self.note.setText(self._explain(len(configs), differing))

    def title(self, name: str) -> str:
        """How one of the settings is called."""
        return self._knobs[name].title

    def value(self, name: str) -> float:
        return round(self.sliders[name].value() * self._knobs[name].scale, 6)

    def _set_value(self, name: str, value: float) -> None:
        with QSignalBlocker(self.sliders[name]):
            self.sliders[name].setValue(round(value / self._knobs[name].scale))
        self._show(name)

    def _explain(self, patches: int, differing: Sequence[str]) -> str:
        """For which patches the sliders are."""
        if not patches:
            return self.tr("Switch on a patch to choose when its words count.")
        if patches == 1:
            return ""
        both = self.tr("What you set holds for both patches that are on.")
        several = self.tr("What you set holds for all {0} patches that are on.").format(patches)
        together = both if patches == 2 else several
        if not differing:
            return together
        differ = self.tr("They differ in {0}; shown is the first.").format(", ".join(differing))
        return f"{together} {differ}"

    def _suggestion(self, is_on: bool) -> str:
        values = (
            f"{knob.title} {knob.text(getattr(SUGGESTED, name))}"
            for name, knob in self._knobs.items()
            if name != GAIN
        )
        text = self.tr("{0}; no word has a threshold of its own").format(", ".join(values))
        return text if is_on else self.tr("Switch on a patch first.")

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
        slider = KnobSlider(self)
        slider.setRange(knob.lowest, knob.highest)
        slider.setSingleStep(knob.step)
        slider.setPageStep(10 * knob.step)
        slider.setAccessibleName(knob.title)
        slider.setMinimumWidth(10 * GRID)
        title, value = QLabel(knob.title, self), QLabel(self)
        title.setBuddy(slider)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        suggested = knob.text(getattr(SUGGESTED, name, 0.0))
        back = self.tr("Suggested: {0}. A double click or Delete gives it back.").format(suggested)
        for column, widget in enumerate((title, slider, value), first):
            widget.setToolTip(f"{knob.tip}\n{back}")
            self._grid.addWidget(widget, row, column)
        self.sliders[name], self._values[name] = slider, value
        slider.valueChanged.connect(lambda _: self._on_turned(name))
        slider.reset_wanted.connect(lambda: self._reset(name))

    def _on_turned(self, name: str) -> None:
        self._show(name)
        if name == GAIN:
            store().setValue(_STORED_GAIN, self.value(GAIN))
            self.amplified.emit()
        else:
            self.turned.emit(name, self.value(name))

    def _reset(self, name: str) -> None:
        self.sliders[name].setValue(round(getattr(SUGGESTED, name, 0.0) / self._knobs[name].scale))

    def _show(self, name: str) -> None:
        text = self._knobs[name].text(self.value(name))
        self._values[name].setText(text)
        self.sliders[name].setAccessibleDescription(text)

    def _dress(self) -> None:
        font = theme.number_font()
        # Room for the note, so that nothing moves when it appears.
        self.note.setMinimumHeight(self.note.fontMetrics().lineSpacing())
        for value in self._values.values():
            value.setFont(font)
            value.setMinimumWidth(value.fontMetrics().horizontalAdvance(VALUE_SAMPLE))


def probability(value: float) -> str:
    """Two digits, or three where two would round: ``0.70``, ``0.995``."""
    return decimal(value, 2) if round(1000 * value) % 10 == 0 else decimal(value, 3)


def _milliseconds(value: float) -> str:
    return f"{value:.0f} ms"
