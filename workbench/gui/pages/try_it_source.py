"""Where the sound comes from: a microphone, or a file in real time or as fast as possible."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from workbench.audio.files import AUDIO_SUFFIXES
from workbench.audio.pcm import Level, PeakHold
from workbench.gui import theme
from workbench.gui.bridge.microphone import BLOCK_MS, Microphone
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.device_box import DeviceBox
from workbench.gui.widgets.level_bar import LevelBar

QUIET_DB = -38.0
SLOW_FALL_DB_PER_S = 4.0
MICROPHONE, FILE = range(2)


class SourcePanel(QWidget):
    """Microphone with its meter, or a file; and the button that starts and stops.

    Attributes:
        start_wanted: Listen to the chosen source; carries whether as fast as possible.
        stop_wanted: Stop listening.
        file_chosen: A file was chosen.
    """

    start_wanted = Signal(bool)
    stop_wanted = Signal()
    file_chosen = Signal(object)

    def __init__(self, microphone: Microphone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._microphone = microphone
        self._is_on = False
        self._forget_level()
        self.file: Path | None = None
        self.tabs = QTabBar(self)
        self.device = DeviceBox(microphone, self)
        self.meter = LevelBar(self)
        self.hint = QLabel(self)
        self.file_button = PushButton(self.tr("Choose a file…"), self.choose_file, "", self)
        self.file_name = QLabel(self.tr("No file is chosen"), self)
        self.listen = PushButton("", lambda: self._on_listen(False), "primary", self)
        self.scan = PushButton(self.tr("List all at once"), lambda: self._on_listen(True), "", self)
        self._pages = QStackedWidget(self)
        self._lay_out()
        self._connect()
        self.device.list_devices()
        self.show_listening(False)

    @property
    def is_microphone(self) -> bool:
        return self.tabs.currentIndex() == MICROPHONE

    @property
    def has_device(self) -> bool:
        return self.device.isEnabled()

    def choose_file(self) -> None:
        """Ask for a recording."""
        patterns = " ".join(f"*{suffix}" for suffix in sorted(AUDIO_SUFFIXES))
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Listen to a file"), "", self.tr("Sound ({0})").format(patterns)
        )
        if path:
            self.set_file(Path(path))

    def set_file(self, path: Path) -> None:
        """Use a recording as the source."""
        self.file = path
        self.file_name.setText(path.name)
        self.file_name.setToolTip(str(path))
        self.tabs.setCurrentIndex(FILE)
        self.file_chosen.emit(path)
        self._show_state()

    def use_microphone(self) -> None:
        """Use the microphone as the source."""
        self.tabs.setCurrentIndex(MICROPHONE)

    def show_listening(self, is_on: bool) -> None:
        """Say whether listening is under way."""
        self._is_on = is_on
        self._show_state()

    def _lay_out(self) -> None:
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setAccessibleName(self.tr("Listen to"))
        for title in (self.tr("Microphone"), self.tr("File")):
            self.tabs.addTab(title)
        theme.set_role(self.hint, "small")
        theme.set_role(self.file_name, "muted")
        self.file_name.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        theme.controller().changed.connect(self._fit)
        self._fit()
        self.scan.setToolTip(
            self.tr("Lists every word in the file, as fast as this computer can listen.")
        )
        for widgets in ((self.device, self.meter, self.hint), (self.file_button, self.file_name)):
            page = QWidget(self._pages)
            rows = QVBoxLayout(page)
            rows.setContentsMargins(0, 0, 0, 0)
            rows.setSpacing(GRID)
            for widget in widgets:
                rows.addWidget(widget)
            rows.addStretch()
            self._pages.addWidget(page)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.listen, 1)
        buttons.addWidget(self.scan)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.tabs)
        column.addWidget(self._pages, 1)
        column.addLayout(buttons)

    def _fit(self) -> None:
        """Two lines for the hint, so that nothing moves when it appears."""
        self.hint.setMinimumHeight(2 * self.hint.fontMetrics().lineSpacing())

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(lambda _: self._on_source())
        self.device.listed.connect(self._show_state)
        self._microphone.level.connect(self._show_level)
        self._microphone.changed.connect(lambda _: self._clear_level())

    def _on_source(self) -> None:
        if self._is_on:
            self.stop_wanted.emit()
        self._show_state()

    def _on_listen(self, is_fast: bool) -> None:
        if self._is_on:
            self.stop_wanted.emit()
        elif self.is_microphone and not self.has_device:
            self.tabs.setCurrentIndex(FILE)
            self.choose_file()
        else:
            self.start_wanted.emit(is_fast)

    def _show_state(self) -> None:
        by_microphone = self.is_microphone
        self._pages.setCurrentIndex(self.tabs.currentIndex())
        self.scan.setVisible(not by_microphone)
        self.scan.setEnabled(self.file is not None and not self._is_on)
        self.listen.setText(self._verb())
        self.listen.setToolTip(self.tr("M switches listening on and off"))
        self.listen.setEnabled(self._is_on or by_microphone or self.file is not None)
        self._show_hint("")

    def _verb(self) -> str:
        """What the large button does now."""
        if self._is_on:
            return self.tr("Stop")
        if not self.is_microphone:
            return self.tr("Play and listen")
        return self.tr("Listen (M)") if self.has_device else self.tr("Use a file instead")

    def _show_hint(self, text: str) -> None:
        if not text and not self.has_device:
            text = self.tr("Plug a microphone in, or allow its use in the system settings.")
        self.hint.setText(text)

    def _show_level(self, level: Level) -> None:
        peak_db = self._hold.add(level, BLOCK_MS / 1000)
        loudest_db = self._loudest.add(level, BLOCK_MS / 1000)
        self.meter.show_level(level.rms_db, peak_db, level.clipped)
        if self.meter.is_clipped:
            self._show_hint(self.tr("Too loud: the sound is cut off. Turn the input down."))
        elif loudest_db < QUIET_DB:
            self._show_hint(self.tr("Quiet. If words are missed, move closer or amplify."))
        else:
            self._show_hint("")

    def _forget_level(self) -> None:
        """The slow hold begins loud, so that nobody is called quiet before having spoken."""
        self._hold = PeakHold()
        self._loudest = PeakHold(SLOW_FALL_DB_PER_S)
        self._loudest.peak_db = 0.0

    def _clear_level(self) -> None:
        self._forget_level()
        self.meter.show_level(Level().rms_db, Level().peak_db)
        self.meter.clear_clip()
        self._show_hint("")
