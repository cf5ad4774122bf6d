"""Variants of tasks: the same examples at several steps of the front-end, or at several sizes of pictures."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from workbench.gui.tokens import GRID
from workbench.gui.widgets.config_form import range_text
from workbench.training.several_job import TaskSource

STEP, SIDE = "hop_ms", "picture_px"
"""Fields of a ``TaskSource`` that make a variant."""

EXAMPLES = {STEP: "10, 20, 40", SIDE: "96, 160"}


class VariantsField(QWidget):
    """Numbers in one line; left empty, examples stay as the backbone takes them.

    Attributes:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        label = QLabel(self.tr("V&ariants"), self)
        self.edit = QLineEdit(self)
        label.setBuddy(self.edit)
        self.edit.setAccessibleName(self.tr("Variants"))
        self._unit = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(label)
        row.addWidget(self.edit, 1)
        row.addWidget(self._unit)
        self._field = STEP
        self.show_medium(sees=False)
        self.edit.textChanged.connect(lambda _: self.changed.emit())

    def show_medium(self, *, sees: bool) -> None:
        """Ask for what the backbone takes: pictures, or sounds."""
        self._field = SIDE if sees else STEP
        self._unit.setText(self.tr("px") if sees else self.tr("ms"))
        self.edit.setPlaceholderText(self.tr("as they are; or {0}").format(EXAMPLES[self._field]))
        self.edit.setToolTip(
            self.tr("Each task is learned at each of these picture sizes; smaller ones cost less.")
            if sees
            else self.tr(
                "Each task is learned at each of these steps of the front-end; longer ones give fewer frames "
                "and cost less."
            )
        )

    @property
    def problem(self) -> str:
        """Why what is written does not do; empty when it does."""
        sources = [self._source(word) for word in self._words]
        if None in sources:
            allowed = range_text(TaskSource.model_fields[self._field])
            text = self.tr("Variants are numbers within {0} {1}, such as {2}.")
            return text.format(allowed, self._unit.text(), EXAMPLES[self._field])
        if len(set(sources)) < len(sources):
            return self.tr("Name each variant once.")
        return ""

    @property
    def sources(self) -> tuple[TaskSource, ...]:
        """What is asked for, without the data; empty without variants."""
        return tuple(one for word in self._words if (one := self._source(word)) is not None)

    def _source(self, word: str) -> TaskSource | None:
        """None where a word is no number, or one that is not allowed."""
        try:
            return TaskSource.model_validate({"data": Path(), self._field: word})
        except ValidationError:
            return None

    @property
    def _words(self) -> list[str]:
        return [word for word in re.split(r"[,;\s]+", self.edit.text()) if word]
