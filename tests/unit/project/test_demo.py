"""The demo project is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tones import write_tone_task
from workbench import locations
from workbench.errors import WorkbenchError
from workbench.project.demo import open_or_create_demo
from workbench.project.project import Project


def test_a_demo_that_was_cut_short_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tone_task(tmp_path / "resources" / "demo", speakers=3)
    monkeypatch.setattr(locations, "resources_dir", lambda: tmp_path / "resources")
    folder = tmp_path / "Spanish demo"

    def cut_short(*_: object) -> None:
        raise WorkbenchError("The disk is full.", hint="Free some space.")

    with monkeypatch.context() as patched, pytest.raises(WorkbenchError, match="disk is full"):
        patched.setattr(Project, "import_clips", cut_short)
        open_or_create_demo(folder)
    assert not folder.exists()

    for _ in range(2):
        project = open_or_create_demo(folder)
        assert len(project.clips(project.tasks()[0].id)) == 18
        project.close()
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_a_folder_in_the_place_of_the_demo_is_told_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tone_task(tmp_path / "resources" / "demo", speakers=3)
    monkeypatch.setattr(locations, "resources_dir", lambda: tmp_path / "resources")
    mine = tmp_path / "documents" / "Spanish demo" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(WorkbenchError, match="Rename or remove"):
        open_or_create_demo(mine.parent)
    assert [path for path in mine.parents[1].rglob("*") if path.is_file()] == [mine]
    assert mine.read_text() == "mine"
