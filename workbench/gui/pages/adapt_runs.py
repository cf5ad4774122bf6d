"""The queue and the past runs of a task, and the run that is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.run_log import read_log
from workbench.gui.itemmodels.runs import CREATED, NAME, RUN_ID_ROLE, RunsModel
from workbench.gui.pages.adapt_run import RunPanel
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.export_button import ExportButton
from workbench.gui.widgets.jobs_strip import StopButton
from workbench.gui.widgets.table_twin import CopyTable
from workbench.methods.versions import other_versions
from workbench.training.events import RunEvent, RunStarted, SeveralStarted, StageStarted

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

TABLE_HEIGHT = 150


class RunsList(QWidget):
    """Table of runs with what can be done to the chosen one.

    Attributes:
        chosen: A run was picked; carries its id.
    """

    chosen = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = RunsModel(session, self)
        self.table = CopyTable(self.model, self)
        self.table.setAccessibleName(self.tr("Runs"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnHidden(CREATED, True)
        self.table.setMinimumHeight(TABLE_HEIGHT // 2)
        self.table.setMaximumHeight(TABLE_HEIGHT)
        self.pause_button = PushButton(self.tr("Pause"), self._pause_or_resume, "quiet", self)
        self.stop_button = StopButton(self.tr("Stop"), self._stop, "quiet", self)
        self.continue_button = PushButton(self.tr("Continue"), self._continue, "quiet", self)
        self.export_button = ExportButton(session, "quiet", self)
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.model.modelReset.connect(self._after_reset)
        self.model.dataChanged.connect(lambda *_: self._refresh_buttons())
        session.run_event.connect(self._on_event)
        self._run_id: str | None = None
        self._after_reset()

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Runs"), self)
        theme.set_role(title, "heading")
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(title, 1)
        for button in (
            self.continue_button,
            self.pause_button,
            self.stop_button,
            self.export_button,
        ):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
        column.setSpacing(GRID // 2)
        column.addLayout(row)
        column.addWidget(self.table)

    @property
    def run_id(self) -> str | None:
        return self._run_id

    def choose(self, run_id: str) -> None:
        """Select a run in the table."""
        row = self.model.row_of(run_id)
        if row is not None:
            self.table.selectRow(row)

    def _on_row(self, current: QModelIndex) -> None:
        run_id = current.data(RUN_ID_ROLE) if current.isValid() else None
        if run_id is not None and run_id != self._run_id:
            self._run_id = run_id
            self.chosen.emit(run_id)
        self._refresh_buttons()

    def _after_reset(self) -> None:
        self.setVisible(self.model.rowCount() > 0)
        if self._run_id is not None:
            self.choose(self._run_id)
        self._refresh_buttons()

    def _on_event(self, run_id: str, event: RunEvent) -> None:
        shown = self._session.queue.leader(self._run_id) if self._run_id is not None else None
        if run_id == shown and isinstance(event, StageStarted):
            self._refresh_buttons()
        if isinstance(event, RunStarted | SeveralStarted):
            self._tell_versions(run_id, event.begun_with)

    def _tell_versions(self, run_id: str, begun_with: Mapping[str, str]) -> None:
        """A continued run ends bit for bit as without the break only under the same versions."""
        if other := other_versions(begun_with):
            text = self.tr(
                "The run was begun with {0} and goes on with {1}: its result may be another than without the break."
            )
            text = text.format(other.then, other.now)
            self._session.notices.warn(text, key=f"versions-{run_id}")

    def _refresh_buttons(self) -> None:
        queue, run_id = self._session.queue, self._run_id
        state = queue.state(run_id) if run_id is not None and queue.knows(run_id) else None
        active = state is not None and not state.is_over
        if run_id is not None and active:
            self.stop_button.show_run(queue, run_id)
        paused = state in (RunState.PAUSED, RunState.PAUSING)
        self.pause_button.setText(self.tr("Resume") if paused else self.tr("Pause"))
        self.pause_button.setVisible(state is RunState.RUNNING or paused)
        self.stop_button.setVisible(active)
        run = self._run
        finished = run is not None and run.state == RunState.FINISHED
        self.continue_button.setVisible(not active and run is not None and not finished)
        self.export_button.show_run(run if finished and not active else None)
        self.export_button.setVisible(self.export_button.has_patch)

    @property
    def _run(self) -> RunRecord | None:
        row = self.model.row_of(self._run_id) if self._run_id is not None else None
        return self.model.runs[row] if row is not None else None

    def _pause_or_resume(self) -> None:
        if self._run_id is not None:
            self._session.pause_or_resume(self._run_id)

    def _stop(self) -> None:
        if self._run_id is not None:
            self._session.stop(self._run_id)

    def _continue(self) -> None:
        if self._run_id is None:
            return
        try:
            self._session.resume(self._run_id)
        except WorkbenchError as error:
            self._session.notices.error(error, key="adapt")


class RunViewer:
    """Feeds the run panel: live from the queue, otherwise from the history on disk."""

    def __init__(self, session: Session, panel: RunPanel) -> None:
        self._session, self._panel = session, panel
        self._background = Background(panel)
        self.run_id: str | None = None
        session.run_event.connect(self._on_event)
        session.run_state_changed.connect(self._on_state)

    def show(self, run_id: str) -> None:
        """Show a run of the open project."""
        self.run_id = run_id
        queue = self._session.queue
        project = self._session.project
        if project is None:
            return
        run = next(run for run in project.runs() if run.id == run_id)
        title = run_title(run)
        if queue.knows(run_id):
            state = queue.state(run_id)
            why = self._why_failed(run_id, state, run.folder)
            self._panel.show_run(title, queue.log(run_id), state, why)
            return
        state = RunState(run.state)
        self._background.start(
            lambda: (read_log(run.folder), self._why_failed(run_id, state, run.folder)),
            lambda read: (
                self._panel.show_run(title, read[0], state, read[1])
                if self.run_id == run_id
                else None
            ),
            self._session.notices.error,
        )

    def _why_failed(self, run_id: str, state: RunState, folder: Path) -> str:
        if state is not RunState.FAILED:
            return ""
        return self._session.queue.why_failed(run_id, folder)

    def _on_event(self, run_id: str, event: RunEvent) -> None:
        if self._shows(run_id):
            self._panel.add(event)

    def _shows(self, run_id: str) -> bool:
        """Whether this is the run in view, as whichever of its tasks sees it."""
        return self.run_id is not None and self._session.queue.leader(self.run_id) == run_id

    def _on_state(self, run_id: str, state: RunState) -> None:
        if self.run_id is None or not self._shows(run_id):
            return
        if state is RunState.QUEUED:  # continued: it speaks anew from here on
            self.show(self.run_id)
            return
        folder = self._session.queue.job(run_id).out
        self._panel.set_state(state, self._why_failed(run_id, state, folder))
