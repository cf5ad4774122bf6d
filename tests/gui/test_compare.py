"""The Compare station: table, points, confusion, and the clips that went wrong."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QThreadPool
from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import few_clips, finished_run, install_backbone
from tests.helpers.logs import LogGuard
from workbench.cancel import RunState
from workbench.data.task import Split
from workbench.evaluation.pareto import Offer, dominated
from workbench.gui.formatting import count
from workbench.gui.itemmodels.columns import RAW_ROLE
from workbench.gui.pages.compare import ComparePage
from workbench.gui.pages.compare_data import run_rows
from workbench.gui.pages.compare_groups import MULTIPLIES
from workbench.gui.run_files import patch_of
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.gui.tokens import RUN_COLORS
from workbench.project.project import Project
from workbench.project.records import RunRecord
from workbench.training.job import AdaptationJob
from workbench.training.replay import open_run, replay

SLOW_MS = 30_000
BACKBONE = "bcresnet1.small"


@pytest.fixture
def runs(session: Session, tmp_path: Path) -> Iterator[list[RunRecord]]:
    """Five finished runs and one that failed, in a project that is open."""
    install_backbone(BACKBONE)
    project = Project.create(tmp_path / "project")
    task = project.add_task("words").id
    data = few_clips(tmp_path / "clips", per_part=1)
    made = [
        finished_run(project, task, BACKBONE, data, accuracy=accuracy, budget=budget)
        for budget, accuracy in ((0.05, 0.93), (0.1, 0.97), (0.5, 0.94))
    ]
    made.append(finished_run(project, task, BACKBONE, data, "finetune", accuracy=0.98))
    made.append(finished_run(project, task, BACKBONE, data, "head", accuracy=0.7, n=4))
    job = AdaptationJob(backbone=BACKBONE, data=data, method="swr", out=tmp_path)
    project.set_run_state(project.new_run(task, job).id, RunState.FAILED)
    session.adopt(project)
    yield made
    session.close_project()


@pytest.fixture
def page(session: Session, runs: list[RunRecord], qtbot: QtBot) -> Iterator[ComparePage]:
    page = ComparePage(session)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    yield page
    QThreadPool.globalInstance().waitForDone(SLOW_MS)


def texts(page: ComparePage, row: int) -> list[str]:
    model = page.table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_table_holds_what_the_records_say(page: ComparePage, runs: list[RunRecord]) -> None:
    assert page.table.model().rowCount() == len(runs)
    for row, run in enumerate(runs):
        record = run.record
        assert record is not None
        shown = dict(zip([c.key for c in page.table.rows.columns], texts(page, row), strict=True))
        stored = record["stored_params"] + record["stat_params"] + record["head_params"]
        assert shown["changed"] == count(record["stored_params"])
        assert shown["stored"] == count(stored)
        assert shown["accuracy"] == f"{100 * record['test_accuracy']:.1f}\u202f%"
        low, high = record["test_ci95"]
        assert shown["interval"] == f"{100 * low:.1f}–{100 * high:.1f}"
        assert shown["n"] == str(record["n_test"])


def test_few_clips_show_their_wide_interval(page: ComparePage) -> None:
    shown = dict(zip([c.key for c in page.table.rows.columns], texts(page, 4), strict=True))
    assert shown["n"] == "4"
    low, high = (float(bound) for bound in shown["interval"].split("–"))
    assert high - low > 40


def test_selection_is_shared_and_the_last_chosen_run_is_current(
    page: ComparePage, session: Session, runs: list[RunRecord], qtbot: QtBot
) -> None:
    page.table.selectRow(1)
    assert session.selection.ids == (runs[1].id,)
    session.selection.select([runs[3].id, runs[0].id])
    rows = {index.row() for index in page.table.selectionModel().selectedRows()}
    assert rows == {0, 3}
    assert page.current is not None
    assert page.current.key == runs[0].id
    assert page.confusion_card.accessibleName().startswith("swr 5\u202f%: ")


def test_dominated_runs_are_faded_and_listed_as_such(
    page: ComparePage, runs: list[RunRecord]
) -> None:
    offers = []
    for run in runs:
        record = run.record
        assert record is not None
        stored = record["stored_params"] + record["stat_params"] + record["head_params"]
        offers.append(Offer(stored, record["test_accuracy"]))
    expected = dominated(offers)
    assert any(expected)
    assert tuple(point.is_dominated for point in page.chart.scatter.points) == expected
    words = [line.split("\t")[-1] for line in page.chart.as_text().splitlines()[1:]]
    assert words == ["no" if out else "yes" for out in expected]


def test_a_click_on_a_point_opens_its_run_and_with_ctrl_adds_it(
    page: ComparePage, session: Session, runs: list[RunRecord], qtbot: QtBot
) -> None:
    page.show()
    qtbot.waitExposed(page)
    qtbot.wait(50)
    place = page.chart.scatter.place_of(runs[3].id).toPoint()
    viewport = page.chart.scatter.plot.viewport()
    qtbot.mouseMove(viewport, place)
    with qtbot.waitSignal(session.station_requested) as asked:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [Station.INSPECT]
    assert session.selection.ids == (runs[3].id,)
    ctrl = Qt.KeyboardModifier.ControlModifier
    other = page.chart.scatter.place_of(runs[0].id).toPoint()
    with qtbot.assertNotEmitted(session.station_requested):
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, ctrl, pos=other)
    assert session.selection.ids == (runs[3].id, runs[0].id)


def test_runs_at_other_picture_sizes_are_not_seeds_of_one_another(runs: list[RunRecord]) -> None:
    smaller = dataclasses.replace(runs[0], job={**runs[0].job, "picture_px": 96})
    native, again, small = run_rows([runs[0], runs[0], smaller])
    assert native.alike == again.alike != small.alike


def test_runs_that_differ_only_in_the_seed_are_one_point(
    page: ComparePage, session: Session, runs: list[RunRecord], tmp_path: Path, qtbot: QtBot
) -> None:
    project = session.project
    assert project is not None
    data, task = tmp_path / "clips", runs[0].task_id
    made = [
        finished_run(project, task, BACKBONE, data, "taps", accuracy=accuracy, seed=seed)
        for seed, accuracy in ((0, 0.90), (1, 0.94), (2, 0.85))
    ]
    again = finished_run(project, task, BACKBONE, data, "taps", accuracy=0.9, seed=2)
    session.runs_changed.emit()
    *_, point, single = page.chart.scatter.points
    values = [run.record["test_accuracy"] for run in made if run.record]
    mean = sum(values) / 3
    spread = (sum((value - mean) ** 2 for value in values) / 2) ** 0.5
    reach = 4.302653 * spread / 3**0.5  # Student's t for 95 % with two degrees of freedom
    assert (point.title, point.over) == ("taps · 3 seeds", "3 seeds")
    assert point.accuracy == pytest.approx(mean)
    assert (point.low, point.high) == pytest.approx((mean - reach, min(1.0, mean + reach)))
    assert (single.key, single.over) == (again.id, "400 test examples")
    page.open_point(point.key)
    assert set(session.selection.ids) == {run.id for run in made}
    assert session.selection.current == point.key
    page.toggle_point(point.key)
    assert session.selection.ids == ()


def test_the_chart_can_be_against_multiplies(
    page: ComparePage, session: Session, runs: list[RunRecord], tmp_path: Path
) -> None:
    assert session.project is not None
    finished_run(
        session.project, runs[0].task_id, BACKBONE, tmp_path / "clips", "repnet", accuracy=0.6
    )
    session.runs_changed.emit()
    page.chart.buttons[MULTIPLIES].click()
    records = [run.record for run in session.project.runs() if run.record]
    costs = [record["multiplies"] for record in records]
    assert [point.cost for point in page.chart.scatter.points] == costs
    assert len(set(costs)) == 2
    offers = [Offer(record["multiplies"], record["test_accuracy"]) for record in records]
    assert tuple(p.is_dominated for p in page.chart.scatter.points) == dominated(offers)
    # Points of equal cost stand side by side.
    assert len({page.chart.scatter.place_of(run.id).x() for run in runs}) == len(runs)


def test_one_colour_per_run_in_every_view(
    page: ComparePage, session: Session, runs: list[RunRecord]
) -> None:
    colors = [session.selection.color(run.id) for run in runs]
    assert len(set(colors)) == len(runs)
    assert [point.color for point in page.chart.scatter.points] == colors
    free = next(color for color in RUN_COLORS if color not in colors)
    menu = page.table.color_menu(runs[0].id)
    menu.actions()[RUN_COLORS.index(free)].trigger()
    assert session.selection.color(runs[0].id) == free
    assert page.chart.scatter.points[0].color == free
    menu.deleteLater()


def test_confusion_shows_the_record_and_picks_mistakes(
    page: ComparePage, session: Session, runs: list[RunRecord], qtbot: QtBot
) -> None:
    page.show()
    session.selection.select([runs[1].id])
    record = runs[1].record
    assert record is not None
    table = record["confusion"]["test"]
    assert [list(row) for row in page.confusion.counts] == table["confusion"]
    found = replay(open_run(runs[1].folder), Split.TEST)
    qtbot.waitUntil(lambda: len(page.mistakes.rows.records) == len(found.mistakes), timeout=SLOW_MS)
    one = found.mistakes[0]
    cell = table["labels"].index(one.truth), table["labels"].index(one.predicted)
    page.confusion.choose(cell)
    shown = page.mistakes.rows.records
    assert shown
    assert {(m.truth, m.predicted) for m in shown} == {(one.truth, one.predicted)}
    page.confusion.choose(cell)
    assert len(page.mistakes.rows.records) == len(found.mistakes)


def test_confusion_is_walked_by_keys(page: ComparePage, qtbot: QtBot) -> None:
    page.confusion.setFocus()
    qtbot.keyClick(page.confusion, Qt.Key.Key_Right)
    qtbot.keyClick(page.confusion, Qt.Key.Key_Down)
    assert page.confusion.chosen == (1, 0)
    assert page.confusion.accessibleDescription().startswith("_unknown_ answered as _silence_")


def test_mistakes_wait_until_the_station_is_shown(
    page: ComparePage, session: Session, runs: list[RunRecord]
) -> None:
    session.selection.select([runs[0].id])
    assert not page.mistakes._background.is_busy


def test_lost_clips_are_told_in_place(
    page: ComparePage, session: Session, runs: list[RunRecord], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "clips").rename(tmp_path / "moved")
    page.show()
    session.selection.select([runs[0].id])
    qtbot.waitUntil(lambda: "does not exist" in page.mistakes.note.text(), timeout=SLOW_MS)


def test_runs_are_opened_in_the_other_stations(
    page: ComparePage, session: Session, runs: list[RunRecord], qtbot: QtBot
) -> None:
    with qtbot.waitSignal(session.station_requested) as asked:
        page.table.activated.emit(page.table.model().index(2, 0))
    assert asked.args == [Station.INSPECT]
    assert session.selection.current == runs[2].id
    with qtbot.waitSignal(session.station_requested) as asked:
        page.try_current()
    assert asked.args == [Station.TRY_IT]
    assert session.active_patch is not None
    assert session.active_patch.parent == runs[2].folder


def test_a_patch_that_is_gone_is_told_where_it_should_be_tried(
    page: ComparePage, session: Session, runs: list[RunRecord], expect_log: LogGuard
) -> None:
    expect_log("is gone")
    session.selection.select([runs[0].id])
    patch_of(runs[0]).unlink()  # type: ignore[union-attr]
    page.try_current()
    assert str(runs[0].folder) in session.notices.history[-1].text
    assert session.active_patch is None


def test_table_sorts_by_value_and_saves_plain_numbers(page: ComparePage, tmp_path: Path) -> None:
    column = page.table.rows.column_of("file_bytes")
    page.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    model = page.table.model()
    sizes = [model.index(row, column).data(RAW_ROLE) for row in range(model.rowCount())]
    assert sizes == sorted(sizes)
    page.save_csv(tmp_path / "runs.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "runs.csv").read_text())))
    assert [row["run"] for row in rows][:2] == ["swr 5\u202f%", "swr 10\u202f%"]
    assert all(float(row["accuracy"]) <= 1 for row in rows)


def test_without_runs_it_says_what_will_appear(
    session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    page = ComparePage(session)
    qtbot.addWidget(page)
    assert "Finished runs are compared here" in page._stack.currentWidget().accessibleName()
