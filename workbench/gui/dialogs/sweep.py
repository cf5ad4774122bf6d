"""Asks what to compare: methods, budgets and seeds, and says how many runs that makes and how long they take."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.engine_words import engine_text
from workbench.gui.formatting import decimal
from workbench.gui.plural import plural
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.methods.registry import get, names
from workbench.studies.grid import Cell, grid, takes_budget

FIRST_BUDGETS = "1, 5, 10, 20"
MOST_SEEDS = 20
COLUMNS = 2

Estimate = Callable[[Sequence[Cell]], float | None]
"""Seconds that runs take one after the other; None while nothing is known. WorkbenchError: a setting does not fit."""


class SweepDialog(QDialog):
    """Ticks, a line of budgets, and a number of seeds.

    Args:
        ticked: Methods that are ticked at first.
        refused: Methods that the backbone does not allow, with the reason; they cannot be ticked.
        first_seed: The seeds are counted from it.
        estimate: Tells how long runs take.
    """

    def __init__(
        self,
        ticked: Sequence[str],
        refused: Mapping[str, str],
        first_seed: int,
        estimate: Estimate,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Sweep"))
        self._first_seed = first_seed
        self._estimate = estimate
        self.methods = {name: QCheckBox(engine_text(get(name).title), self) for name in names()}
        for name, box in self.methods.items():
            box.setChecked(name in ticked and name not in refused)
            box.setEnabled(name not in refused)
            box.setToolTip(refused.get(name) or engine_text(get(name).sentence))
            box.setAccessibleDescription(box.toolTip())
        self.budgets = QLineEdit(FIRST_BUDGETS, self)
        self.budgets.setToolTip(
            self.tr("Shares of the convolution weights in percent, separated by commas")
        )
        self.seeds = QSpinBox(self)
        self.seeds.setRange(1, MOST_SEEDS)
        self.seeds.setValue(1)
        self.seeds.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seeds.setToolTip(
            self.tr("Runs under several seeds show how much of a difference is chance")
        )
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.start_button = PushButton("", self.accept, "primary", self)
        self.start_button.setDefault(True)
        self._lay_out()
        for box in self.methods.values():
            box.toggled.connect(self._refresh)
        self.budgets.textChanged.connect(self._refresh)
        self.seeds.valueChanged.connect(self._refresh)
        self._refresh()

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The runs that are asked for; none while a budget cannot be read."""
        shares = self._shares()
        chosen = [name for name, box in self.methods.items() if box.isChecked()]
        if shares is None or (not shares and any(map(takes_budget, chosen))):
            return ()
        seeds = range(self._first_seed, self._first_seed + self.seeds.value())
        return grid(chosen, shares, seeds)

    def _lay_out(self) -> None:
        note = QLabel(self.tr("Epochs and all other settings are those of the Adapt station."))
        note.setWordWrap(True)
        theme.set_role(note, "muted")
        title = QLabel(self.tr("Compare methods and budgets"), self)
        theme.set_role(title, "title")
        boxes = QGridLayout()
        boxes.setHorizontalSpacing(MARGIN)
        boxes.setVerticalSpacing(GRID)
        rows = math.ceil(len(self.methods) / COLUMNS)
        for i, box in enumerate(self.methods.values()):
            boxes.addWidget(box, i % rows, i // rows)
        form = QGridLayout()
        form.setSpacing(GRID)
        form.setColumnStretch(1, 1)
        for row, (text, field, unit) in enumerate(
            (
                (self.tr("&Budgets"), self.budgets, self.tr("%")),
                (self.tr("&Seeds"), self.seeds, self.tr("runs of each")),
            )
        ):
            label = QLabel(text, self)
            label.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
            form.addWidget(label, row, 0)
            form.addWidget(field, row, 1)
            form.addWidget(QLabel(unit, self), row, 2)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addStretch()
        buttons.addWidget(PushButton(self.tr("Cancel"), self.reject, "", self))
        buttons.addWidget(self.start_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addWidget(title)
        column.addLayout(boxes)
        column.addLayout(form)
        column.addWidget(note)
        column.addWidget(self.summary)
        column.addStretch()
        column.addLayout(buttons)

    def _shares(self) -> list[float] | None:
        """Budgets from 0 to 1; None when one cannot be read."""
        parts = [part.strip(" %") for part in self.budgets.text().split(",")]
        try:
            shares = [float(part) / 100 for part in parts if part]
        except ValueError:
            return None
        return list(dict.fromkeys(shares)) if all(0 < share <= 1 for share in shares) else None

    def _refresh(self) -> None:
        chosen = [name for name, box in self.methods.items() if box.isChecked()]
        has_budget = any(map(takes_budget, chosen))
        self.budgets.setEnabled(has_budget)
        cells = self.cells
        text, is_ready = self._text(chosen, cells)
        number = len(cells)
        queue = plural(number, self.tr("Queue 1 run"), self.tr("Queue {0} runs"))
        self.start_button.setText(queue if cells else self.tr("Queue"))
        self.start_button.setEnabled(is_ready)
        theme.set_role(self.summary, "" if is_ready else "warning")
        self.summary.setText(text)

    def _text(self, chosen: Sequence[str], cells: Sequence[Cell]) -> tuple[str, bool]:
        """What is said about the choices, and whether they can be run."""
        if not chosen:
            return self.tr("Tick at least one method."), False
        if not cells:
            said = self.tr("Write budgets above 0 and up to 100 percent, separated by commas.")
            return said, False
        try:
            return self._says(cells), True
        except WorkbenchError as error:
            return f"{error.message} {error.hint}", False

    def _says(self, cells: Sequence[Cell]) -> str:
        runs = plural(len(cells), self.tr("1 run."), self.tr("{0} runs, one after the other."))
        seconds = self._estimate(cells)
        if seconds is None:
            later = self.tr("How long they take is known once a run on this backbone has finished.")
            return f"{runs} {later}"
        about = self.tr("About {0}.").format(self._time(seconds))
        return f"{runs} {about}"

    def _time(self, seconds: float) -> str:
        minutes = max(1, round(seconds / 60))
        if minutes < 90:
            return plural(minutes, self.tr("1 minute"), self.tr("{0} minutes"))
        return self.tr("{0} hours").format(decimal(minutes / 60, 1))
