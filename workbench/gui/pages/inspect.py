"""The Inspect station: which layers were changed, by how much, and what that takes to store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from workbench.cancel import RunState
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.pages.inspect_bank import Candidate, TaskPatch, candidates, newest_patches
from workbench.gui.pages.inspect_costs import CostCard
from workbench.gui.pages.inspect_data import (
    InspectedRun,
    PolicyView,
    cells_on,
    inspect_runs,
    rows_together,
    view_policy,
)
from workbench.gui.pages.inspect_film import LearningFilm
from workbench.gui.pages.inspect_gates import InspectedGates
from workbench.gui.pages.inspect_layer import LayerCard
from workbench.gui.pages.inspect_ledger import BankCard, LedgerCard
from workbench.gui.pages.inspect_map import MapCard
from workbench.gui.pages.inspect_note import RunNote
from workbench.gui.pages.inspect_runs import RunMenu, run_titles
from workbench.gui.plots.layer_map import MapColumn
from workbench.gui.plots.layer_rows import MapRow
from workbench.gui.plots.target_cost import CostPoint
from workbench.gui.run_files import place_of
from workbench.gui.run_names import accuracy_text
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.export_button import ExportButton
from workbench.gui.widgets.left_out import LeftOutLabel
from workbench.gui.widgets.vertical_scroll import VerticalScroll

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

BankKey = tuple[tuple[Candidate, ...], str]
SHOWN_AT_FIRST = 5
RIGHT_WIDTH = 390


class InspectPage(QWidget):
    """The map on the left, below it gates and what a run learns; on the right ledger, budgets and the chosen layer."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme.set_role(self, "page")
        self._session = session
        self._background = Background(self)
        self._records: dict[str, RunRecord] = {}
        self._titles: dict[str, str] = {}
        self._inspected: dict[str, InspectedRun] = {}
        self._policies: dict[str, PolicyView] = {}
        self._asked_for: set[str] = set()
        self._bank_of: BankKey | None = None
        self.menu = RunMenu(session.selection, self)
        self.export = ExportButton(session, parent=self)
        self.note = RunNote(self)
        self.left_out = LeftOutLabel(self)
        self.map = MapCard(self)
        self.gates = InspectedGates(session, self)
        self.film = LearningFilm(session, self)
        self.ledger = LedgerCard(self)
        self.bank = BankCard(self)
        self.bank.hide()
        self.layer = LayerCard(self)
        self.cost_card = CostCard(self)
        self._lay_out()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Read the list of finished runs anew and show what is selected."""
        project, task_id = self._session.project, self._session.task_id
        runs = project.runs(task_id) if project is not None and task_id is not None else ()
        done = (run for run in runs if run.state == RunState.FINISHED and run.record)
        self._records = {run.id: run for run in done}
        records = tuple(self._records.values())
        self._titles = run_titles(records, with_backbone=False)
        self.film.refresh()
        if not self._records:
            self.gates.show_run(None)
            self._show_parts()
            self._session.set_station_number(Station.INSPECT, "", StationState.EMPTY)
            return
        self._show_parts()
        shown = self._shown()
        self.menu.show_runs(run_titles(records, with_backbone=True), shown)
        self.export.show_run(self._records.get(self._current_key() or ""))
        missing = [key for key in shown if key not in self._asked_for]
        self._asked_for.update(missing)
        if missing:
            places = [place_of(self._records[key]) for key in missing]
            work = partial(inspect_runs, places)
            self._background.start(work, self._take_runs, self._session.notices.error)
        self._draw()

    def _show_parts(self) -> None:
        """Before the first run is finished there is nothing but what one that learns shows, or not even that."""
        has_runs = bool(self._records)
        learns = self.gates.has_gates or self.film.has_film
        self._stack.setCurrentIndex(1 if has_runs or learns else 0)
        for part in (self.map, self._side, self.menu, self.export):
            part.setVisible(has_runs)

    @property
    def current(self) -> InspectedRun | None:
        """The run whose ledger and layers are shown."""
        key = self._current_key()
        return self._inspected.get(key) if key else None

    def _shown(self) -> tuple[str, ...]:
        """Selected runs that are finished; without a selection the newest ones."""
        selected = tuple(key for key in self._session.selection.ids if key in self._records)
        return selected or tuple(self._records)[-SHOWN_AT_FIRST:]

    def _current_key(self) -> str | None:
        selected = self._session.selection.current
        shown = self._shown()
        return selected if selected in shown else (shown[-1] if shown else None)

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Inspect"), self)
        theme.set_role(title, "title")
        header = QHBoxLayout()
        header.setSpacing(MARGIN)
        header.addWidget(title)
        header.addWidget(self.note)
        header.addWidget(self.left_out)
        header.addStretch(1)
        header.addWidget(self.menu)
        header.addWidget(self.export)
        right = QWidget(self)
        side = QVBoxLayout(right)
        side.setContentsMargins(0, 0, GRID, 0)
        side.setSpacing(GRID)
        side.addWidget(self.ledger)
        side.addWidget(self.bank)
        side.addWidget(self.layer, 1)
        side.addWidget(self.cost_card, 1)
        self._side = VerticalScroll(right, self)
        left = QWidget(self)
        maps = QVBoxLayout(left)
        maps.setContentsMargins(0, 0, 0, 0)
        maps.setSpacing(GRID)
        maps.addWidget(self.map, 1)
        maps.addWidget(self.gates)
        maps.addWidget(self.film)
        maps.addStretch()
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(GRID)
        splitter.addWidget(left)
        splitter.addWidget(self._side)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([2 * RIGHT_WIDTH, RIGHT_WIDTH])
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addLayout(header)
        column.addWidget(splitter, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty_state())
        self._stack.addWidget(content)

    def _empty_state(self) -> EmptyState:
        return EmptyState(
            self.tr("Here you will see which layers a run changed. Adapt a backbone first."),
            (self.tr("Go to Adapt"), lambda: self._session.show_station(Station.ADAPT)),
            parent=self,
        )

    def _connect(self) -> None:
        session = self._session
        session.runs_changed.connect(self.refresh)
        session.task_changed.connect(self._forget)
        session.selection.changed.connect(self.refresh)
        session.selection.recolored.connect(lambda _: self.refresh())
        self.menu.toggled_run.connect(self._toggle)
        self.map.runs.column_chosen.connect(self._make_current)
        self.map.row_chosen.connect(self._show_layer)
        self.gates.appeared.connect(self._show_parts)
        self.film.appeared.connect(self._show_parts)

    def _forget(self) -> None:
        self._inspected.clear()
        self._policies.clear()
        self._asked_for.clear()
        self.layer.show_layer(None, None)
        self.refresh()

    def _toggle(self, key: str) -> None:
        """The first tick starts from what is shown, so that nothing else disappears."""
        shown = self._shown()
        rest = tuple(one for one in shown if one != key)
        self._session.selection.select(rest if key in shown else (*shown, key))

    def _make_current(self, key: str) -> None:
        rest = tuple(one for one in self._shown() if one != key)
        self._session.selection.select((*rest, key))

    def _take_runs(
        self, found: tuple[tuple[InspectedRun, ...], tuple[WorkbenchError, ...]]
    ) -> None:
        runs, problems = found
        keys = {place_of(record): key for key, record in self._records.items()}
        for run in runs:
            key = keys.get(run.run.patch_file) or keys.get(run.run.folder)
            if key is not None:
                self._inspected[key] = run
        for problem in problems:
            self._session.notices.error(problem, key="inspect")
        self._draw()

    def _draw(self) -> None:
        current, key = self.current, self._current_key()
        if current is None or key is None:
            return
        ready = [one for one in self._shown() if one in self._inspected]
        ready.sort(key=list(self._records).index)
        shown = [one for one in ready if self._inspected[one].backbone_sha == current.backbone_sha]
        runs = [self._inspected[one] for one in shown]
        rows = rows_together(runs)
        self.map.show_runs(rows, [self._column(one, rows) for one in shown], key)
        self.note.show_run(current, elsewhere=len(ready) - len(shown))
        self.left_out.show_record(self._records[key].record or {})
        self.ledger.show_ledger(self._titles[key], current.changed, current.ledger)
        self._ask_for_bank(current)
        number = f"{current.changed}/{current.changeable}"
        self._session.set_station_number(Station.INSPECT, number)
        self._show_policy(key, current)
        self.gates.show_run(self._records[key] if current.has_gates else None, self._titles[key])
        self._draw_costs(shown)
        if self.map.selected is not None:
            self._show_layer(self.map.selected)

    def _ask_for_bank(self, current: InspectedRun) -> None:
        """Read what all tasks store on this backbone, unless that is what is shown already."""
        assert self._session.project is not None
        asked = candidates(self._session.project), current.backbone_sha
        if asked == self._bank_of:
            return
        self._bank_of = asked
        self.bank.hide()
        work = partial(newest_patches, *asked, current.layers)
        self._background.start(work, partial(self._take_bank, asked), self._session.notices.error)

    def _take_bank(
        self,
        asked: BankKey,
        found: tuple[tuple[TaskPatch, ...], tuple[WorkbenchError, ...]],
    ) -> None:
        if asked != self._bank_of:
            return
        patches, problems = found
        self.bank.show_patches(patches)
        self.bank.setVisible(len(patches) > 1)
        for problem in problems:
            self._session.notices.error(problem, key="inspect")

    def _show_policy(self, key: str, current: InspectedRun) -> None:
        self.map.show_policy(current, self._policies.get(key))
        wanted = f"policy of {key}"
        if current.policy_file is not None and wanted not in self._asked_for:
            self._asked_for.add(wanted)
            names = (self.tr("exact budget"), self.tr("threshold 0.5"))
            work = partial(view_policy, current, names)
            take = partial(self._take_policy, key, current)
            self._background.start(work, take, self._session.notices.error)

    def _take_policy(self, key: str, run: InspectedRun, policy: PolicyView) -> None:
        self._policies[key] = policy
        if self.current is run:
            self._draw()

    def _draw_costs(self, shown: list[str]) -> None:
        key = self._current_key()
        points = [
            CostPoint(
                self._titles[one],
                self._session.selection.color(one),
                run.budget,
                run.stored_share,
                one == key,
            )
            for one in shown
            if (run := self._inspected[one]).budget is not None
        ]
        policy = self._policies.get(key) if key else None
        self.cost_card.show_costs(points, policy.lines if policy else ())

    def _show_layer(self, row: MapRow) -> None:
        if self.current is not None:
            self.map.select(row)
            self.layer.show_layer(self.current, row)

    def _column(self, key: str, rows: Sequence[MapRow]) -> MapColumn:
        subtitle = accuracy_text(self._records[key].record or {})
        color = self._session.selection.color(key)
        run = self._inspected[key]
        cells = cells_on(run, rows)
        return MapColumn(key, self._titles[key], subtitle, color, cells, run.beside)
