"""A project with finished runs on a small backbone, and the station that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.helpers.finished_runs import finished_run
from workbench.gui.pages.inspect import InspectPage
from workbench.gui.session import Session
from workbench.project.project import Project
from workbench.project.records import RunRecord

SLOW_MS = 30_000
BACKBONE, OTHER = "bcresnet1.small", "res8-narrow.other"


@dataclass
class World:
    project: Project
    task: str
    data: Path

    def add(self, backbone: str = BACKBONE, method: str = "swr", **config: object) -> RunRecord:
        return finished_run(self.project, self.task, backbone, self.data, method, **config)


def opened(session: Session, world: World, qtbot: QtBot) -> InspectPage:
    session.adopt(world.project)
    page = InspectPage(session)
    qtbot.addWidget(page)
    page.resize(1200, 760)
    page.show()
    qtbot.waitUntil(lambda: page.current is not None, timeout=SLOW_MS)
    qtbot.waitUntil(lambda: not page._background.is_busy, timeout=SLOW_MS)
    return page
