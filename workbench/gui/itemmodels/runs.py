"""The runs of a task as a table: colour, name, state, result."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from workbench.cancel import RunState
from workbench.gui.formatting import percent, size
from workbench.gui.run_names import accuracy_text, run_title, state_word
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

Index = QModelIndex | QPersistentModelIndex
RUN_ID_ROLE = int(Qt.ItemDataRole.UserRole)
NAME, STATE, ACCURACY, STORED, CREATED = range(5)

SWATCH_SIDE = 20


@cache
def swatch(color: str) -> QIcon:
    """Disc in a run's colour that keeps it when the row is selected."""
    pixmap = QPixmap(SWATCH_SIDE, SWATCH_SIDE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(3, 3, SWATCH_SIDE - 6, SWATCH_SIDE - 6)
    painter.end()
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(pixmap, mode)
    return icon


class RunsModel(QAbstractTableModel):
    """Newest first; follows the session by itself."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runs: list[RunRecord] = []
        self._titles = (
            self.tr("Run"),
            self.tr("State"),
            self.tr("Accuracy"),
            self.tr("Stored"),
            self.tr("When"),
        )
        session.runs_changed.connect(self.refresh)
        session.task_changed.connect(self.refresh)
        session.run_state_changed.connect(lambda *_: self._repaint())
        session.selection.recolored.connect(lambda _: self.refresh())
        self.refresh()

    @property
    def runs(self) -> Sequence[RunRecord]:
        return self._runs

    def refresh(self) -> None:
        """Read the runs of the task anew."""
        project, task_id = self._session.project, self._session.task_id
        found = project.runs(task_id) if project is not None and task_id is not None else ()
        ordered = sorted(found, key=lambda run: run.created, reverse=True)
        same = [run.id for run in ordered] == [run.id for run in self._runs]
        if same:
            self._runs = ordered
            self._repaint()
            return
        self.beginResetModel()
        self._runs = ordered
        self.endResetModel()

    def _repaint(self) -> None:
        """How runs of this window stand is asked of the queue whenever they are painted."""
        if self._runs:
            last = self.index(len(self._runs) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def row_of(self, run_id: str) -> int | None:
        """Row of a run, or of what this task sees of the run over several tasks that it leads."""
        rows = (i for i, run in enumerate(self._runs) if run_id in (run.id, run.leader))
        return next(rows, None)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._runs)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self._runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(run, index.column())
        if role == RUN_ID_ROLE:
            return run.id
        if role == Qt.ItemDataRole.DecorationRole and index.column() == NAME:
            return swatch(self._session.selection.color(run.id))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (ACCURACY, STORED):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(run)
        return None

    def _text(self, run: RunRecord, column: int) -> str:
        record = run.record or {}
        if column == NAME:
            return run_title(run)
        if column == STATE:
            return self._state(run)
        if column == ACCURACY:
            return accuracy_text(record)
        if column == STORED:
            return size(record["stored_bytes"]) if "stored_bytes" in record else ""
        created = QDateTime.fromSecsSinceEpoch(round(run.created.timestamp()))
        return QLocale().toString(created, QLocale.FormatType.ShortFormat)

    def _state(self, run: RunRecord) -> str:
        queue = self._session.queue
        if not queue.knows(run.id):
            return state_word(RunState(run.state))
        state = queue.state(run.id)
        if state is RunState.RUNNING:
            return percent(queue.log(run.id).share_done, 0)
        return state_word(state)

    def _has_failed(self, run: RunRecord) -> bool:
        queue = self._session.queue
        return (queue.state(run.id) if queue.knows(run.id) else run.state) == RunState.FAILED

    def _tooltip(self, run: RunRecord) -> str:
        if self._has_failed(run):
            why = self._session.queue.why_failed(run.id, run.folder)
            return f"{run_title(run)}\n{why}"
        record = run.record or {}
        for part, text in (
            ("test", self.tr("Test accuracy between {0} and {1} (95 %), {2} examples")),
            ("val", self.tr("Validation accuracy between {0} and {1} (95 %), {2} examples")),
        ):
            interval, n = record.get(f"{part}_ci95"), record.get(f"n_{part}")
            if interval and n:
                return text.format(*map(percent, interval), n)
        return run_title(run)
