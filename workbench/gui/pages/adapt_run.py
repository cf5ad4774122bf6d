"""During and after a run: stages, time left, curves, and the policy film."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.cancel import RunState
from workbench.evaluation.metrics import wilson
from workbench.gui import theme
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.engine_words import engine_text
from workbench.gui.formatting import count, decimal, percent, size
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.pages.adapt_tasks_card import TasksCard
from workbench.gui.pages.film_card import NOT_STARTED, FilmCard
from workbench.gui.pages.gates_card import GatesCard
from workbench.gui.plots.curves import CurvesView
from workbench.gui.run_names import accuracy_text, stage_text, state_word, time_left
from workbench.gui.stations import Station
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.left_out import LeftOutLabel
from workbench.gui.widgets.stage_line import StageLine
from workbench.gui.widgets.table_twin import ChartCard
from workbench.methods.base import KEPT_BYTES
from workbench.training.events import (
    EpochFinished,
    GatesLogged,
    LayerDecisions,
    RunEvent,
    RunFinished,
    RunStarted,
    SeveralEpochFinished,
)


class RunPanel(QWidget):
    """Shows one run, live from its events or afterwards from its log.

    Attributes:
        next_wanted: The user wants to go on with the result at another station; carries the station.
    """

    next_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._log = RunLog()
        self._state = RunState.QUEUED
        self.title = QLabel(self)
        theme.set_role(self.title, "title")
        self.status = ElidedLabel(parent=self)
        theme.set_role(self.status, "muted")
        self.left_out = LeftOutLabel(self)
        self.why = QLabel(self)
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.set_role(self.why, "warning")
        self.nothing = QLabel(self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        theme.set_role(self.nothing, "muted")
        self.stages = StageLine(self)
        self.next_buttons = [
            PushButton(text, self._go_to(station), "", self)
            for text, station in (
                (self.tr("See the layers"), Station.INSPECT),
                (self.tr("Try it"), Station.TRY_IT),
            )
        ]
        self.curves = CurvesView(self)
        self._epoch_rows = TextTable(self._epoch_titles(), self)
        self.curves_card = ChartCard(
            self.tr("Learning curves"), self.curves, self._epoch_rows, self
        )
        self.film_card = FilmCard(self)
        self.tasks_card = TasksCard(self)
        self.gates_card = GatesCard(self)
        self._lay_out()
        self._throttle = Throttle(self._show_progress, self)

    def show_run(self, title: str, log: RunLog, state: RunState, why: str = "") -> None:
        """Show a run from what it has said so far.

        Args:
            title: Its name.
            log: What it said.
            state: Where it stands.
            why: Why it failed, if it did, and what to do about it.
        """
        self._log = log
        self.title.setText(title)
        self.curves.show_log(log)
        self._epoch_rows.set_rows([self._epoch_row(epoch) for epoch in log.epochs])
        self.tasks_card.show_log(log)
        self.gates_card.show_log(log)
        self.film_card.show_log(log)
        self.set_state(state, why)

    def add(self, event: RunEvent) -> None:
        """Take in the next event of the run that is shown; the log already has it."""
        match event:
            case RunStarted():
                self.film_card.start(event)
            case LayerDecisions():
                self.film_card.add_frame(event)
            case EpochFinished() | SeveralEpochFinished():
                self._epoch_rows.set_rows([self._epoch_row(epoch) for epoch in self._log.epochs])
                self.tasks_card.refresh()
            case GatesLogged():
                self.gates_card.refresh()
        self.curves.refresh()
        self._throttle.request()

    def set_state(self, state: RunState, why: str = "") -> None:
        """Show where the run stands, and why it failed if it did."""
        self._state = state
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self._show_progress()

    def _go_to(self, station: Station) -> Callable[[], None]:
        return lambda: self.next_wanted.emit(station)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(MARGIN)
        top.addWidget(self.title)
        top.addWidget(self.stages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(top)
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self.status, 1)
        for button in self.next_buttons:
            below.addWidget(button)
        column.addLayout(below)
        column.addWidget(self.left_out)
        column.addWidget(self.why)
        column.addWidget(self.curves_card, 2)
        column.addWidget(self.nothing, 1)
        column.addWidget(self.film_card, 3)
        column.addWidget(self.tasks_card, 2)
        column.addWidget(self.gates_card, 2)

    def _show_plots(self) -> None:
        """What an ended run left empty says so, for a plot would go on promising that it starts."""
        log, is_over = self._log, self._state.is_over
        started = log.started or NOT_STARTED
        has_policy = any(plan.name in ("policy", "unstaged") for plan in started.stages)
        has_film = bool(started.layer_names) and (has_policy or bool(log.film))
        lacks_curves = is_over and not log.steps
        lacks_film = is_over and has_film and not log.film
        self.curves_card.setVisible(not lacks_curves)
        self.tasks_card.setVisible(log.several is not None and not lacks_curves)
        self.gates_card.setVisible(bool(log.gates))
        self.film_card.setVisible(has_film and not lacks_film)
        self.nothing.setVisible(lacks_curves or lacks_film)
        self.nothing.setText(
            self.tr("No step was taken, so there are no curves.")
            if lacks_curves
            else self.tr("No policy was learned, so there is no film.")
        )

    def _show_progress(self) -> None:
        self._show_plots()
        log, state = self._log, self._state
        titles = [engine_text(plan.title) for plan in log.plan]
        self.stages.show_stages(titles, log.stage, log.finished is not None)
        self.left_out.show_record(log.finished.record if log.finished is not None else {})
        for button in self.next_buttons:
            button.setVisible(log.finished is not None)
        if log.finished is not None and state is not RunState.FAILED:
            self.status.setText(self._result(log.finished))
        elif state is RunState.RUNNING and log.step is not None:
            step = log.step
            where = self.tr("{0}, step {1} of {2}").format(
                stage_text(log), count(step.step), count(step.total_steps)
            )
            self.status.setText(", ".join((where, time_left(log), *self._kept(step.extras))))
        elif state is RunState.RUNNING:
            self.status.setText(self.tr("Preparing the examples…"))
        else:
            self.status.setText(state_word(state).capitalize())

    def _kept(self, extras: Mapping[str, float]) -> tuple[str, ...]:
        """Memory of the features that are computed once."""
        kept = extras.get(KEPT_BYTES)
        return (self.tr("{0} of features kept").format(size(round(kept))),) if kept else ()

    def _result(self, finished: RunFinished) -> str:
        """The verdict in one line: accuracy with its interval and n, and what it costs."""
        record = finished.record
        parts = [self._task_result(task) for task in record.get("tasks", ())]
        for part, key, name in (
            ("test", "n_test", self.tr("Test accuracy")),
            ("val", "n_val", self.tr("Validation accuracy")),
        ):
            accuracy, n = record.get(f"{part}_accuracy"), int(record.get(key) or 0)
            if accuracy is not None and n:
                low, high = wilson(round(accuracy * n), n)
                parts.append(
                    self.tr("{0} {1} (between {2} and {3}, {4} examples)").format(
                        name, percent(accuracy), percent(low), percent(high), count(n)
                    )
                )
                break
        stored = [
            task["stored_bytes"]
            for task in record.get("tasks", (record,))
            if "stored_bytes" in task
        ]
        if stored:
            parts.append(self.tr("{0} stored").format(size(sum(stored))))
        return ", ".join(parts)

    def _task_result(self, record: dict[str, Any]) -> str:
        return f"{record['task']} {accuracy_text(record)}".rstrip()

    def _epoch_titles(self) -> tuple[str, ...]:
        return (
            self.tr("Stage"),
            self.tr("Epoch"),
            self.tr("Training loss"),
            self.tr("Training accuracy"),
            self.tr("Validation loss"),
            self.tr("Validation accuracy"),
            self.tr("95 % interval"),
            self.tr("Examples"),
            self.tr("Seconds"),
        )

    def _epoch_row(self, epoch: EpochFinished) -> tuple[str, ...]:
        accuracy, n = epoch.val_accuracy, epoch.val_count
        low, high = wilson(round((accuracy or 0.0) * n), n)
        return (
            engine_text(self._log.plan[epoch.stage].title),
            f"{epoch.epoch}/{epoch.epochs}",
            decimal(epoch.train_loss, 4),
            percent(epoch.train_accuracy) if epoch.train_accuracy is not None else "–",
            decimal(epoch.val_loss, 4) if epoch.val_loss is not None else "–",
            percent(accuracy) if accuracy is not None else "–",
            f"{percent(low)} – {percent(high)}" if accuracy is not None else "–",
            count(n),
            decimal(epoch.seconds, 1),
        )
