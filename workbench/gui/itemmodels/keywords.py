"""Words of a library as a table; the box before a word says whether it is to be recognised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from workbench.composing.keyword import KeywordCard
from workbench.gui.formatting import count, percent, percent_of
from workbench.gui.itemmodels.columns import Column, ColumnTable, Index

WORD = 0


class KeywordTable(ColumnTable[KeywordCard]):
    """Words in the order of label and task.

    Attributes:
        ticked_changed: The user ticked a word or took its tick away.
    """

    ticked_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_columns(), parent)
        self._ticked: set[str] = set()

    @property
    def ticked(self) -> tuple[KeywordCard, ...]:
        """The ticked words in the order of the table."""
        return tuple(card for card in self.records if card.key in self._ticked)

    def show_records(self, records: Sequence[KeywordCard]) -> None:
        """Replace all rows; a word that stays keeps its tick."""
        self._ticked &= {card.key for card in records}
        super().show_records(records)

    def tick(self, keys: Collection[str], on: bool) -> None:
        """Tick some words, or take their ticks away."""
        before = set(self._ticked)
        self._ticked = self._ticked | set(keys) if on else self._ticked - set(keys)
        if self._ticked != before and self.records:
            last = self.index(len(self.records) - 1, WORD)
            self.dataChanged.emit(self.index(0, WORD), last, [Qt.ItemDataRole.CheckStateRole])
            self.ticked_changed.emit()

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == WORD else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        card = self.records[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            if index.column() != WORD:
                return None
            is_on = card.key in self._ticked
            return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole and card.validation is not None:
            low, high = (percent(bound) for bound in card.validation.ci95)
            text = _tr("Between {0} and {1} (95 %), {2} validation examples, half of them the word")
            return text.format(low, high, card.validation.n)
        return super().data(index, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != WORD:
            return False
        self.tick([self.records[index.row()].key], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


def _columns() -> list[Column[KeywordCard]]:
    return [
        Column(
            "word",
            _tr("Word"),
            _tr("Tick it to recognise it."),
            lambda card: card.label,
            is_number=False,
        ),
        Column(
            "task",
            _tr("Task"),
            _tr("Whose examples taught it"),
            lambda card: card.task,
            is_number=False,
        ),
        Column(
            "accuracy",
            _tr("Told from others"),
            _tr(
                "Share of validation examples rightly called the word or not; half would be chance."
            ),
            lambda card: card.validation.accuracy if card.validation else None,
            lambda card: (
                percent_of(card.validation.accuracy, card.validation.n) if card.validation else "–"
            ),
        ),
        Column(
            "clips",
            _tr("Examples"),
            _tr("Training examples of the word"),
            lambda card: card.clips,
            lambda card: count(card.clips),
        ),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Keywords", text)
