"""What a patch got wrong becomes a clip of its task: a false alarm, or a word that it missed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples
from workbench.audio.loudest import loudest_part
from workbench.data.task import UNKNOWN, Split
from workbench.detection.decoder import Detection
from workbench.detection.stream import amplified
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.clip_changes import AT_ONCE, ClipChange
from workbench.gui.bridge.listener import Heard
from workbench.gui.class_keys import class_keys
from workbench.gui.pages.data_commands import RecordingCommand
from workbench.gui.pages.try_it_listening import Listening
from workbench.gui.session import Session
from workbench.gui.settings import last_speaker
from workbench.gui.stations import Station
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.project.corrections import keep_correction
from workbench.project.records import ClipRecord

LOOK_BACK_S = 3.0


class Correction(RecordingCommand):
    """One clip, undone by itself."""

    def id(self) -> int:
        return -1


class Corrections(QWidget):
    """Two buttons, and a line that says what was stored.

    Shown while a patch of the task listens; pressed while the microphone is on.
    """

    def __init__(
        self, session: Session, listening: Listening, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._listening = session, listening
        self._patches: frozenset[str] = frozenset()
        self._words: tuple[str, ...] = ()
        self._gain_db = 0.0
        self._false_alarm: Samples | None = None
        self.wrong_button = PushButton(
            self.tr("That was wrong (X)"), self.store_false_alarm, "", self
        )
        self.missed_button = PushButton(self.tr("You missed it (V)"), self.ask_word, "", self)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        theme.set_role(self.note, "small")
        self.adapt_button = PushButton(
            self.tr("Adapt again"), lambda: session.show_station(Station.ADAPT), "quiet", self
        )
        self._lay_out()
        self._keys = [
            self._key(Qt.Key.Key_X, self.wrong_button),
            self._key(Qt.Key.Key_V, self.missed_button),
        ]
        listening.switched.connect(lambda _: self._forget())
        listening.heard.connect(self._hear)
        session.undo_stack.indexChanged.connect(self._fall_silent)
        self.offer((), (), 0.0)
        self._say("")

    def offer(self, patches: Sequence[str], words: Sequence[str], gain_db: float) -> None:
        """Say which patches of the task listen, which words they know, and how much sound is amplified."""
        if frozenset(patches) != self._patches:
            self._false_alarm = None
        self._patches, self._words, self._gain_db = frozenset(patches), tuple(words), gain_db
        self.setVisible(bool(patches))
        self._show_state()

    def store_false_alarm(self) -> None:
        """Keep the sound of the last detection as an example of other words."""
        if self._false_alarm is not None:
            self._store(UNKNOWN, self._false_alarm)
            self._forget()

    def ask_word(self) -> None:
        """Keep what was said just now, and ask which word it was."""
        sound = loudest_part(self._listening.latest(LOOK_BACK_S), RATE_HZ)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keys = {word: key for key, word in class_keys(self._words).items()}
        for word in self._words:
            shown = word.replace("&", "&&")
            action = menu.addAction(f"&{keys[word]}  {shown}" if word in keys else shown)
            action.triggered.connect(lambda _=False, word=word: self._store(word, sound))
        menu.setActiveAction(menu.actions()[0])
        corner = self.missed_button.mapToGlobal(QPoint(0, 0))
        menu.popup(corner - QPoint(0, menu.sizeHint().height()))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.wrong_button, 1)
        buttons.addWidget(self.missed_button, 1)
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self.note, 1)
        line.addWidget(self.adapt_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(buttons)
        column.addLayout(line)

    def _key(self, key: Qt.Key, button: PushButton) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.activated.connect(button.click)
        return shortcut

    def _hear(self, heard: Heard) -> None:
        found = [item for item in heard.results if isinstance(item, Detection)]
        if found:
            is_own = found[-1].patch in self._patches
            self._false_alarm = heard.last_word if is_own else None
            self._show_state()

    def _forget(self) -> None:
        self._false_alarm = None
        self._show_state()

    def _store(self, label: str, sound: Samples) -> None:
        """Put a clip into the task that is shown, off the GUI thread and in turn with other changes."""
        project, task_id = self._session.project, self._session.task_id
        assert project is not None
        assert task_id is not None
        speaker = last_speaker(self.tr("me"))
        samples = amplified(sound, self._gain_db)
        stored: list[ClipRecord] = []

        def act() -> list[str]:
            stored.append(keep_correction(project, task_id, label, speaker, samples, RATE_HZ))
            return [stored[0].id]

        def done(ids: Collection[str]) -> None:
            text = self.tr("store a clip of “{0}”").format(label)
            self._session.undo_stack.push(Correction(self._session, text, project, list(ids), 0))
            self._say(self._told(stored[0]), is_stored=True)

        self._say(self.tr("Storing…"))
        self._session.clip_changes.make(ClipChange(act, AT_ONCE + 1, done, self._fail))

    def _fail(self, error: WorkbenchError) -> None:
        self._say("")
        self._session.notices.error(error, key="clips")

    def _told(self, record: ClipRecord) -> str:
        project = self._session.project
        tasks = project.tasks() if project is not None else ()
        name = next((task.name for task in tasks if task.id == record.task_id), "")
        if record.clip.split is Split.TRAIN:
            return self.tr("Stored in {0} as “{1}”, to be learned from.").format(
                name, record.clip.label
            )
        return self.tr(
            "Stored in {0} as “{1}”. All clips of {2} are only measured there, this one too."
        ).format(name, record.clip.label, record.clip.speaker)

    def _fall_silent(self) -> None:
        """What was stored may have been undone."""
        self._say("")

    def _say(self, text: str, is_stored: bool = False) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self.adapt_button.setVisible(is_stored)

    def _show_state(self) -> None:
        is_live = self._listening.is_live and bool(self._patches)
        can = (is_live and self._false_alarm is not None, is_live and bool(self._words))
        for button, key, is_on in zip(
            (self.wrong_button, self.missed_button), self._keys, can, strict=True
        ):
            button.setEnabled(is_on)
            key.setEnabled(is_on)
        waits = "" if is_live else " " + self.tr("Listen to the microphone first.")
        self.wrong_button.setToolTip(
            self.tr(
                "X: nobody said a word. Keeps the second that was taken for one as an example of other words."
            )
            + waits
        )
        self.missed_button.setToolTip(
            self.tr(
                "V: a word was said and not reported. Keeps it as a clip of the word that you choose."
            )
            + waits
        )
