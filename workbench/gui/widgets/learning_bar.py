"""A button that learns words; while it does, how far it is and a way to stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStackedWidget, QWidget

from workbench.gui.plural import plural
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton


class LearningBar(QStackedWidget):
    """Attributes: ``started`` and ``cancelled`` when the user wants that."""

    started = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = PushButton("", self.started.emit, "primary", self)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName(self.tr("Words learned"))
        self.progress.setTextVisible(False)
        self.told = QLabel(self)
        self.cancel_button = PushButton(self.tr("Cancel"), self._cancel, "", self)
        self._add_line((self.button, 0), (QWidget(self), 1))
        self._add_line((self.progress, 1), (self.told, 0), (self.cancel_button, 0))

    def show_words(self, task: str, known: Sequence[str], fresh: Sequence[str]) -> None:
        """Say which words a click learns."""
        if fresh and known:
            one = self.tr("Learn the new word “{word}”")
            text = plural(len(fresh), one, self.tr("Learn {0} new words of “{task}”"))
        elif fresh:
            one = self.tr("Learn the word of “{task}”")
            text = plural(len(fresh), one, self.tr("Learn the {0} words of “{task}”"))
        elif known:
            text = self.tr("Learn the words of “{task}” again")
        else:
            text = self.tr("Learn words")
        word = fresh[0] if fresh else ""
        self.button.setText(text.replace("{task}", task).replace("{word}", word))
        self.button.setEnabled(bool(fresh or known))
        again = self.tr("With the examples as they are now.")
        nothing = self.tr("Record or import words at Data first.")
        self.button.setToolTip(", ".join(fresh) or (again if known else nothing))

    def begin(self) -> None:
        self.progress.setRange(0, 0)
        self.told.setText(self.tr("Going through the examples…"))
        self.cancel_button.setEnabled(True)
        self.setCurrentIndex(1)
        self.cancel_button.setFocus()

    def show_progress(self, done: int, total: int) -> None:
        """Until the first word is done, the examples are gone through, which takes longest."""
        if done:
            self.progress.setRange(0, total)
            self.progress.setValue(done)
            self.told.setText(self.tr("{0} of {1} words").format(done, total))

    def end(self) -> None:
        self.setCurrentIndex(0)

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.cancelled.emit()

    def _add_line(self, *parts: tuple[QWidget, int]) -> None:
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for widget, stretch in parts:
            row.addWidget(widget, stretch)
        self.addWidget(line)
