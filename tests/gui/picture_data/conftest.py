"""A real project with small pictures on the Data station."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project, shown_page
from tests.gui.picture_data.steps import EACH
from tests.helpers.picture_folders import (
    picture_folder,
)
from workbench.cancel import CancelToken
from workbench.gui.pages.data import DataPage
from workbench.gui.session import Session
from workbench.notices import Notice


@pytest.fixture(autouse=True)
def closed_project(session: Session) -> Iterator[None]:
    """Release the project's lock at the end."""
    yield
    session.close_project()


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    return picture_folder(tmp_path / "animals", each=EACH)


@pytest.fixture
def page(qtbot: QtBot, session: Session, tmp_path: Path, animals: Path) -> Iterator[DataPage]:
    open_project(session, tmp_path, with_clips=False)
    assert session.project is not None
    assert session.task_id is not None
    session.project.import_clips(session.task_id, animals, CancelToken())
    made = shown_page(qtbot, session)
    yield made
    made.hide()


@pytest.fixture
def seeing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backbone in use takes pictures."""
    session.backbone = "mobilenet_v2"


@pytest.fixture
def notices(session: Session) -> Iterator[list[Notice]]:
    told: list[Notice] = []
    unsubscribe = session.notices.subscribe(told.append)
    yield told
    unsubscribe()
