"""Thresholds and settings that were chosen for a patch stay with the project."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from workbench.detection.decoder import DecoderConfig
from workbench.project import schema
from workbench.project.project import Project

OWN = DecoderConfig(threshold=0.62, patience_ms=240, word_thresholds={"go": 0.4, "año": 0.9})


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project.create(tmp_path / "kitchen")
    yield made
    made.close()


def stored(folder: Path) -> dict[str, str]:
    with closing(sqlite3.connect(folder / "project.db")) as db:
        return dict(db.execute("SELECT patch, settings FROM listening"))


def test_what_was_chosen_is_there_again_after_reopening(project: Project) -> None:
    project.listening.write({"7": OWN, "/elsewhere/words.patch.safetensors": DecoderConfig()})
    project.close()
    again = Project.open(project.folder)
    assert again.listening.read() == {"7": OWN}
    again.close()


def test_patches_are_kept_apart_and_the_suggestion_takes_a_choice_back(project: Project) -> None:
    project.listening.write({"1": OWN, "2": DecoderConfig(threshold=0.5)})
    project.listening.write({"2": DecoderConfig()})
    assert project.listening.read() == {"1": OWN}


def test_only_what_was_chosen_is_stored(project: Project) -> None:
    project.listening.write({"1": DecoderConfig(smoothing_ms=400)})
    assert stored(project.folder) == {"1": '{"smoothing_ms":400.0}'}


def test_settings_that_this_version_does_not_allow_are_left_out(project: Project) -> None:
    project.listening.write({"1": OWN})
    with closing(sqlite3.connect(project.folder / "project.db")) as db, db:
        db.execute("INSERT INTO listening VALUES ('2', '{\"threshold\": 7}')")
    assert project.listening.read() == {"1": OWN}


def test_a_project_of_the_first_format_gets_room_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        old = Project.create(tmp_path / "old")
        old.add_task("words")
        old.close()
    project = Project.open(tmp_path / "old")
    assert [task.name for task in project.tasks()] == ["words"]
    assert project.listening.read() == {}
    project.listening.write({"1": OWN})
    assert project.listening.read() == {"1": OWN}
    assert (tmp_path / "old" / "project.format1.backup.db").is_file()
    project.close()
