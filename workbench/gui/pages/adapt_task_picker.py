"""Which tasks a run over several takes in, and what it starts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.pages.adapt_variants import VariantsField
from workbench.gui.tokens import GRID

if TYPE_CHECKING:
    from workbench.project.records import TaskRecord

LEAST_TASKS = 2
MOST_ROWS = 6
ID_ROLE = Qt.ItemDataRole.UserRole


class TaskPicker(QWidget):
    """A list of the project's tasks with a box before each; the task in view is ticked first.

    Attributes:
        changed: Another choice.
        variants: Examples at several resolutions, each a task of its own to the network.
        from_random: The box that lets the network begin with random weights.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = QLabel(self.tr("&Tasks"), self)
        self.list = QListWidget(self)
        title.setBuddy(self.list)
        self.list.setAccessibleName(self.tr("Tasks that learn together"))
        self.list.setViewportMargins(0, GRID // 2, 0, GRID // 2)
        self.variants = VariantsField(self)
        self.from_random = QCheckBox(self.tr("Start from random weights"), self)
        self.from_random.setToolTip(
            self.tr("The tasks alone teach the network; what it was pretrained on is left out.")
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(title)
        column.addWidget(self.list)
        column.addSpacing(GRID // 2)
        column.addWidget(self.variants)
        column.addSpacing(GRID // 2)
        column.addWidget(self.from_random)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._ticked: set[str] = set()
        self.list.itemChanged.connect(self._on_toggle)
        self.from_random.toggled.connect(self.changed)
        self.variants.changed.connect(self.changed)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Ids of the ticked tasks in the project's order."""
        items = map(self.list.item, range(self.list.count()))
        return tuple(
            item.data(ID_ROLE) for item in items if item.checkState() is Qt.CheckState.Checked
        )

    @property
    def problem(self) -> str:
        """Why this choice does not do; empty when it does."""
        if self.variants.problem:
            return self.variants.problem
        if len(self.chosen) * max(1, len(self.variants.sources)) >= LEAST_TASKS:
            return ""
        if self.list.count() < LEAST_TASKS:
            return self.tr(
                "This project has one task only. Add another at the Data station, or name two variants of it."
            )
        return self.tr("Tick at least two tasks, or name two variants.")

    def show_tasks(self, tasks: Sequence[TaskRecord], current: str | None) -> None:
        """List the project's tasks; those that the user ticked stay ticked, and the task in view is."""
        ticked = {*self._ticked, current}
        self.list.blockSignals(True)
        self.list.clear()
        for task in tasks:
            item = QListWidgetItem(task.name, self.list)
            item.setData(ID_ROLE, task.id)
            is_ticked = task.id in ticked
            item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
        self.list.blockSignals(False)
        rows = min(max(len(tasks), LEAST_TASKS), MOST_ROWS)
        height = self.list.sizeHintForRow(0) if tasks else self.fontMetrics().height()
        self.list.setFixedHeight(rows * height + 2 * self.list.frameWidth() + GRID)
        self.changed.emit()

    def forget(self) -> None:
        """Another project numbers its tasks anew."""
        self._ticked.clear()

    def _on_toggle(self, item: QListWidgetItem) -> None:
        keep = (
            self._ticked.add if item.checkState() is Qt.CheckState.Checked else self._ticked.discard
        )
        keep(item.data(ID_ROLE))
        self.changed.emit()
