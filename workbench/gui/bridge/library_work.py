"""The keyword library in other threads: listing, learning with progress and cancel, putting together."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from workbench.cancel import CancelToken
from workbench.composing.keyword import KeywordCard
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.bridge.word_shelf import Composer, Place, learn, look

COMPOSE_RATE_HZ = 5

Wish = tuple[Place, tuple[KeywordCard, ...], float | None]


class LibraryWork(QObject):
    """One piece of work of each kind at a time; of several wishes for a recogniser the last one counts.

    Attributes:
        listed: Carries the ``Shelf``.
        progressed: Words learned and their total.
        learned: Carries the cards of the words that were learned.
        learning_ended: Learning is over in any way, cancelled included.
        composed: Carries the ``Composed`` of the last wish.
        failed: Carries a WorkbenchError; what was kept before it stays.
    """

    listed = Signal(object)
    progressed = Signal(int, int)
    learned = Signal(object)
    learning_ended = Signal()
    composed = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listing = Background(self)
        self._learning = Background(self, self.cancel)
        self._learning.idle.connect(self.learning_ended)
        self._composing = Background(self, self.forget)
        self._composing.idle.connect(self._compose)
        self._composer = Composer()
        self._token = CancelToken()
        self._wish: Wish | None = None
        self._looks = 0
        self._throttle = Throttle(self._compose, self, COMPOSE_RATE_HZ)

    @property
    def is_learning(self) -> bool:
        return self._learning.is_busy

    def look(self, place: Place) -> None:
        """List the library anew; an older listing that is still under way is dropped."""
        self._looks += 1
        number = self._looks

        def take(shelf: object) -> None:
            if number == self._looks:
                self.listed.emit(shelf)

        self._listing.start(lambda: look(place), take, self.failed.emit)

    def learn(self, place: Place, words: Sequence[str]) -> None:
        token = self._token = CancelToken()

        def report(done: int, total: int) -> None:
            # Whoever cancelled may be gone by now.
            token.check()
            self.progressed.emit(done, total)

        self._learning.start(
            lambda: learn(place, words, token, report),
            self.learned.emit,
            self.failed.emit,
        )

    def cancel(self) -> None:
        """Stop learning after the current word; words learned by then stay."""
        self._token.stop()

    def compose(
        self, place: Place, cards: Sequence[KeywordCard], reject_below: float | None
    ) -> None:
        """Wish for a recogniser of these words; without a threshold one of them always wins."""
        self._wish = (place, tuple(cards), reject_below)
        self._throttle.request()

    def forget(self) -> None:
        """The last wish no longer holds."""
        self._wish = None

    def _compose(self) -> None:
        if self._wish is None or self._composing.is_busy:
            return
        wish, self._wish = self._wish, None

        def take(made: object) -> None:
            if self._wish is None:
                self.composed.emit(made)

        self._composing.start(lambda: self._composer.put_together(*wish), take, self.failed.emit)
