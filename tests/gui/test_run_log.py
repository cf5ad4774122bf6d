"""Position and time left of a run, also across pauses and resumptions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gui.fakes import swr_events
from workbench.errors import WorkbenchError
from workbench.gui.bridge.run_log import STEPS_BEFORE_ETA, RunLog, read_log
from workbench.training.event_file import FILE_NAME, EventWriter
from workbench.training.events import RunEvent, RunStarted, StageStarted, StepLogged


def logged(events: list[RunEvent], clock: Callable[[], float] = lambda: 0.0) -> RunLog:
    log = RunLog(clock)
    for event in events:
        log.add(event)
    return log


class Clock:
    """Two seconds per look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 2.0
        return self.now


def upto_step(count: int) -> list[RunEvent]:
    """Announcement and the first steps of the first stage (12 steps in each of 3 stages)."""
    events = [e for e in swr_events() if isinstance(e, RunStarted | StageStarted | StepLogged)]
    return events[: 2 + count]


def test_time_left_is_the_pace_times_the_steps_that_are_left() -> None:
    assert logged(upto_step(STEPS_BEFORE_ETA - 1), Clock()).seconds_left is None
    assert logged(upto_step(6), Clock()).seconds_left == pytest.approx((36 - 6) * 2.0)


def test_a_pause_does_not_count_as_slow_work() -> None:
    clock = Clock()
    log = logged(upto_step(6), clock)
    clock.now += 3600
    log.interrupted()
    assert log.seconds_left is None
    for event in upto_step(12)[8:]:
        log.add(event)
    assert log.seconds_left == pytest.approx((36 - 12) * 2.0)


def test_share_done_counts_all_stages_and_ends_at_one() -> None:
    assert logged(upto_step(9)).share_done == pytest.approx(9 / 36)
    assert logged(list(swr_events())).share_done == 1.0


def test_a_resumed_run_overwrites_what_it_repeats() -> None:
    events = list(swr_events())
    cut = next(
        i for i, e in enumerate(events) if isinstance(e, StepLogged) and (e.stage, e.step) == (1, 7)
    )
    again = next(
        i for i, e in enumerate(events) if isinstance(e, StepLogged) and (e.stage, e.step) == (1, 5)
    )
    assert isinstance(events[0], RunStarted)
    resumed = [replace(events[0], resumed_from_epoch=1), StageStarted(1, events[0].stages[1])]
    log = logged([*events[: cut + 2], *resumed, *events[again:]])
    straight = logged(events)
    assert log.steps == straight.steps
    assert log.film == straight.film
    assert log.epochs == straight.epochs


def test_history_survives_a_line_cut_off_by_a_crash(tmp_path: Path) -> None:
    with EventWriter(tmp_path, resume=False) as writer:
        for event in swr_events():
            writer.write(event)
    path = tmp_path / FILE_NAME
    path.write_text(path.read_text() + '{"event": "StepLog')
    events = list(swr_events())
    assert read_log(tmp_path).steps == logged(events).steps
    with EventWriter(tmp_path, resume=True) as writer:
        writer.write(events[-1])
    assert read_log(tmp_path).finished == logged(events).finished


def test_a_resumed_history_is_appended_and_a_new_one_starts_over(tmp_path: Path) -> None:
    events = list(swr_events())
    for resume in (False, True):
        with EventWriter(tmp_path, resume) as writer:
            for event in events:
                writer.write(event)
    assert len((tmp_path / FILE_NAME).read_text().splitlines()) == 2 * len(events)
    assert read_log(tmp_path).steps == logged(events).steps
    with EventWriter(tmp_path, resume=False):
        pass
    assert read_log(tmp_path).started is None


def test_an_unwritable_folder_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with (
        pytest.raises(WorkbenchError, match="cannot be written"),
        EventWriter(tmp_path / "runs" / "r1", resume=False),
    ):
        pass
