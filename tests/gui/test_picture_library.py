"""Classes of pictures in the word library: learned, ticked, and answered in Try it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.open_library import open_library
from tests.helpers.picture_folders import CLASSES, picture_folder
from tests.helpers.tiny import tiny_backbone
from workbench.cancel import CancelToken
from workbench.gui.pages.try_it_station import TryItStation
from workbench.gui.session import Session
from workbench.methods.patch import read_patch
from workbench.project.project import Project

PATIENCE_MS = 60_000


@pytest.fixture
def station(qtbot: QtBot, session: Session, tmp_path: Path) -> Iterator[TryItStation]:
    tiny_backbone(tmp_path / "lenet5_small.tiny", architecture="lenet5_small")
    session.set_backbone(str(tmp_path / "lenet5_small.tiny"))
    project = Project.create(tmp_path / "project")
    task = project.add_task("animals")
    project.import_clips(task.id, picture_folder(tmp_path / "animals", each=10), CancelToken())
    session.adopt(project)
    with open_library(qtbot, session, PATIENCE_MS) as made:
        yield made
    session.close_project()


def test_ticked_classes_answer_at_once(
    qtbot: QtBot, station: TryItStation, session: Session, tmp_path: Path
) -> None:
    library, page = station.library, station.pictures
    library.learn()
    qtbot.waitUntil(lambda: len(library.table.records) == len(CLASSES), timeout=PATIENCE_MS)
    first, second = library.table.records[:2]
    library.table.tick([first.key, second.key], True)
    qtbot.waitUntil(lambda: bool(page.patches.active), timeout=PATIENCE_MS)
    (choice,) = page.patches.active
    assert choice.name == f"{first.label}, {second.label}"
    assert read_patch(choice.path).card.classes == ("_unknown_", first.label, second.label)
    assert not station.sound.patches.choices
    page.look_at(next((tmp_path / "animals" / first.label).glob("*.*")))
    qtbot.waitUntil(lambda: bool(page.answers.cards), timeout=PATIENCE_MS)
    assert {label for label, _ in page.answers.cards[choice.name].bars.best} == {
        "_unknown_",
        first.label,
        second.label,
    }
    library.table.tick([first.key, second.key], False)
    qtbot.waitUntil(lambda: not page.patches.choices, timeout=PATIENCE_MS)
