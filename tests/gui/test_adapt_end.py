"""At the end of a run, words that it lost against the run before of the same kind are named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject

from tests.gui.fakes import FakeProject, FakeRun
from tests.helpers.logs import LogGuard
from workbench.cancel import RunState
from workbench.gui.pages.adapt_end import RunEnds
from workbench.gui.session import Session

LOST = "stop (80\u202f% of 10, before 90\u202f% of 10)"


def finished(project: FakeProject, run_id: str, recall: float, minute: int, **other: Any) -> None:
    result = {"recall": recall, "ci95": [0, 1], "n": 10}
    kind = {"task_id": "t1", "method": "swr", "budget": 0.1, "backbone": "tiny", "job": {}, **other}
    record = {
        "backbone": kind.pop("backbone"),
        "confusion": {"val": {"per_class": {"_silence_": result, "stop": result}}},
    }
    project.stored[run_id] = FakeRun(
        id=run_id,
        state=RunState.FINISHED,
        folder=Path(run_id),
        record=record,
        created=datetime(2026, 1, 1, 12, minute, tzinfo=UTC),
        **kind,
    )


def told(session: Session, run_id: str) -> str:
    owner = QObject()
    ends = RunEnds(session, owner)
    session.run_state_changed.emit(run_id, RunState.FINISHED)
    assert ends.parent() is owner
    return session.notices.history[-1].text


def test_a_word_that_fell_is_named(
    session: Session, project: FakeProject, expect_log: LogGuard
) -> None:
    assert callable(expect_log)
    expect_log("recognised less often")
    finished(project, "r1", 0.5, 1)
    finished(project, "r2", 0.9, 2)
    finished(project, "r3", 0.8, 3)
    finished(project, "r4", 1.0, 4)
    assert LOST in told(session, "r3"), "the newest run before it counts, and none after it"


@pytest.mark.parametrize(
    "other",
    [
        {"task_id": "t2"},
        {"method": "head"},
        {"budget": 0.2},
        {"backbone": "large"},
        {"job": {"picture_px": 96}},
        {},
    ],
)
def test_runs_of_another_kind_do_not_count(
    session: Session, project: FakeProject, other: dict[str, Any]
) -> None:
    finished(project, "r1", 0.9 if other else 0.8, 1, **other)
    finished(project, "r2", 0.8, 2)
    assert told(session, "r2") == "The run has finished."
