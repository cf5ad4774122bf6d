"""The whole window on a project with examples and finished runs, for what has to hold at every station."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import few_clips, finished_run, install_backbone
from tests.helpers.picture_folders import picture_folder
from workbench.cancel import CancelToken
from workbench.data.task import Medium
from workbench.gui.bridge.background import Background
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.project.project import Project

SLOW_MS = 60_000
BACKBONES = {Medium.SOUND: "bcresnet1.small", Medium.PICTURE: "lenet5_small.small"}
MEASURED = (("signs", 0.95, 400),)
TESTED = 321
"""Test examples of each run."""


@contextmanager
def filled_window(
    qtbot: QtBot, session: Session, folder: Path, medium: Medium
) -> Iterator[MainWindow]:
    """A window whose stations all have something to show; it is closed in the end."""
    session.adopt(_project(folder, medium))
    session.set_backbone(BACKBONES[medium])
    window = MainWindow(session)
    window.resize(1280, 820)
    window.show()
    session.engine_ready.emit()
    try:
        qtbot.waitUntil(
            lambda: all(window.stack.page(station) for station in Station), timeout=SLOW_MS
        )
        yield window
    finally:
        settle(qtbot, window)
        window.close()
        window.deleteLater()


def visit(qtbot: QtBot, window: MainWindow) -> Iterator[tuple[Station, QWidget]]:
    """Every station in front, one after the other, when it has shown what it reads in the background."""
    for station in Station:
        window.show_station(station)
        settle(qtbot, window)
        page = window.stack.page(station)
        assert page is not None
        yield station, page


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Let everything that is read in the background arrive."""
    QCoreApplication.processEvents()
    workers = window.findChildren(Background)
    qtbot.waitUntil(lambda: not any(one.is_busy for one in workers), timeout=SLOW_MS)
    QCoreApplication.processEvents()


def _project(folder: Path, medium: Medium) -> Project:
    """One task, and two finished runs on it."""
    backbone = BACKBONES[medium]
    install_backbone(backbone, metrics=MEASURED)
    is_sound = medium is Medium.SOUND
    source = folder / "source"
    (few_clips if is_sound else picture_folder)(source)
    project = Project.create(folder / "project")
    task = project.add_task("things")
    project.import_clips(task.id, source, CancelToken())
    for budget in (0.05, 0.3):
        finished_run(project, task.id, backbone, source, n=TESTED, budget=budget)
    return project
