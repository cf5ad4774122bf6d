"""A session on a project in memory, and a small backbone with random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject, runner_of, swr_events
from tests.gui.filled_window import filled_window
from tests.gui.held_runs import Gate
from tests.helpers.tiny import tiny_backbone
from workbench.data.task import Medium
from workbench.gui.bridge.run_worker import Runner
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session


@pytest.fixture
def gate() -> Gate:
    """For modules whose runner is the gate's."""
    return Gate()


@pytest.fixture
def runner() -> Runner:
    """What the queue runs; a test module may override it."""
    return runner_of(swr_events)


@pytest.fixture
def session(
    qapp: QApplication, no_qt_leaks: None, tmp_path: Path, runner: Runner
) -> Iterator[Session]:
    made = Session(runner=runner)
    tiny_backbone(tmp_path / "tiny")
    made.backbone = str(tmp_path / "tiny")
    yield made
    made.queue.shut_down()
    made.deleteLater()


@pytest.fixture
def project(session: Session, tmp_path: Path) -> FakeProject:
    """Opened in the session."""
    opened = FakeProject(tmp_path / "words")
    session.adopt(opened.as_project)
    return opened


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[MainWindow]:
    """Without a project."""
    made = MainWindow(session)
    made.show()
    qtbot.waitExposed(made)
    yield made
    session.queue.shut_down()
    made.close()
    made.deleteLater()


@pytest.fixture(params=Medium)
def filled(
    request: pytest.FixtureRequest, qtbot: QtBot, session: Session, tmp_path: Path
) -> Iterator[MainWindow]:
    """A window whose stations all have something to show: sounds, then pictures."""
    with filled_window(qtbot, session, tmp_path, request.param) as window:
        yield window
