"""What each patch that is on says of the picture, one card below the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from workbench.detection.pictures import Answer
from workbench.gui.formatting import percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.answer_bars import MOST, AnswerBars
from workbench.gui.tokens import MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.table_twin import ChartCard


class AnswerCard(ChartCard):
    """The five likeliest classes of one patch, as bars and as a table.

    Attributes:
        why_wanted: The user wants to see what of the picture speaks for the answer.
    """

    why_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        self.bars = AnswerBars()
        self._rows = TextTable(_titles())
        super().__init__(name, self.bars, self._rows, parent)
        # Five bars and five rows need the same room; a table alone would ask for more.
        self.table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.why = PushButton(self.tr("Show why"), self.why_wanted.emit, "quiet", self)
        self.why.setToolTip(self.tr("Colour the places that speak for the likeliest answer"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.add_header_widget(self.why, first=True)

    def show_best(self, best: Sequence[tuple[str, float]], color: str) -> None:
        """Show classes with their probabilities, likeliest first."""
        self.bars.show_best(best, color)
        self._rows.set_rows([(name, percent(share)) for name, share in best])


class AnswerColumn(QWidget):
    """Attributes: ``why_wanted`` carries the name of the patch whose answer is to be explained."""

    why_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: dict[str, AnswerCard] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(MARGIN)
        self._column.addStretch()

    def show_answers(self, answers: tuple[Answer, ...], colors: Mapping[str, str]) -> None:
        """Show what patches say; ``colors`` are theirs by name."""
        names = [answer.patch for answer in answers]
        if names != list(self.cards):
            self._make_cards(names)
        for answer in answers:
            self.cards[answer.patch].show_best(answer.best(MOST), colors[answer.patch])

    def _make_cards(self, names: list[str]) -> None:
        for card in self.cards.values():
            self._column.removeWidget(card)
            card.deleteLater()
        self.cards = {name: AnswerCard(name, self) for name in names}
        for place, (name, card) in enumerate(self.cards.items()):
            card.why_wanted.connect(partial(self.why_wanted.emit, name))
            self._column.insertWidget(place, card)


def _titles() -> tuple[str, ...]:
    return (
        QCoreApplication.translate("AnswerCard", "Class"),
        QCoreApplication.translate("AnswerCard", "Probability"),
    )
