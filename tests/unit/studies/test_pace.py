"""How long a grid still takes, by hand."""

from __future__ import annotations

import pytest

from workbench.studies.pace import Kind, Pace
from workbench.studies.worker import Progress, Report, Share, Success
from workbench.training.events import RunFinished, RunStarted, StagePlan, StepLogged

HEAD, SWR, SHORT = Kind("head", False), Kind("swr", False), Kind("swr", True)


def test_nothing_is_known_before_the_first_run() -> None:
    assert Pace().left([(SWR, 0.5)], [HEAD], 2) is None
    assert Pace().seconds(SWR) is None


def test_by_hand() -> None:
    pace = Pace()
    pace.learn(HEAD, 10)
    pace.learn(SWR, 60)
    pace.learn(SWR, 100)
    assert pace.seconds(SWR) == 80
    assert pace.seconds(SHORT) == 45  # the mean of 10 and 80
    # 0.25 of 80 under way, then 80 and 45: 145 seconds on two processes
    assert pace.left([(SWR, 0.75)], [SWR, SHORT], 2) == 72.5
    # One process cannot help another: the run under way needs its 72 seconds.
    assert pace.left([(SWR, 0.1)], [HEAD], 4) == 72


def test_a_copy_learns_for_itself() -> None:
    pace = Pace()
    pace.learn(SWR, 10)
    pace.copy().learn(SWR, 1000)
    assert pace.seconds(SWR) == 10


def test_progress_counts_steps_over_all_stages() -> None:
    reports: list[Report] = []
    times = iter((1.0, 1.0, 1.1, 5.0, 5.0))
    progress = Progress(reports.append, lambda: next(times))
    stages = (StagePlan("a", "A", 2, 10), StagePlan("b", "B", 1, 20))
    progress.take(RunStarted("swr", stages, (), (), ()))
    for stage, step in ((0, 5), (0, 6), (1, 10)):
        progress.take(StepLogged(stage, step, 20, 0.1, 0.5, 1e-3, {}))
    progress.take(RunFinished(None, {"n_test": 1}))  # type: ignore[arg-type]
    # The second step came 0.1 s after the first report, too soon for another.
    assert [report.done for report in reports if isinstance(report, Share)] == pytest.approx(
        [5 / 40, 30 / 40]
    )
    assert reports[-1] == Success({"n_test": 1})
