"""A project as one file, and its tasks for the other verbs."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.helpers.tones import write_tone_task
from tests.unit.cli.conftest import call, refusal
from workbench.__main__ import wants_window


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_tone_task(tmp_path / "tones", speakers=3, takes=1)
    call("import", source, "--project", tmp_path / "kitchen", "--task", "beeps", "--create")
    return tmp_path / "kitchen"


def test_a_project_travels_as_one_file(project: Path, tmp_path: Path) -> None:
    archive = tmp_path / "kitchen.zip"
    record = json.loads(call("project", "pack", project, "--out", archive, "--json", "-").stdout)
    assert record["bytes"] == archive.stat().st_size
    with zipfile.ZipFile(archive) as opened:
        assert record["files"] == len(opened.namelist()) == 10
    call("project", "unpack", archive, "--out", tmp_path / "again")
    result = call(
        *("project", "manifest", tmp_path / "again", "--task", "beeps"),
        *("--out", tmp_path / "lists", "--json", "-"),
    )
    manifest = json.loads(result.stdout)["manifest"]
    found = json.loads(call("doctor", "--data", manifest, "--json", "-").stdout)
    assert (found["task"], found["clips"], found["problems"]) == ("beeps", 9, [])


def test_a_clip_that_is_gone_is_told(project: Path, tmp_path: Path) -> None:
    lost = next((project / "clips").rglob("*.wav"))
    lost.unlink()
    told = call("project", "pack", project, "--out", tmp_path / "kitchen.zip").stderr
    assert told.count("\n") == 1
    assert lost.name in told


def test_a_full_folder_is_left_alone(project: Path, tmp_path: Path) -> None:
    call("project", "pack", project, "--out", tmp_path / "kitchen.zip")
    error = refusal("project", "unpack", tmp_path / "kitchen.zip", "--out", project)
    assert "not empty" in error.message


def test_a_project_called_as_a_verb_does_not_hide_the_verb(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.rename(project.with_name("project"))
    monkeypatch.chdir(project.parent)
    assert wants_window(["project"])
    assert not wants_window(["project", "pack", "project", "--out", "project.zip"])
