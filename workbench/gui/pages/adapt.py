"""The Adapt station: choices at the left, their effect at the right, runs below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from workbench.backbones.registry import backbone_folder, read_card
from workbench.errors import WorkbenchError
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.dialogs.sweep import SweepDialog
from workbench.gui.formatting import percent
from workbench.gui.pages.adapt_end import RunEnds
from workbench.gui.pages.adapt_plan import Plan
from workbench.gui.pages.adapt_planner import AdaptPlanner
from workbench.gui.pages.adapt_preview import PreviewPanel
from workbench.gui.pages.adapt_run import RunPanel
from workbench.gui.pages.adapt_runs import RunsList, RunViewer
from workbench.gui.pages.adapt_settings import AdaptSettings
from workbench.gui.pages.adapt_sweep import SweepRuns
from workbench.gui.run_files import patch_of
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.theme import set_role
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.turning_panes import TurningPanes
from workbench.gui.widgets.vertical_scroll import VerticalScroll
from workbench.studies.grid import Cell

PLAN_RATE_HZ = 30
HANDLE = 5
PLAN_TAB, RUN_TAB = 0, 1


class AdaptPage(QWidget):
    """Chooses, previews, starts and watches runs."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.settings = AdaptSettings(self)
        self.preview = PreviewPanel(self)
        self.run_panel = RunPanel(self)
        self.runs = RunsList(session, self)
        self.planner = AdaptPlanner(session, self)
        self._sweep = SweepRuns(session, self.settings)
        self._viewer = RunViewer(session, self.run_panel)
        self._ends = RunEnds(session, self)
        self._plan: Plan | None = None
        self._plan_throttle = Throttle(self._show_plan, self, PLAN_RATE_HZ)
        self._number_throttle = Throttle(self._show_number, self)
        self._lay_out()
        self._connect()
        self._on_backbone(session.backbone)
        self._list_tasks()
        self._on_ready()

    @property
    def plan(self) -> Plan | None:
        """What the settings would change, as shown."""
        return self._plan

    def start(self) -> None:
        """Line up a run with the settings as they are."""
        if self._problem:
            self._session.notices.warn(self._problem, key="adapt")
            return
        try:
            run_id = self._enqueue()
        except WorkbenchError as error:
            self._session.notices.error(error, key="adapt")
            return
        self.runs.choose(run_id)
        self.tabs.setCurrentIndex(RUN_TAB)

    def ask_sweep(self) -> None:
        """Ask for a grid of runs with these settings, and line it up."""
        if self.planner.problem:
            self._session.notices.warn(self.planner.problem, key="adapt")
            return
        settings = self.settings
        methods = () if settings.is_several else (settings.method_name,)
        refused = self._sweep.refused(self.planner.layers)
        dialog = SweepDialog(
            methods, refused, settings.length.seed.value(), self._sweep.seconds, self
        )
        dialog.accepted.connect(lambda: self.start_sweep(dialog.cells))
        dialog.open()

    def start_sweep(self, cells: Sequence[Cell]) -> None:
        """Line up a grid of runs."""
        try:
            ids = self._sweep.enqueue(cells)
        except WorkbenchError as error:
            self._session.notices.error(error, key="adapt")
            return
        self.runs.choose(ids[0])
        self.tabs.setCurrentIndex(RUN_TAB)

    def _enqueue(self) -> str:
        session, policy = self._session, self.planner.policy
        if self.settings.is_several:
            job = self.settings.several_job(session.backbone)
            return session.enqueue_several(job, self.settings.task_ids)
        return session.enqueue(
            self.settings.job(session.backbone, policy.folder if policy else None)
        )

    @property
    def _problem(self) -> str:
        """Why these settings cannot be started now; empty when they can."""
        settings = self.settings
        if not settings.is_several:
            return self.planner.problem
        if settings.tasks.problem:
            return settings.tasks.problem
        try:
            config = settings.config()
        except WorkbenchError:
            return self.tr("Correct the marked settings first.")
        return self.planner.problem_of_several(settings.method_name, config, settings.task_ids)

    def _lay_out(self) -> None:
        self.tabs = QTabBar(self)
        self.tabs.addTab(self.tr("Layers"))
        self.tabs.addTab(self.tr("Run"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("View"))
        self.views = QStackedWidget(self)
        self.views.addWidget(self.preview)
        self._no_run = EmptyState(
            self.tr("Learning curves and the policy film appear here once a run has started."),
            (self.tr("Adapt"), self.start),
            parent=self,
        )
        self.views.addWidget(self._no_run)
        self._run_view = VerticalScroll(self.run_panel, self)
        self.views.addWidget(self._run_view)
        left = QFrame(self)
        set_role(left, "column")
        left_column = QVBoxLayout(left)
        left_column.setContentsMargins(0, 0, 0, 0)
        left_column.setSpacing(0)
        left_column.addWidget(self.settings, 1)
        left_column.addWidget(self.runs)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(MARGIN, GRID, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addWidget(self.tabs)
        column.addWidget(self.views, 1)
        self.split = TurningPanes((left, right), (0, 1), HANDLE, parent=self)
        self._lay_out_empty_states()

    def _lay_out_empty_states(self) -> None:
        self._no_project = EmptyState(
            self.tr("Open a project to adapt a backbone to its task."),
            (self.tr("Open the demo"), self._session.demo_requested.emit),
            parent=self,
        )
        self._no_clips = EmptyState(
            self.tr(
                "This task has no training examples yet. Record some words or import a folder."
            ),
            (self.tr("Go to Data"), lambda: self._session.show_station(Station.DATA)),
            parent=self,
        )
        self.outer = QStackedWidget(self)
        for widget in (self.split, self._no_project, self._no_clips):
            self.outer.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.outer)

    def _connect(self) -> None:
        session = self._session
        self.settings.changed.connect(self._on_settings)
        self.settings.start_wanted.connect(self.start)
        self.settings.sweep_wanted.connect(self.ask_sweep)
        session.start_requested.connect(self.start)
        session.sweep_requested.connect(self.ask_sweep)
        self.planner.ready_changed.connect(self._on_ready)
        self.tabs.currentChanged.connect(lambda _: self._show_view())
        self.runs.chosen.connect(self._on_run_chosen)
        self.run_panel.next_wanted.connect(self._go_on)
        self.settings.last_layer_wanted.connect(session.last_layer_requested)
        session.backbone_changed.connect(self._on_backbone)
        session.project_changed.connect(self._forget_run)
        for signal in (session.project_changed, session.task_changed, session.tasks_changed):
            signal.connect(self._list_tasks)
        session.run_event.connect(lambda *_: self._number_throttle.request())
        session.run_state_changed.connect(self._show_number)

    def _on_backbone(self, name: str) -> None:
        """What is learned from starts differently for sound and for pictures."""
        try:
            card = read_card(backbone_folder(name))
        except WorkbenchError:
            return  # whoever loads it says that it is gone
        self.settings.start_from(card)

    def _on_settings(self) -> None:
        self.planner.load_layers(self._session.backbone, self.settings.length.chosen_px)
        self.tabs.setCurrentIndex(PLAN_TAB)
        if self.settings.is_several:
            # A task that was just ticked is counted first; the button waits for that.
            self._block(self._problem)
        self._plan_throttle.request()

    def _on_ready(self) -> None:
        policy = self.planner.policy
        self.settings.offer_policy(policy.run_name if policy else None)
        self._block(self._problem)
        if self._session.project is None:
            self.outer.setCurrentWidget(self._no_project)
        else:
            has_clips = self.planner.has_clips
            self.outer.setCurrentWidget(self.split if has_clips else self._no_clips)
        self._plan_throttle.request()
        self._show_view()
        self._show_number()

    def _show_plan(self) -> None:
        try:
            config = self.settings.config()
            self.settings.training_config(self.settings.length.seed.value())
        except WorkbenchError:
            self.settings.block(self.tr("Correct the marked settings first."))
            return
        if self.settings.is_several:
            self._plan = None
            self._block(self._problem)
            self.preview.show_together(len(self.settings.task_ids))
            return
        try:
            plan = self.planner.plan(self.settings.method_name, config, self._plan)
        except WorkbenchError as error:
            self._plan = None
            self._block(f"{error.message} {error.hint}")
            self.settings.budget.show_cost(None)
            self.preview.show_refused(error.message)
            return
        self._block(self.planner.problem)
        self._plan = plan
        self.settings.budget.show_cost(plan.cost if plan else None)
        if plan is not None:
            policy = self.planner.policy
            uses_policy = self.settings.has_budget and policy is not None
            self.preview.show_plan(plan, policy.run_name if uses_policy and policy else None)

    def _block(self, reason: str) -> None:
        """A grid chooses its own methods, so it waits for examples and backbone alone."""
        self.settings.block(reason)
        self.settings.sweep_button.setEnabled(not self.planner.problem)

    def _show_view(self) -> None:
        if self.tabs.currentIndex() == PLAN_TAB:
            self.views.setCurrentWidget(self.preview)
        else:
            shown = self._run_view if self._viewer.run_id is not None else self._no_run
            self.views.setCurrentWidget(shown)

    def _on_run_chosen(self, run_id: str) -> None:
        self._viewer.show(run_id)
        self.tabs.setCurrentIndex(RUN_TAB)
        self._show_view()

    def _go_on(self, station: Station) -> None:
        """Take the result that is shown along to another station."""
        project, run_id = self._session.project, self._viewer.run_id
        run = next((r for r in project.runs() if r.id == run_id), None) if project else None
        if run is not None:
            self._session.selection.select([run.id])
            self._session.set_active_patch(patch_of(run) or self._session.active_patch)
        self._session.show_station(station)

    def _list_tasks(self) -> None:
        project = self._session.project
        tasks = project.tasks() if project is not None else ()
        self.settings.tasks.show_tasks(tasks, self._session.task_id)

    def _forget_run(self) -> None:
        self.settings.tasks.forget()
        self._viewer.run_id = None
        self._show_view()

    def _show_number(self) -> None:
        queue = self._session.queue
        if queue.current is not None:
            share = percent(queue.log(queue.current).share_done, 0)
            self._session.set_station_number(Station.ADAPT, share, StationState.WORKING)
        elif self.planner.problem:
            self._session.set_station_number(Station.ADAPT, "", StationState.EMPTY)
        else:
            self._session.set_station_number(Station.ADAPT, "", StationState.READY)
