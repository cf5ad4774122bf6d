"""What is heard now: the spectrogram, and below it one strip per word of each patch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.data.task import is_word
from workbench.detection.decoder import DecoderConfig, Detection, HeldBack
from workbench.detection.stream import StreamFrame
from workbench.gui import theme
from workbench.gui.bridge.listener import Heard
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.formatting import decimal, duration
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.posterior_strip import PosteriorStrip
from workbench.gui.plots.scrolling_spectrogram import Mark, ScrollingSpectrogram
from workbench.gui.plots.strip_canvas import Hit, Point
from workbench.gui.plots.time_window import TimeWindow
from workbench.gui.tokens import GRID
from workbench.gui.widgets.table_twin import ChartCard
from workbench.gui.widgets.vertical_scroll import VerticalScroll

REPAINT_HZ = 20
SHOWN_STRIPS = 4


@dataclass(frozen=True)
class ShownPatch:
    """A patch as the view shows it: name, its classes in order, its colour."""

    name: str
    classes: tuple[str, ...]
    color: str


class LiveView(ChartCard):
    """Spectrogram and strips on one axis of time, or a table of the words as they are now.

    Attributes:
        threshold_moved: (patch, word, threshold) set by the user on a strip.
        threshold_reset: (patch, word) shall have the common threshold again.
    """

    threshold_moved = Signal(str, str, float)
    threshold_reset = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        chart = QWidget()
        self._words = TextTable(_titles())
        super().__init__(_tr("Words that are listened for"), chart, self._words, parent)
        self._words.setParent(self)
        self.spectrogram = ScrollingSpectrogram(chart)
        self.verdict = QLabel(self)
        theme.set_role(self.verdict, "small")
        self.strips: dict[tuple[str, str], PosteriorStrip] = {}
        self._patches: tuple[ShownPatch, ...] = ()
        self._held = QWidget(chart)
        self._rows = QVBoxLayout(self._held)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GRID // 2)
        self._scroll = VerticalScroll(self._held, chart)
        column = QVBoxLayout(chart)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.spectrogram, 1)
        column.addWidget(self._scroll, 3)
        self.add(self.verdict)
        self._now_s = 0.0
        self._last: dict[str, StreamFrame] = {}
        self._throttle = Throttle(self._refresh, self, REPAINT_HZ)
        theme.controller().changed.connect(self._fit)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._align)
        self.show_patches(())

    def show_patches(self, patches: Sequence[ShownPatch]) -> None:
        """Show strips for the words of these patches."""
        if tuple(patches) == self._patches and self.strips:
            return
        self._patches = tuple(patches)
        self._last = {}
        self._clear_rows()
        for patch in patches:
            if len(patches) > 1:
                heading = QLabel(patch.name, self._held)
                theme.set_role(heading, "small")
                self._rows.addWidget(heading)
            for word in patch.classes:
                if is_word(word):
                    self._add_strip(patch, word)
        self.verdict.setText("")
        self._fit()
        self._refresh()

    def show_thresholds(self, configs: dict[str, DecoderConfig]) -> None:
        """Show the thresholds in force, by patch."""
        for (patch, word), strip in self.strips.items():
            config = configs[patch]
            strip.set_threshold(config.threshold_of(word), word in config.word_thresholds)
        self._fill_table()

    def clear(self) -> None:
        """Begin anew at time 0."""
        self._now_s, self._last = 0.0, {}
        self.spectrogram.clear()
        for strip in self.strips.values():
            strip.clear()
        self.verdict.setText("")

    def hear(self, heard: Heard) -> None:
        """Take in what one moment brought; drawn at most twenty times per second."""
        self._now_s = heard.time_s
        self.spectrogram.add_columns(heard.columns)
        for item in heard.results:
            if isinstance(item, Detection):
                self._mark(item)
            else:
                self._follow(item)
        self._throttle.request()

    def _add_strip(self, patch: ShownPatch, word: str) -> None:
        strip = PosteriorStrip(word, patch.color, self._held)
        strip.threshold_moved.connect(
            lambda value: self.threshold_moved.emit(patch.name, word, value)
        )
        strip.threshold_reset.connect(lambda: self.threshold_reset.emit(patch.name, word))
        self._rows.addWidget(strip, 1)
        self.strips[patch.name, word] = strip

    def _clear_rows(self) -> None:
        self.strips = {}
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _mark(self, detection: Detection) -> None:
        self.spectrogram.add_mark(Mark(detection.time_s, detection.label))
        strip = self.strips.get((detection.patch, detection.label))
        if strip is not None:
            strip.add_hit(Hit(detection.time_s, detection.latency_ms))

    def _follow(self, frame: StreamFrame) -> None:
        self._last[frame.patch] = frame
        classes = next((one.classes for one in self._patches if one.name == frame.patch), ())
        for word, raw, smoothed in zip(
            classes, frame.posteriors, frame.verdict.smoothed, strict=False
        ):
            strip = self.strips.get((frame.patch, word))
            if strip is not None:
                strip.add_point(Point(frame.time_s, raw, smoothed))

    def _refresh(self) -> None:
        window = TimeWindow.until(self._now_s)
        self.spectrogram.show_window(window)
        for strip in self.strips.values():
            strip.show_window(window)
        self._fill_table()
        if self._last:
            likeliest = max(self._last.values(), key=lambda frame: frame.verdict.score)
            self.verdict.setText(self._explain(likeliest))

    def _fill_table(self) -> None:
        self._words.set_rows(
            [
                (
                    patch,
                    word,
                    decimal(strip.now, 2),
                    decimal(strip.threshold, 2),
                    ", ".join(duration(hit.time_s) for hit in strip.hits),
                )
                for (patch, word), strip in self.strips.items()
            ]
        )

    def _explain(self, frame: StreamFrame) -> str:
        """Which word is likeliest now, and why it is not reported."""
        verdict = frame.verdict
        if not verdict.word:
            return ""
        reasons = {
            None: self.tr("reported"),
            HeldBack.BELOW_THRESHOLD: self.tr("below its threshold"),
            HeldBack.TOO_FEW_HOPS: self.tr("too little was heard to smooth"),
            HeldBack.QUIET_TIME: self.tr("quiet time after the last word"),
            HeldBack.STILL_SOUNDING: self.tr("the same word is still sounding"),
            HeldBack.TOO_SHORT: self.tr("not above its threshold for long enough"),
        }
        lead = self.tr("ahead of the next by") if verdict.gap >= 0 else self.tr("behind another by")
        return self.tr("Likeliest word: {0} {1}, {2} {3} – {4}").format(
            verdict.word,
            decimal(verdict.score, 2),
            lead,
            decimal(abs(verdict.gap), 2),
            reasons[verdict.held_back],
        )

    def _align(self, lowest: int, highest: int) -> None:
        """Keep the spectrogram in line with the strips when these get a scroll bar."""
        bar = self._scroll.verticalScrollBar().sizeHint().width() if highest > lowest else 0
        self.spectrogram.set_right_margin(bar)

    def _fit(self) -> None:
        """Room for a few strips at least, and for no more than all of them."""
        strips = list(self.strips.values())
        gap = self._rows.spacing()
        headings = self._rows.count() - len(strips)
        least = [strip.minimumSizeHint().height() + gap for strip in strips[:SHOWN_STRIPS]]
        most = [strip.maximumHeight() + gap for strip in strips]
        line = self.fontMetrics().height() + gap
        self._scroll.setMinimumHeight(sum(least) + headings * line)
        self._scroll.setMaximumHeight(sum(most) + headings * line)


def _titles() -> tuple[str, ...]:
    return _tr("Patch"), _tr("Word"), _tr("Now"), _tr("Threshold"), _tr("Heard at")


def _tr(text: str) -> str:
    return QCoreApplication.translate("LiveView", text)
