"""The word library: tick words, or classes of pictures, and a recogniser of them is there at once."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.composing.compose import REJECT_BELOW, can_reject
from workbench.composing.keyword import KeywordCard
from workbench.gui import theme
from workbench.gui.bridge.library_work import LibraryWork
from workbench.gui.bridge.word_shelf import Composed, Place, Shelf
from workbench.gui.dialogs.word_removal import WordRemoval
from workbench.gui.formatting import percent
from workbench.gui.itemmodels.keywords import WORD, KeywordTable
from workbench.gui.plural import plural
from workbench.gui.session import Session
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.knob_slider import KnobSlider
from workbench.gui.widgets.learning_bar import LearningBar
from workbench.gui.widgets.table_twin import CopyTable

SIZE = (620, 620)
LOWEST, HIGHEST = 5, 95
CHANGE_DELAY_MS = 200
"""Recording and editing announce many changes in a row; the library is listed once they pause."""


class WordLibrary(QDialog):
    """Stays open beside the window.

    Attributes:
        composed: Carries the ``Composed`` of the ticked words as soon as it exists; None when none is ticked.
    """

    composed = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Word library"))
        self.resize(*SIZE)
        self._session = session
        self._shelf = Shelf("")
        self.work = LibraryWork(self)
        self.table = KeywordTable(self)
        self.view = CopyTable(self.table, self)
        header = self.view.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # Sizes to contents leave no room for the house's larger boxes.
        header.setSectionResizeMode(WORD, QHeaderView.ResizeMode.Stretch)
        self.view.setAccessibleName(self.windowTitle())
        self.lead = self._label("")
        self.note = self._label("small")
        self.no_threshold = self._label("small")
        self.no_threshold.setText(
            self.tr(
                "One of the ticked words always wins: the loss that they were learned with gives no probabilities, so "
                "there is no threshold."
            )
        )
        self.empty = EmptyState("", None, None, self)
        self.learning = LearningBar(self)
        self.threshold = KnobSlider(self)
        self.threshold_text = QLabel(self)
        self.remove_button = PushButton(self.tr("Remove"), self.remove, "", self)
        self.undo = session.undo_stack.createUndoAction(self, self.tr("Undo"))
        self.undo.setShortcut(QKeySequence.StandardKey.Undo)
        self.addAction(self.undo)
        self._late = QTimer(self, singleShot=True, interval=CHANGE_DELAY_MS)
        self._late.timeout.connect(self.refresh)
        self._lay_out()
        self._connect()
        self._show_shelf(self._shelf)

    def refresh(self) -> None:
        """List the library of the project for the chosen backbone."""
        place = self._place()
        if place is None:
            self._show_shelf(Shelf(""))
        elif self.isVisible():
            self.work.look(place)

    def learn(self) -> None:
        """Learn the words of the task that are not known yet; when all are known, all of them again."""
        place = self._place()
        if place is not None and not self.work.is_learning:
            self.learning.begin()
            self.work.learn(place, self._shelf.fresh)

    def remove(self) -> None:
        """Take the selected words out of the library; undo puts them back."""
        place = self._place()
        chosen = {index.row() for index in self.view.selectedIndexes()}
        cards = [self.table.records[row] for row in sorted(chosen)]
        if place is not None and cards:
            text = plural(len(cards), self.tr("remove “{0}”"), self.tr("remove {0} words"))
            removal = WordRemoval(self._session, place.project, cards, text, self.refresh)
            self._session.undo_stack.push(removal)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setWordWrap(True)
        theme.set_role(label, role)
        return label

    def _lay_out(self) -> None:
        self.view.setSelectionMode(CopyTable.SelectionMode.ExtendedSelection)
        self.threshold.setRange(LOWEST, HIGHEST)
        self.threshold.setValue(round(100 * REJECT_BELOW))
        self.threshold.setAccessibleName(self.tr("A word needs at least"))
        self.threshold.setToolTip(
            self.tr("What no ticked word is this probable for by itself is none of these.")
        )
        self.threshold_text.setMinimumWidth(self.fontMetrics().horizontalAdvance("100 %"))
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.empty)
        knob = QHBoxLayout()
        knob.setSpacing(GRID)
        knob.addWidget(QLabel(self.threshold.accessibleName(), self))
        knob.addWidget(self.threshold, 1)
        knob.addWidget(self.threshold_text)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.learning, 1)
        buttons.addWidget(self.remove_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        for widget in (self.lead, self.stack):
            column.addWidget(widget, 1 if widget is self.stack else 0)
        column.addLayout(knob)
        column.addWidget(self.no_threshold)
        column.addWidget(self.note)
        column.addLayout(buttons)

    def _connect(self) -> None:
        session, work = self._session, self.work
        for changed in (session.project_changed, session.task_changed, session.tasks_changed):
            changed.connect(self.refresh)
        session.backbone_changed.connect(lambda _: self.refresh())
        session.clips_changed.connect(lambda _: self._late.start())
        work.listed.connect(self._show_shelf)
        work.progressed.connect(self.learning.show_progress)
        work.learned.connect(self._on_learned)
        work.learning_ended.connect(self._on_learning_ended)
        work.composed.connect(self._on_composed)
        work.failed.connect(lambda error: session.notices.error(error, key="library"))
        work.failed.connect(lambda error: self.note.setText(str(error)))
        self.learning.started.connect(self.learn)
        self.learning.cancelled.connect(work.cancel)
        self.table.ticked_changed.connect(self._compose)
        self.threshold.valueChanged.connect(self._compose)
        self.threshold.reset_wanted.connect(
            lambda: self.threshold.setValue(round(100 * REJECT_BELOW))
        )
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_buttons())

    def _place(self) -> Place | None:
        session = self._session
        if session.project is None:
            return None
        return Place(session.project, session.task_id, session.backbone)

    def _show_shelf(self, shelf: Shelf) -> None:
        before = self.table.ticked
        self._shelf = shelf
        if tuple(self.table.records) != shelf.cards:
            self.table.show_records(shelf.cards)
        self.lead.setText(
            self.tr("Words learned on {0}. Tick words, and a recogniser of them is there.").format(
                shelf.backbone
            )
        )
        self.lead.setVisible(bool(shelf.cards))
        self.empty.set_sentence(self._why_empty(shelf))
        self.stack.setCurrentWidget(self.view if shelf.cards else self.empty)
        self.learning.show_words(shelf.task, shelf.known, shelf.fresh)
        if [card.key for card in self.table.ticked] != [card.key for card in before]:
            self._compose()
        self._show_buttons()
        if shelf.problems:
            self.note.setText(shelf.problems[0].reason)

    def _why_empty(self, shelf: Shelf) -> str:
        if not shelf.backbone:
            return self.tr("Open a project: every word that is learned in it is kept here.")
        text = self.tr("Every word learned on {0} is kept here; ticked words are a recogniser.")
        return text.format(shelf.backbone)

    def _on_learned(self, cards: Sequence[KeywordCard]) -> None:
        """New words join those that are ticked; before the first tick a whole task is left to the user's choice."""
        self.note.setText(
            plural(len(cards), self.tr("1 word was learned."), self.tr("{0} words were learned."))
        )
        if self.table.ticked:
            before = {card.key for card in self.table.records}
            self.table.show_records(self._merged(cards))
            self.table.tick([card.key for card in cards if card.key not in before], True)
            self._compose()

    def _merged(self, cards: Sequence[KeywordCard]) -> list[KeywordCard]:
        rows = {card.key: card for card in (*self.table.records, *cards)}
        return sorted(rows.values(), key=lambda card: (card.label, card.task, card.key))

    def _on_learning_ended(self) -> None:
        self.learning.end()
        self.refresh()

    def _compose(self) -> None:
        self._show_buttons()
        place, cards = self._place(), self.table.ticked
        if place is None or not cards:
            self.work.forget()
            self.composed.emit(None)
        else:
            threshold = self.threshold.value() / 100 if can_reject(cards) else None
            self.work.compose(place, cards, threshold)

    def _on_composed(self, made: Composed) -> None:
        self.note.setText(
            plural(
                made.words,
                self.tr("1 word is in use in Try it: "),
                self.tr("{0} words are in use in Try it: "),
            )
            + made.name
        )
        self.composed.emit(made)

    def _show_buttons(self) -> None:
        self.remove_button.setEnabled(bool(self.view.selectedIndexes()))
        rejects = can_reject(self.table.ticked)
        self.threshold_text.setText(percent(self.threshold.value() / 100, 0) if rejects else "–")
        self.threshold.setEnabled(bool(self.table.records) and rejects)
        losses = {card.fit.loss for card in self.table.ticked}
        self.no_threshold.setVisible(not rejects and len(losses) == 1)
        if not self.table.ticked:
            self.note.setText("")
