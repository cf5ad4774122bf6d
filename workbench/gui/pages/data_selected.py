"""What is known about the selected clips or pictures, and the fields that change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from workbench.data.task import Split
from workbench.gui import theme
from workbench.gui.engine_words import engine_text
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card

if TYPE_CHECKING:
    from workbench.project.clip_rows import ClipRow


class SelectedCard(Card):
    """Shows one clip and edits all selected ones; how it is laid out is left to the two kinds of it.

    Attributes:
        remove_wanted, restore_wanted: Move the selected clips to the trash, or back.
        word_wanted, speaker_wanted: The user gave the selected clips another word or speaker.
        split_wanted: The user moved the selected clips to another part.
    """

    remove_wanted = Signal()
    restore_wanted = Signal()
    word_wanted = Signal(str)
    speaker_wanted = Signal(str)
    split_wanted = Signal(object)

    def __init__(self, title: QLabel, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.title = title
        theme.set_role(self.title, "heading")
        self.word = QComboBox(self)
        self.word.setEditable(True)
        self.word.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.speaker = QLineEdit(self)
        self.split = QComboBox(self)
        for split in Split:
            self.split.addItem(engine_text(split.value), split)
        for combo, letters in ((self.word, 10), (self.split, 5)):
            combo.setMinimumContentsLength(letters)
            combo.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        self.trash_button = PushButton(self.tr("Remove"), self._remove_or_restore, "quiet", self)
        self._removed = False
        self._shown = ("", "")
        self.word.textActivated.connect(self._give_word)
        line = self.word.lineEdit()
        assert line is not None
        self._word_line = line
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
        self.title.setText(self._title_of(clips))
        word = _common(clips, lambda one: one.label)
        speaker = _common(clips, lambda one: one.speaker)
        split = _common(clips, lambda one: one.split or "")
        self._shown = (word, speaker)
        self.word.setEditText(word)
        self._word_line.home(False)
        self.speaker.setText(speaker)
        self.split.setCurrentIndex(self.split.findData(Split(split) if split else None))
        self.trash_button.setText(self.tr("Restore") if removed else self.tr("Remove"))
        for widget in (self.word, self.speaker, self.split):
            widget.setEnabled(bool(clips) and not removed)
        self.trash_button.setEnabled(bool(clips))

    def _title_of(self, clips: Sequence[ClipRow]) -> str:
        raise NotImplementedError

    def _label(self, name: str, field: QWidget) -> QLabel:
        """A label that leads to a field and names it."""
        label = QLabel(name, self)
        theme.set_role(label, "muted")
        label.setBuddy(field)
        field.setAccessibleName(name)
        return label

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
