"""One line at the bottom while something trains: what, how far, how long still, pause and stop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QWidget

from workbench.cancel import RunState
from workbench.gui import theme
from workbench.gui.bridge.run_queue import RunQueue
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.run_names import (
    job_budget,
    job_title,
    method_title,
    stage_text,
    state_word,
    time_left,
)
from workbench.gui.session import Session
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton

BAR_STEPS = 1000
BAR_WIDTH = 220


class StopButton(PushButton):
    """Ends a run, and says beforehand what is left of it: only the last stage makes a result."""

    def show_run(self, queue: RunQueue, run_id: str) -> None:
        """Name what a click does to a run of this window now."""
        state = queue.state(run_id)
        if state is RunState.QUEUED:
            text = self.tr("Remove from queue")
            tip = self.tr("It does not begin; Continue puts it back into the queue.")
        elif queue.keeps_result(run_id):
            text = self.tr("Stop and keep")
            tip = self.tr("End after the current step; what was learned so far is kept.")
        else:
            text = self.tr("Stop")
            tip = self.tr(
                "End after the current step. There is a result to keep only in the last stage, but the "
                "run can be continued later."
            )
        self.setText(text)
        self.setToolTip(tip)
        self.setEnabled(state is not RunState.STOPPING)


class JobsStrip(QFrame):
    """Shows the run that trains now and how many wait; hidden when idle.

    Attributes:
        opened: The user wants to see the run; carries its id.
    """

    opened = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        theme.set_role(self, "bar")
        self.setAccessibleName(self.tr("Jobs"))
        self._title = PushButton("", self._open, "quiet", self)
        self._where = QLabel(self)
        self._bar = QProgressBar(self)
        self._left = QLabel(self)
        self._waiting = QLabel(self)
        self.pause_button = PushButton("", self._pause_or_resume, "", self)
        self.stop_button = StopButton(self.tr("Stop"), self._stop, "", self)
        self.remove_button = PushButton(
            self.tr("Remove waiting"), session.queue.remove_waiting, "", self
        )
        self.remove_button.setToolTip(
            self.tr("None of the waiting runs begins; Continue puts one back into the queue.")
        )
        self._lay_out()
        self._throttle = Throttle(self._refresh, self)
        session.run_event.connect(lambda *_: self._throttle.request())
        session.runs_changed.connect(self._refresh)
        session.run_state_changed.connect(lambda *_: self._refresh())
        self._refresh()

    def _lay_out(self) -> None:
        self._bar.setRange(0, BAR_STEPS)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(BAR_WIDTH)
        self._bar.setAccessibleName(self.tr("Progress of the run"))
        self._left.setFont(theme.number_font())
        theme.set_role(self._waiting, "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, GRID // 2, MARGIN, GRID // 2)
        row.setSpacing(MARGIN)
        for widget in (self._title, self._where, self._bar, self._left):
            row.addWidget(widget)
        row.addStretch()
        for widget in (self._waiting, self.remove_button, self.pause_button, self.stop_button):
            row.addWidget(widget)

    def _refresh(self) -> None:
        queue = self._session.queue
        run_id = queue.current
        self.setVisible(run_id is not None)
        if run_id is None:
            return
        state, log = queue.state(run_id), queue.log(run_id)
        running = state is RunState.RUNNING
        job = queue.job(run_id)
        self._title.setText(method_title(job.method, job_budget(job.config)))
        self._title.setToolTip(self.tr("Show this run: {0}").format(job_title(job)))
        self._where.setText(stage_text(log) if running and log.step else state_word(state))
        self._bar.setValue(round(log.share_done * BAR_STEPS))
        self._left.setText(time_left(log) if running else "")
        waiting = len(queue.waiting)
        self._waiting.setText(self.tr("{0} waiting").format(waiting) if waiting else "")
        self.remove_button.setVisible(waiting > 0)
        paused = state in (RunState.PAUSED, RunState.PAUSING)
        self.pause_button.setText(self.tr("Resume") if paused else self.tr("Pause"))
        self.pause_button.setEnabled(state is not RunState.STOPPING)
        self.stop_button.show_run(queue, run_id)

    def _open(self) -> None:
        if self._session.queue.current is not None:
            self.opened.emit(self._session.queue.current)

    def _pause_or_resume(self) -> None:
        if self._session.queue.current is not None:
            self._session.pause_or_resume(self._session.queue.current)

    def _stop(self) -> None:
        if self._session.queue.current is not None:
            self._session.stop(self._session.queue.current)
