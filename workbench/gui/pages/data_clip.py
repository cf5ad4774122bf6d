"""The large view of the selected clip: waveform over spectrogram, playback, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from workbench.audio.display import Spectrogram
from workbench.audio.files import Samples
from workbench.data.task import Split
from workbench.gui import theme
from workbench.gui.plots.spectrogram import SpectrogramPlot
from workbench.gui.plots.waveform import Waveform
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import IconButton, PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.turning_row import TurningRow

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow

AXIS_WIDTH = 6 * GRID
ROOM_FOR_BOTH = 26 * GRID


class ClipCard(Card):
    """Shows one clip and edits all selected ones.

    Attributes:
        play_wanted: Play, or stop.
        play_from_wanted: Play from a position in seconds.
        remove_wanted, restore_wanted: Move the selected clips to the trash, or back.
        word_wanted, speaker_wanted: The user gave the selected clips another word or speaker.
        split_wanted: The user moved the selected clips to another part.
    """

    play_wanted = Signal()
    play_from_wanted = Signal(float)
    remove_wanted = Signal()
    restore_wanted = Signal()
    word_wanted = Signal(str)
    speaker_wanted = Signal(str)
    split_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Selected clip"))
        self.play_button = IconButton("play", self.tr("Play (Space)"), self.play_wanted.emit, self)
        self.title = QLabel(self)
        theme.set_role(self.title, "heading")
        self.word = QComboBox(self)
        self.word.setEditable(True)
        self.word.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.speaker = QLineEdit(self)
        self.split = QComboBox(self)
        for split in Split:
            self.split.addItem(split.value, split)
        self.trash_button = PushButton(self.tr("Remove"), self._remove_or_restore, "quiet", self)
        self.waveform = Waveform(self)
        self.spectrogram = SpectrogramPlot(self)
        self._removed = False
        self._shown = ("", "")
        self._lay_out()
        self.waveform.sought.connect(self.play_from_wanted)
        self.word.textActivated.connect(self._give_word)
        line = self.word.lineEdit()
        assert line is not None
        line.editingFinished.connect(lambda: self._give_word(self.word.currentText()))
        self.speaker.editingFinished.connect(self._give_speaker)
        self.split.activated.connect(lambda row: self.split_wanted.emit(self.split.itemData(row)))

    def offer_words(self, words: Iterable[str]) -> None:
        """Words to choose from."""
        text = self.word.currentText()
        self.word.clear()
        self.word.addItems(list(words))
        self.word.setEditText(text)

    def describe(self, clips: Sequence[ClipRow], *, removed: bool) -> None:
        """Show what the selected clips are; where they differ the field is empty."""
        self._removed = removed
        self.title.setText(self._describe_title(clips))
        self.title.setToolTip(clips[0].path if len(clips) == 1 else "")
        word = _common(clips, lambda one: one.label)
        speaker = _common(clips, lambda one: one.speaker)
        split = _common(clips, lambda one: one.split or "")
        self._shown = (word, speaker)
        self.word.setEditText(word)
        self.speaker.setText(speaker)
        self.speaker.setPlaceholderText(self.tr("unknown") if len(clips) < 2 else "")
        self.split.setCurrentIndex(self.split.findText(split))
        self.trash_button.setText(self.tr("Restore") if removed else self.tr("Remove"))
        for widget in (self.word, self.speaker, self.split):
            widget.setEnabled(bool(clips) and not removed)
        self.trash_button.setEnabled(bool(clips))
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
        for combo, letters in ((self.word, 10), (self.split, 5)):
            combo.setMinimumContentsLength(letters)
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        named: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Word"), self.word),
            (self.tr("Speaker"), self.speaker),
            (self.tr("Split"), self.split),
        )
        for name, field in named:
            label = QLabel(name, fields)
            theme.set_role(label, "muted")
            label.setBuddy(field)
            field.setAccessibleName(name)
            row.addWidget(label)
            row.addWidget(field)
        row.addWidget(self.trash_button)
        return fields

    def _describe_title(self, clips: Sequence[ClipRow]) -> str:
        if len(clips) == 1:
            return " · ".join(one for one in (clips[0].label, clips[0].speaker) if one)
        return plural(len(clips), "", self.tr("{0} clips selected")) if clips else ""

    def _remove_or_restore(self) -> None:
        (self.restore_wanted if self._removed else self.remove_wanted).emit()

    def _give_word(self, text: str) -> None:
        word = text.strip()
        if word and word != self._shown[0]:
            self._shown = (word, self._shown[1])
            self.word_wanted.emit(word)

    def _give_speaker(self) -> None:
        speaker = self.speaker.text().strip()
        if speaker != self._shown[1]:
            self._shown = (self._shown[0], speaker)
            self.speaker_wanted.emit(speaker)


def _common(clips: Sequence[ClipRow], read: Callable[[ClipRow], str]) -> str:
    value = read(clips[0]) if clips else ""
    return value if all(read(clip) == value for clip in clips) else ""
