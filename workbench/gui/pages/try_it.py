"""The Try it station: speak to one or several patches, or play them a file, and see what they hear."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from workbench.data.task import is_word
from workbench.detection.decoder import Detection
from workbench.detection.scorer import Scorer
from workbench.detection.side_by_side import Sharing
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.input_devices import InputDevices
from workbench.gui.bridge.listener import Heard, ListenPlan
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.pages.try_it_background import BackgroundPanel, Subject
from workbench.gui.pages.try_it_choices import PatchChoice
from workbench.gui.pages.try_it_corrections import Corrections
from workbench.gui.pages.try_it_kept import KeptSettings
from workbench.gui.pages.try_it_listening import Listening
from workbench.gui.pages.try_it_patches import PatchToggles
from workbench.gui.pages.try_it_results import ResultsCard
from workbench.gui.pages.try_it_scorers import OpenScorers
from workbench.gui.pages.try_it_settings import GAIN, DecoderPanel
from workbench.gui.pages.try_it_sharing import SharingNote
from workbench.gui.pages.try_it_source import SourcePanel
from workbench.gui.pages.try_it_view import LiveView, ShownPatch
from workbench.gui.run_files import is_for_pictures
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.reflow_row import ReflowRow
from workbench.gui.widgets.titled_group import TitledGroup
from workbench.gui.widgets.vertical_scroll import VerticalScroll


class TryItPage(QWidget):
    """Above what is heard, below with what and when it counts."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme.set_role(self, "page")
        self._session = session
        self.microphone = Microphone(InputDevices(self), self)
        self.patches = PatchToggles(session, self)
        self.sharing = SharingNote(self)
        self.kept = KeptSettings(session, self)
        self.source = SourcePanel(self.microphone, self)
        self.settings = DecoderPanel(self)
        self.background = BackgroundPanel(self)
        self.view = LiveView(self)
        self.results = ResultsCard(self)
        self.scorers = OpenScorers(session, self)
        self.listening = Listening(session, self.microphone, self)
        self.corrections = Corrections(session, self.listening, self)
        self._lay_out()
        self._connect()
        self._show_choices()
        self._apply()

    def toggle_microphone(self) -> None:
        """Stop listening, or listen to the microphone."""
        if self.listening.is_on:
            self.listening.stop()
        elif self.source.has_device:
            self.source.use_microphone()
            self.start(False)

    def start(self, is_fast: bool) -> None:
        """Listen anew to the chosen source.

        Args:
            is_fast: Go through a file as fast as possible.
        """
        self.view.clear()
        self.results.clear()
        if self.source.is_microphone:
            self.listening.start_microphone(self.source.device.currentText())
        elif self.source.file is not None:
            self.listening.start_file(self.source.file, is_fast)

    def shut_down(self) -> None:
        """Stop everything that runs on another thread."""
        self.background.stop()
        self.listening.shut_down()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.source.device.list_devices()
        self.patches.switch_first()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody is listened to behind their back."""
        if not event.spontaneous():
            self.listening.stop()
            self.kept.save()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        self.results.add(self.corrections)
        live = ReflowRow((self.view, self.results), (5, 3), MARGIN, self)
        live.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        groups = (
            TitledGroup(self.tr("Patches"), self.patches, self.sharing),
            TitledGroup(self.tr("Sound"), self.source),
            TitledGroup(self.tr("A word counts as heard"), self.settings, self.background),
        )
        self.controls = Card("", self)
        self.controls.setAccessibleName(self.tr("Listening"))
        self.controls.add(ReflowRow(groups, (3, 4, 7), 3 * GRID, self))
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addWidget(live, 1)
        column.addWidget(self.controls)
        self._main = VerticalScroll(content, self)
        self._empty = EmptyState(
            self.tr(
                "Adapt a backbone, or tick words in the word library (Ctrl+L); then speak to the result here."
            ),
            (self.tr("Go to Adapt"), lambda: self._session.show_station(Station.ADAPT)),
            (self.tr("Open a patch file…"), self.patches.choose_file),
            self,
        )
        self._outer = QStackedWidget(self)
        self._outer.addWidget(self._main)
        self._outer.addWidget(self._empty)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(self._outer)

    def _connect(self) -> None:
        session = self._session
        session.project_changed.connect(self._on_project)
        session.active_patch_changed.connect(self._on_active_patch)
        self.patches.toggled.connect(self._on_patches)
        self.patches.listed.connect(self._show_choices)
        self.scorers.changed.connect(self._apply)
        self.scorers.refused.connect(lambda path: self.patches.switch(path, False))
        self.kept.changed.connect(self._apply)
        self.settings.turned.connect(self._turn)
        self.settings.amplified.connect(self._apply)
        self.settings.reset_wanted.connect(lambda: self.kept.suggest(self.patches.active))
        self.source.start_wanted.connect(self.start)
        self.source.stop_wanted.connect(self.listening.stop)
        self.view.threshold_moved.connect(self._set_own_threshold)
        self.view.threshold_reset.connect(self._reset_own_threshold)
        self.background.found.connect(self._set_measured_threshold)
        self.background.failed.connect(lambda error: session.notices.error(error, key="threshold"))
        self.listening.heard.connect(self._on_heard)
        self.listening.switched.connect(self._on_switched)
        self.listening.ended.connect(self.results.show_end)
        shortcut = QShortcut(QKeySequence(Qt.Key.Key_M), self)
        shortcut.activated.connect(self.toggle_microphone)

    def _on_patches(self) -> None:
        active = self.patches.active
        self._session.set_active_patch(active[0].path if active else None)
        self.scorers.want([(choice.path, choice.name) for choice in active])

    def _apply(self) -> None:
        """Listen and show with the patches that are open and the settings as they are."""
        opened, active = self.scorers.ready, self._active
        configs = {scorer.name: self.kept.of(active[scorer.name]) for scorer in opened}
        self.settings.show_configs([self.kept.of(choice) for choice in active.values()])
        self.listening.use(ListenPlan(self.scorers.together, configs, self.settings.value(GAIN)))
        self.sharing.show_sharing(self._sharing())
        self.view.show_patches(
            [
                ShownPatch(one.name, one.classes, self.patches.color(active[one.name]))
                for one in opened
            ]
        )
        self.view.show_thresholds(configs)
        self.results.show_patch_names(len(opened) > 1)
        self.view.set_title(self._title())
        self.view.spectrogram.hint = self._hint()
        single = opened[0] if len(opened) == 1 else None
        self.background.set_subject(self._subject(single) if single else None)
        self._offer_corrections(opened)

    def _subject(self, scorer: Scorer) -> Subject:
        """The one patch that listens, to choose its threshold."""
        choice = self._active[scorer.name]
        return Subject(scorer, choice.path, self.kept.of(choice), self.settings.value(GAIN))

    def _offer_corrections(self, opened: Sequence[Scorer]) -> None:
        """What patches of the task that is shown get wrong may become clips of it."""
        task_id, active = self._session.task_id, self._active
        own = [one for one in opened if active[one.name].task_id == task_id]
        words = dict.fromkeys(word for one in own for word in one.classes if is_word(word))
        names = [one.name for one in own]
        self.corrections.offer(names, tuple(words), self.settings.value(GAIN))

    def _title(self) -> str:
        """The patches in use are always named on screen."""
        names = [choice.name for choice in self.patches.active]
        if not names:
            return self.tr("No patch is on")
        text = self.tr("Patch {0}").format(" + ".join(names))
        return self.tr("{0} (opening…)").format(text) if self.scorers.is_opening else text

    def _sharing(self) -> Sharing | None:
        """What the patches share; None while only one listens or it is not known yet."""
        known = len(self.scorers.ready) > 1 and self.scorers.is_sharing_known
        return self.scorers.together.sharing if known else None

    def _hint(self) -> str:
        words = [strip.word for strip in self.view.strips.values()]
        if not words:
            return self.tr("Switch on a patch below.")
        return self.tr("Press Listen and say “{0}”.").format(words[0])

    @property
    def _active(self) -> dict[str, PatchChoice]:
        """The patches that are on, by name."""
        return {choice.name: choice for choice in self.patches.active}

    def _turn(self, knob: str, value: float) -> None:
        self.kept.turn(self.patches.active, knob, value, self.settings.title(knob))

    def _set_own_threshold(self, patch: str, word: str, threshold: float) -> None:
        self.kept.set_word(self._active[patch], word, threshold)

    def _reset_own_threshold(self, patch: str, word: str) -> None:
        self.kept.set_word(self._active[patch], word, None)

    def _set_measured_threshold(self, threshold: float) -> None:
        self.kept.set_threshold(self.patches.active, threshold)

    def _on_heard(self, heard: Heard) -> None:
        self.view.hear(heard)
        for item in heard.results:
            if isinstance(item, Detection):
                self.results.add_detection(item)
        self._show_number()

    def _on_switched(self, is_on: bool) -> None:
        self.source.show_listening(is_on)
        self._show_number()

    def _on_active_patch(self, path: Path | None) -> None:
        """Another station chose a patch to try: it alone listens. The first that is on was announced from here."""
        known = [choice.path for choice in self.patches.active[:1]]
        if path is None or path in known or is_for_pictures(path):
            return
        try:
            self.patches.switch_to(path)
        except WorkbenchError as error:
            self._session.notices.error(error, key="patch")

    def _on_project(self) -> None:
        self.listening.shut_down()
        self.view.clear()
        self.results.clear()

    def _show_choices(self) -> None:
        has_choices = bool(self.patches.choices)
        self._outer.setCurrentWidget(self._main if has_choices else self._empty)
        self._show_number()

    def _show_number(self) -> None:
        if self.listening.is_on:
            state = StationState.WORKING
        else:
            state = StationState.READY if self.patches.choices else StationState.EMPTY
        number = str(self.results.count) if self.results.count else ""
        self._session.set_station_number(Station.TRY_IT, number, state)
