"""Cards of a run over several tasks: the gate map learns its tasks when the run names them, the table counts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from workbench.gui.bridge.run_log import RunLog
from workbench.gui.pages.gates_card import GatesCard
from workbench.gui.plots.task_curves import MOST_TICKS, whole_ticks
from workbench.methods.gates import Gates
from workbench.training.events import (
    GatesLogged,
    RunStarted,
    SeveralStarted,
    StagePlan,
    TaskPlan,
)

PLAN = StagePlan("together", "Learn together", 1, 2)
TASKS = (TaskPlan("kitchen", ("a",), 3, 1), TaskPlan("garden", ("b",), 3, 1))
OPENINGS = (((1.0, 0.0), (0.25,)), ((0.0, 0.0), (1.0,)))
GATES = Gates(("conv1", "embed"), OPENINGS, 3.0, 0.01, "thousand parameters", (0.5, 0.25))


def test_a_run_that_had_not_begun_when_it_was_shown(qtbot: QtBot) -> None:
    card, log = GatesCard(), RunLog()
    qtbot.addWidget(card)
    card.show_log(log)
    assert card.as_text().count("\n") == 0
    log.add(SeveralStarted("task_adapters_together", TASKS, (PLAN,)))
    log.add(GatesLogged(0, 1, GATES))
    card.refresh()
    assert card.map.tasks == ("kitchen", "garden")
    assert card.map.gates == GATES
    assert card.as_text().splitlines()[1:] == [
        "kitchen\tconv1\t1\t2",
        "kitchen\tembed\t1\t1",
        "garden\tconv1\t0\t2",
        "garden\tembed\t1\t1",
    ]
    card.show_log(RunLog())
    assert card.map.tasks == ()
    assert card.as_text().count("\n") == 0


def test_a_run_of_one_task_is_a_map_of_one_row(qtbot: QtBot) -> None:
    card, log = GatesCard(), RunLog()
    qtbot.addWidget(card)
    log.add(RunStarted("task_adapter", (PLAN,), (), (), (), task="kitchen"))
    log.add(GatesLogged(0, 1, Gates(GATES.layers, OPENINGS[:1], 3.0, 0.01, GATES.unit, (0.5,))))
    card.show_log(log)
    assert card.map.tasks == ("kitchen",)
    assert card.as_text().splitlines()[1:] == ["kitchen\tconv1\t1\t2", "kitchen\tembed\t1\t1"]


@given(st.integers(1, 1000))
def test_epochs_are_counted_whole_and_never_past_the_last(epochs: int) -> None:
    places = [place for place, _ in whole_ticks(epochs)]
    assert 1 <= len(places) <= MOST_TICKS
    assert len({b - a for a, b in pairwise([0, *places])}) == 1
    assert epochs - places[0] < places[-1] <= epochs
