"""Small parts of the shell: selection, tables, background work, numbers, level meter."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject
from tests.gui.held_runs import JOB
from workbench.cancel import Cancelled
from workbench.errors import WorkbenchError
from workbench.gui import formatting
from workbench.gui.bridge.background import Background
from workbench.gui.itemmodels.runs import ACCURACY, NAME, RUN_ID_ROLE, STATE, RunsModel
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.selection import RunSelection
from workbench.gui.session import Session
from workbench.gui.tokens import RUN_COLORS
from workbench.gui.widgets.level_bar import LevelBar
from workbench.gui.widgets.table_twin import ChartCard, CopyTable


def test_runs_get_different_colours_until_all_are_used(qtbot: QtBot) -> None:
    selection = RunSelection()
    colors = [selection.color(str(i)) for i in range(len(RUN_COLORS))]
    assert sorted(colors) == sorted(RUN_COLORS)
    assert selection.color("0") == colors[0]
    assert selection.color("one more") in RUN_COLORS


def test_selection_keeps_order_and_speaks_only_of_changes(qtbot: QtBot) -> None:
    selection = RunSelection()
    changes: list[tuple[str, ...]] = []
    selection.changed.connect(lambda: changes.append(selection.ids))
    selection.select(["b", "a", "b"])
    selection.select(["b", "a"])
    selection.toggle("c")
    selection.toggle("b")
    assert changes == [("b", "a"), ("b", "a", "c"), ("a", "c")]
    assert selection.current == "c"
    selection.clear()
    assert selection.current is None


def test_runs_are_listed_newest_first_with_their_result(
    qtbot: QtBot, session: Session, project: FakeProject
) -> None:
    model = RunsModel(session)
    with qtbot.waitSignal(session.queue.idle, timeout=10_000):
        first, second = session.enqueue(JOB), session.enqueue(JOB)
    ids = [model.index(row, NAME).data(RUN_ID_ROLE) for row in range(model.rowCount())]
    assert ids == [second, first]
    assert model.index(0, NAME).data() == "swr 10\u202f%"
    assert model.index(0, STATE).data() == "finished"
    assert model.index(0, ACCURACY).data() == "90.0\u202f% of 60"
    assert "60 examples" in model.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
    session.set_task("t2")
    assert model.rowCount() == 0


def test_background_work_runs_elsewhere_and_answers_here(qtbot: QtBot) -> None:
    owner = QObject()
    background = Background(owner)
    answers: list[tuple[object, int]] = []
    with qtbot.waitSignal(background.idle):
        background.start(
            threading.get_ident, lambda value: answers.append((value, threading.get_ident())), print
        )
    ((worker, here),) = answers
    assert here == threading.get_ident() != worker


def test_background_errors_are_handed_over_and_a_cancel_is_silent(qtbot: QtBot) -> None:
    owner = QObject()
    background = Background(owner)
    done: list[object] = []
    errors: list[WorkbenchError] = []

    def fail() -> None:
        raise WorkbenchError("No.", hint="Try again.")

    def cancel() -> None:
        raise Cancelled

    with qtbot.waitSignal(background.idle):
        background.start(fail, done.append, errors.append)
        background.start(cancel, done.append, errors.append)
    assert done == []
    assert [error.message for error in errors] == ["No."]


def test_work_that_outlives_its_owner_is_dropped(qtbot: QtBot) -> None:
    gate, ended = threading.Event(), threading.Event()
    done: list[object] = []
    owner = QObject()

    def work() -> int:
        gate.wait(5)
        ended.set()
        return 1

    Background(owner).start(work, done.append, print)
    owner.deleteLater()
    qtbot.wait(10)
    gate.set()
    assert ended.wait(5)
    qtbot.wait(50)
    assert done == []


@pytest.fixture
def table(qtbot: QtBot) -> TextTable:
    made = TextTable(("Layer", "Weights"))
    made.set_rows([("stem", "512"), ("head", "1 024")])
    return made


def test_a_chart_has_a_table_twin_that_can_be_copied(qtbot: QtBot, table: TextTable) -> None:
    from PySide6.QtWidgets import QWidget

    card = ChartCard("Layers", QWidget(), table)
    qtbot.addWidget(card)
    assert not card.shows_table
    card.toggle.click()
    assert card.shows_table
    card.table.selectRow(1)
    qtbot.keyClick(card.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Layer\tWeights\nhead\t1 024"
    card.toggle.click()
    assert not card.shows_table


def test_without_a_selection_the_whole_table_is_copied(qtbot: QtBot, table: TextTable) -> None:
    view = CopyTable(table)
    qtbot.addWidget(view)
    assert view.selected_text() == table.as_text()


def test_the_level_meter_keeps_its_clip_mark_until_it_is_clicked(qtbot: QtBot) -> None:
    bar = LevelBar()
    qtbot.addWidget(bar)
    bar.show_level(-3, 0, clipped=True)
    bar.show_level(-40, -30)
    assert bar.is_clipped
    assert bar.accessibleDescription() == "-40 dB, clipped"
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    assert not bar.is_clipped
    assert not bar.grab().isNull()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formatting.count(1234567), "1\u2009234\u2009567"),
        (formatting.short_count(999.4), "999"),
        (formatting.short_count(12_345), "12.3\u202fk"),
        (formatting.short_count(9_996_000), "10.0\u202fM"),
        (formatting.size(74_200), "74.2\u202fKB"),
        (formatting.size(12), "12\u202fbytes"),
        (formatting.percent(0.9423), "94.2\u202f%"),
        (formatting.duration(100), "1:40"),
        (formatting.duration(3727), "1:02:07"),
    ],
)
def test_numbers_are_written_as_people_read_them(text: str, expected: str) -> None:
    assert text == expected


@given(st.integers(0, 10**12))
def test_thousands_are_only_separated(value: int) -> None:
    assert formatting.count(value).replace(formatting.THIN, "") == str(value)


def test_the_session_keeps_each_thing_once_and_tells_of_every_change(
    qtbot: QtBot, session: Session, tmp_path: Path
) -> None:
    heard: list[str] = []
    session.project_changed.connect(lambda: heard.append("project"))
    session.task_changed.connect(lambda: heard.append("task"))
    session.clips_changed.connect(lambda: heard.append("clips"))
    session.active_patch_changed.connect(lambda _: heard.append("patch"))
    session.set_active_patch(tmp_path / "a.patch.safetensors")
    first = FakeProject(tmp_path / "one")
    session.adopt(first.as_project)
    assert session.task_id == "t1"
    assert heard == ["patch", "patch", "project", "task", "clips"]
    session.set_task("t1")
    session.set_backbone(session.backbone)
    assert len(heard) == 5
    session.adopt(None)
    assert first.closed
    assert session.task_id is None
