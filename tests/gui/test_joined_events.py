"""What a run over several tasks says, as means over its tasks; worked by hand."""

from __future__ import annotations

from pathlib import Path

from workbench.gui.bridge.run_log import RunLog
from workbench.methods.gates import Gates
from workbench.training.events import (
    GatesLogged,
    RoundLogged,
    SeveralEpochFinished,
    SeveralFinished,
    SeveralStarted,
    StagePlan,
    StageStarted,
    TaskEpoch,
    TaskPlan,
)

PLAN = StagePlan("together", "Learn together", 2, 2)
TASKS = (TaskPlan("kitchen", ("a", "b"), 30, 10), TaskPlan("garden", ("c", "d"), 60, 30))


def spoken() -> RunLog:
    log = RunLog()
    log.add(SeveralStarted("multi_head", TASKS, (PLAN,)))
    log.add(StageStarted(0, PLAN))
    log.add(RoundLogged(0, 1, 4, (1.0, 3.0), (0.5, None), 1e-3, {}))
    log.add(RoundLogged(0, 2, 4, (1.0, None), (0.5, None), 1e-3, {}))
    kitchen = TaskEpoch(1.0, 0.5, 0.4, 0.9, 10)
    garden = TaskEpoch(3.0, 0.7, 0.8, 0.5, 30)
    log.add(SeveralEpochFinished(0, 1, 2, (kitchen, garden), 7.0))
    return log


def test_progress_and_curves_are_those_of_all_tasks_together() -> None:
    log = spoken()
    assert [step.loss for step in log.steps] == [2.0, 1.0]
    assert [step.accuracy for step in log.steps] == [0.5, 0.5]
    assert log.share_done == 0.5
    (epoch,) = log.epochs
    assert epoch.train_loss == 2.0
    assert epoch.val_accuracy == (9 + 15) / 40
    assert epoch.val_count == 40


def test_what_a_resumed_run_does_again_is_kept_once() -> None:
    log = spoken()
    again = log.task_epochs[0]
    log.add(again)
    assert log.task_epochs == [again]
    gates = Gates(("conv1",), (((0.5,),), ((1.0,),)), 1.0, 0.01, "thousand parameters", (0.1, 0.2))
    for step in (1, 2, 1):
        log.add(GatesLogged(0, step, gates))
    assert [frame.step for frame in log.gates] == [1]


def test_the_result_is_that_of_the_first_task_and_the_record_of_all() -> None:
    log = spoken()
    record = {"tasks": [{"task": "kitchen"}, {"task": "garden"}]}
    log.add(SeveralFinished((Path("kitchen.patch"), Path("garden.patch")), None, record))
    assert log.finished is not None
    assert log.finished.patch == Path("kitchen.patch")
    assert log.finished.record == record
    assert log.share_done == 1.0
