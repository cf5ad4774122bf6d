"""The run that is looked at: why it failed, what its empty plots say, and what stopping it leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FINISHED_RECORD, FakeProject, swr_events
from tests.gui.held_runs import JOB, Gate, until_idle
from tests.helpers.logs import LogGuard
from workbench.cancel import CancelToken, RunState
from workbench.errors import WorkbenchError
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.itemmodels.runs import NAME
from workbench.gui.pages.adapt_run import RunPanel
from workbench.gui.pages.adapt_runs import RunsList, RunViewer
from workbench.gui.session import Session
from workbench.gui.widgets.jobs_strip import JobsStrip
from workbench.methods.versions import versions_here
from workbench.training.events import (
    LayerDecisions,
    RunEvent,
    RunFinished,
    RunStarted,
    StageStarted,
    StepLogged,
)
from workbench.training.job import AdaptationJob


class Script(Gate):
    """A gate that can also make the run fail at its beginning."""

    error: WorkbenchError | None = None

    def run(self, job: AdaptationJob, token: CancelToken, resume: bool) -> Iterator[RunEvent]:
        if self.error is not None:
            raise self.error
        yield from super().run(job, token, resume)


@pytest.fixture
def gate() -> Script:
    return Script()


@pytest.fixture
def runner(gate: Script) -> Runner:
    return gate.run


@pytest.fixture
def panel(qtbot: QtBot) -> RunPanel:
    made = RunPanel()
    qtbot.addWidget(made)
    made.resize(800, 700)
    made.show()
    return made


@pytest.fixture
def runs(
    qtbot: QtBot, session: Session, project: FakeProject, panel: RunPanel
) -> Iterator[RunsList]:
    """The list, with the panel that shows what is chosen."""
    made, viewer = RunsList(session), RunViewer(session, panel)
    qtbot.addWidget(made)
    made.chosen.connect(viewer.show)
    yield made


@pytest.fixture
def failed(
    qtbot: QtBot, session: Session, runs: RunsList, gate: Script, expect_log: LogGuard
) -> str:
    """A run that failed and is shown."""
    expect_log("The loss became nan")
    gate.error = WorkbenchError("The loss became nan.", hint="Lower the rate.")
    run_id = session.enqueue(JOB)
    runs.choose(run_id)
    until_idle(qtbot, session)
    gate.error = None
    return run_id


def test_why_a_run_failed_stays_on_screen(panel: RunPanel, runs: RunsList, failed: str) -> None:
    assert panel.status.text() == "Failed"
    assert panel.why.isVisible()
    assert panel.why.text().startswith("The loss became nan.")
    assert "Press Continue" in panel.why.text()
    tip = runs.model.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("swr 10\u202f%")
    assert tip.endswith(panel.why.text())


def test_why_a_run_failed_is_known_on_another_day(
    qtbot: QtBot, project: FakeProject, failed: str, runner: Runner
) -> None:
    later, again = Session(runner=runner), RunPanel()
    qtbot.addWidget(again)
    later.adopt(project.as_project)
    RunViewer(later, again).show(failed)
    qtbot.waitUntil(lambda: again.why.text().startswith("The loss became nan."))
    later.queue.shut_down()
    later.deleteLater()


def test_a_run_continued_under_other_versions_is_told(
    session: Session, runs: RunsList, expect_log: LogGuard
) -> None:
    expect_log("begun with torch 1.0")
    session.run_event.emit("7", RunStarted("swr", (), (), (), (), begun_with=versions_here()))
    assert not session.notices.history
    session.run_event.emit("7", RunStarted("swr", (), (), (), (), begun_with={"torch": "1.0"}))
    (notice,) = session.notices.history
    here = versions_here()["torch"]
    assert f"begun with torch 1.0 and goes on with torch {here}" in notice.text


def test_a_continued_run_is_shown_live_and_no_longer_as_failed(
    qtbot: QtBot, session: Session, panel: RunPanel, runs: RunsList, failed: str, gate: Script
) -> None:
    assert not panel.curves_card.isVisible()
    runs.continue_button.click()
    assert not panel.why.isVisible()
    assert panel.curves_card.isVisible()
    gate.open()
    until_idle(qtbot, session)
    qtbot.waitUntil(lambda: panel.status.text().startswith("Test accuracy"))
    assert len(panel.curves_card.as_text().splitlines()) == 1 + 9


def log_until(kind: type[RunEvent]) -> RunLog:
    """What a run has said before its first event of a kind."""
    log = RunLog()
    for event in swr_events():
        if isinstance(event, kind):
            break
        log.add(event)
    return log


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED])
def test_plots_that_stay_empty_promise_nothing(panel: RunPanel, state: RunState) -> None:
    panel.show_run("swr", log_until(StepLogged), RunState.RUNNING)
    assert panel.curves_card.isVisible()
    assert panel.film_card.isVisible()
    assert not panel.nothing.isVisible()
    panel.set_state(state)
    assert not panel.curves_card.isVisible()
    assert not panel.film_card.isVisible()
    assert panel.nothing.isVisible()
    assert panel.nothing.text() == "No step was taken, so there are no curves."
    panel.show_run("swr", log_until(LayerDecisions), state)
    assert panel.curves_card.isVisible()
    assert not panel.film_card.isVisible()
    assert panel.nothing.text() == "No policy was learned, so there is no film."
    panel.show_run("swr", log_until(RunFinished), state)
    assert panel.film_card.isVisible()
    assert not panel.nothing.isVisible()


def test_a_run_that_said_nothing_shows_no_film_of_another(panel: RunPanel) -> None:
    panel.show_run("swr", log_until(RunFinished), RunState.CANCELLED)
    assert len(panel.film_card.film.store)
    panel.show_run("swr", RunLog(), RunState.QUEUED)
    assert not len(panel.film_card.film.store)
    assert not panel.film_card.isVisible()


def test_clips_that_were_left_out_are_counted_and_explained(panel: RunPanel) -> None:
    reasons = [
        {"path": "/clips/a.wav", "reason": "a.wav cannot be read as audio (no header)."},
        {"path": "/clips/b.wav", "reason": "It is empty."},
    ]
    record = {**FINISHED_RECORD, "left_out": reasons}
    log = RunLog()
    for event in swr_events(record=record):
        log.add(event)
        panel.show_run("swr", log, RunState.RUNNING)
    assert panel.left_out.isVisible()
    assert panel.left_out.text() == "2 examples left out"
    told = "a.wav cannot be read as audio (no header).\nb.wav: It is empty."
    assert panel.left_out.toolTip() == told
    many = {"left_out": [{"path": f"{n}.wav", "reason": f"{n}.wav is empty."} for n in range(20)]}
    panel.left_out.show_record(many)
    assert panel.left_out.toolTip().splitlines()[-1].startswith("and 8 more")
    panel.show_run("swr", log_until(RunFinished), RunState.FINISHED)
    assert not panel.left_out.isVisible()


def test_stopping_is_called_what_it_does(
    qtbot: QtBot, session: Session, runs: RunsList, gate: Script
) -> None:
    strip = JobsStrip(session)
    qtbot.addWidget(strip)
    first, second = session.enqueue(JOB), session.enqueue(JOB)
    qtbot.waitUntil(lambda: session.queue.current == first)
    runs.choose(second)
    assert runs.stop_button.text() == "Remove from queue"
    runs.choose(first)
    log = session.queue.log(first)
    stages = [i for i, event in enumerate(swr_events()) if isinstance(event, StageStarted)]
    done = 0
    for stage, begins in enumerate(stages):
        gate.steps.release(begins + 1 - done)
        done = begins + 1
        qtbot.waitUntil(lambda stage=stage: log.stage == stage)
        wanted = "Stop and keep" if stage == 2 else "Stop"
        qtbot.waitUntil(lambda wanted=wanted: runs.stop_button.text() == wanted)
        qtbot.waitUntil(lambda wanted=wanted: strip.stop_button.text() == wanted)
        assert ("continued later" in strip.stop_button.toolTip()) == (stage < 2)
