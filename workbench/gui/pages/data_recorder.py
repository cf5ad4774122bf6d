"""The recorder of the Data station: one press, several takes, hands free."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QWidget

from workbench.audio.hands_free import Phase, TakePlan
from workbench.gui import theme
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.bridge.recorder import Recorder
from workbench.gui.pages.data_microphone import MicrophoneRow
from workbench.gui.pages.data_takes import TakesStrip
from workbench.gui.settings import last_speaker, remember_speaker
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.take_prompt import TakePrompt
from workbench.gui.widgets.turning_row import TurningRow

TAKES = 10
ONE_TAKE = TakePlan(wanted=1, countdown_s=1.0)
ROOM_S = 20.0


class RecorderCard(Card):
    """Asks for a word and a speaker, prompts, and shows the takes.

    Attributes:
        wanted: Takes of the chosen word are wanted, as the ``TakePlan`` that it carries says; whoever
            keeps takes answers with ``start``.
    """

    wanted = Signal(object)

    def __init__(self, microphone: Microphone, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("Recorder"))
        self.microphone = microphone
        self.recorder = Recorder(microphone, self)
        self.microphone_row = MicrophoneRow(microphone, self)
        self.takes = TakesStrip(self)
        self.prompt = TakePrompt(self)
        self.word = QComboBox(self)
        self.word.setEditable(True)
        self.word.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.speaker = QLineEdit(last_speaker(self.tr("me")), self)
        self.many_button = PushButton("", self.record_many, "primary", self)
        self.one_button = PushButton(self.tr("Record one"), self.record_one, "", self)
        self.stop_button = PushButton(self.tr("Stop (Esc)"), self.recorder.stop, "", self)
        self._hint = QLabel(self)
        self._hint.setWordWrap(True)
        theme.set_role(self._hint, "warning")
        self._say("")
        self._plan = ONE_TAKE
        self._recorded_word = ""
        self._closes_after = False
        self._lay_out()
        self.word.editTextChanged.connect(self._name_button)
        self.recorder.moved_on.connect(self._show_prompt)
        self.recorder.ended.connect(self._on_ended)
        self._name_button()

    @property
    def chosen_word(self) -> str:
        return self.word.currentText().strip()

    @property
    def chosen_speaker(self) -> str:
        return self.speaker.text().strip()

    @property
    def hint(self) -> str:
        """What the user should do differently; empty when all is well."""
        return self._hint.text()

    def offer_words(self, words: Iterable[str]) -> None:
        """Words to choose from; what was typed stays."""
        text = self.word.currentText()
        self.word.clear()
        self.word.addItems(list(words))
        self.word.setEditText(text)

    def suggest_word(self, word: str | None) -> None:
        """Take over the word that is being looked at, unless a recording runs."""
        if word and not word.startswith("_") and not self.recorder.is_running:
            self.word.setEditText(word)

    def ask_word(self, word: str = "") -> None:
        """Put the cursor where the word is typed; a recording that runs stays one of its own word."""
        self.word.setEditText(word)
        self.word.setFocus(Qt.FocusReason.OtherFocusReason)

    def record_many(self) -> None:
        """Count down, then record takes hands-free."""
        self._ask_for(TakePlan(wanted=TAKES))

    def record_one(self) -> None:
        """Record a single take."""
        self._ask_for(ONE_TAKE)

    def start(self, plan: TakePlan, word: str) -> None:
        """Prompt for takes of a word and record them."""
        self._say("")
        self._plan, self._recorded_word = plan, word
        self._remember_microphone()
        self.recorder.start(plan)

    def start_room(self) -> None:
        """Record background noise."""
        self._remember_microphone()
        self.recorder.start_room(ROOM_S)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.recorder.is_running:
            self.recorder.stop()
        else:
            super().keyPressEvent(event)

    def _ask_for(self, plan: TakePlan) -> None:
        if not self.chosen_word:
            self.ask_word()
            self._say(self.tr("Type the word that you are going to say."))
            return
        remember_speaker(self.chosen_speaker)
        self.wanted.emit(plan)

    def _remember_microphone(self) -> None:
        """A microphone that was off is switched off again at the end."""
        self._closes_after = not self.microphone.is_on

    def _say(self, hint: str) -> None:
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))

    def _lay_out(self) -> None:
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._idle_row())
        self._stack.addWidget(self._running_row())
        self.add(TurningRow(self._stack, self.microphone_row))
        self.add(self._hint)
        self.add(self.takes)

    def _idle_row(self) -> QWidget:
        idle = QWidget(self)
        row = QHBoxLayout(idle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        self.word.setMinimumContentsLength(10)
        self.word.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        for name, field in ((self.tr("Word"), self.word), (self.tr("Speaker"), self.speaker)):
            label = QLabel(name, idle)
            label.setBuddy(field)
            theme.set_role(label, "muted")
            field.setAccessibleName(name)
            row.addWidget(label)
            row.addWidget(field)
        self.speaker.setMaximumWidth(14 * GRID)
        row.addWidget(self.many_button)
        row.addWidget(self.one_button)
        row.addStretch()
        return idle

    def _running_row(self) -> QWidget:
        running = QWidget(self)
        row = QHBoxLayout(running)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.prompt, 1)
        row.addWidget(self.stop_button)
        return running

    def _name_button(self) -> None:
        word = self.chosen_word
        text = self.tr("Record {0} takes").format(TAKES)
        named = self.tr("Record {0} takes of “{1}”").format(TAKES, word)
        self.many_button.setText(named if word else text)

    def _show_prompt(self) -> None:
        self._stack.setCurrentIndex(1)
        self.microphone_row.show_choices(False)
        if not self.stop_button.hasFocus():
            self.stop_button.setFocus(Qt.FocusReason.OtherFocusReason)
        recorder, word = self.recorder, self._recorded_word
        if recorder.records_room:
            sentence = self.tr("Recording your room. Stay quiet")
            self.prompt.show_prompt(str(recorder.countdown), sentence, "", filled=False)
            return
        done = self.tr("{0} of {1} takes").format(recorder.good, self._plan.wanted)
        if recorder.phase is Phase.COUNTDOWN:
            sentence = self.tr("Get ready to say “{0}”").format(word)
            self.prompt.show_prompt(str(recorder.countdown), sentence, done, filled=False)
        else:
            sentence = self.tr("Say “{0}”").format(word)
            filled = recorder.phase is Phase.HEARING
            self.prompt.show_prompt(str(recorder.good + 1), sentence, done, filled=filled)

    def _on_ended(self, phase: Phase | None) -> None:
        self._stack.setCurrentIndex(0)
        self.microphone_row.show_choices(True)
        self.many_button.setFocus(Qt.FocusReason.OtherFocusReason)
        gave_up = self.tr("Stopped: no usable take three times in a row. Check the level.")
        self._say(gave_up if phase is Phase.GAVE_UP else "")
        if self._closes_after:
            self.microphone.stop()
