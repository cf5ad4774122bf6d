"""Two backbones and an empty project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThreadPool

from tests.gui.inspect_page.world import BACKBONE, OTHER, SLOW_MS, World
from tests.helpers.finished_runs import install_backbone
from workbench.gui.session import Session
from workbench.project.project import Project


@pytest.fixture
def world(session: Session, tmp_path: Path) -> Iterator[World]:
    install_backbone(BACKBONE)
    install_backbone(OTHER)
    project = Project.create(tmp_path / "project")
    yield World(project, project.add_task("words").id, tmp_path / "clips")
    QThreadPool.globalInstance().waitForDone(SLOW_MS)
    session.close_project()
