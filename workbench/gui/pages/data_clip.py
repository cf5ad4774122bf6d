"""The large view of the selected clip: waveform over spectrogram, playback, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.audio.display import Spectrogram
from workbench.audio.files import Samples
from workbench.gui.pages.data_selected import SelectedCard
from workbench.gui.plots.spectrogram import SpectrogramPlot
from workbench.gui.plots.waveform import Waveform
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton
from workbench.gui.widgets.turning_row import TurningRow

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

AXIS_WIDTH = 6 * GRID
ROOM_FOR_BOTH = 26 * GRID


class ClipCard(SelectedCard):
    """Attributes:
    play_wanted: Play, or stop.
    play_from_wanted: Play from a position in seconds.
    """

    play_wanted = Signal()
    play_from_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QLabel(), parent)
        self.setAccessibleName(self.tr("Selected clip"))
        self.play_button = IconButton("play", self.tr("Play (Space)"), self.play_wanted.emit, self)
        self.waveform = Waveform(self)
        self.spectrogram = SpectrogramPlot(self)
        self._lay_out()
        in_order = (self.play_button, self.word, self.speaker, self.split, self.trash_button)
        for before, after in pairwise(in_order):
            self.setTabOrder(before, after)
        self.waveform.sought.connect(self.play_from_wanted)

    def describe(self, clips: Sequence[ClipRow], *, removed: bool) -> None:
        super().describe(clips, removed=removed)
        self.title.setToolTip(clips[0].path if len(clips) == 1 else "")
        self.speaker.setPlaceholderText(self.tr("unknown") if len(clips) < 2 else "")
        self.play_button.setEnabled(bool(clips))

    def show_sound(self, samples: Samples, rate_hz: int, picture: Spectrogram) -> None:
        """Show waveform (sample,) and spectrogram of the current clip."""
        self.waveform.show_samples(samples, rate_hz)
        self.spectrogram.show_spectrogram(picture)

    def show_position(self, position_s: float) -> None:
        self.waveform.show_playhead(position_s)
        self.spectrogram.show_playhead(position_s)

    def show_playing(self, playing: bool) -> None:
        """Turn the play button into a stop button and back; the playhead stays where it was."""
        self.play_button.set_icon("stop" if playing else "play")
        self.play_button.set_name(self.tr("Stop (Space)") if playing else self.tr("Play (Space)"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little height, the waveform alone takes it."""
        super().resizeEvent(event)
        roomy = event.size().height() > ROOM_FOR_BOTH
        self.spectrogram.setVisible(roomy)
        self.waveform.getPlotItem().showAxis("bottom", not roomy)

    def _lay_out(self) -> None:
        what = QWidget(self)
        row = QHBoxLayout(what)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.play_button)
        row.addWidget(self.title, 1)
        self.add(TurningRow(what, self._fields(), parent=self))
        plots = QVBoxLayout()
        plots.setSpacing(GRID // 2)
        plots.addWidget(self.waveform, 2)
        plots.addWidget(self.spectrogram, 3)
        self.body.addLayout(plots, 1)
        for plot in (self.waveform, self.spectrogram):
            plot.getAxis("left").setWidth(AXIS_WIDTH)

    def _fields(self) -> QWidget:
        fields = QWidget(self)
        row = QHBoxLayout(fields)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        named: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Word"), self.word),
            (self.tr("Speaker"), self.speaker),
            (self.tr("Split"), self.split),
        )
        for name, field in named:
            row.addWidget(self._label(name, field))
            row.addWidget(field)
        row.addWidget(self.trash_button)
        return fields

    def _title_of(self, clips: Sequence[ClipRow]) -> str:
        if len(clips) == 1:
            return " · ".join(one for one in (clips[0].label, clips[0].speaker) if one)
        return plural(len(clips), "", self.tr("{0} clips selected")) if clips else ""
