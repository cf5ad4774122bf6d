"""Listening from the command line: the recorder's delay, and records while the microphone runs."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.unit.cli.conftest import Place, call
from workbench.audio.files import read_audio
from workbench.cli import listen as listen_module
from workbench.cli.listen import recorder_command
from workbench.cli.main import app
from workbench.detection.stream import followed_by_silence
from workbench.errors import WorkbenchError

PLAY = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"


def arguments(place: Place) -> list[str]:
    named = ["--patch", str(place.patch), "--backbone", str(place.backbone)]
    return ["listen", *named, "--threshold", "0.2"]


@pytest.fixture
def microphone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorder that plays the clip, then half a sample, and ends."""
    samples = followed_by_silence(read_audio(place.wave), 16000)
    raw = place.scratch / "heard.raw"
    raw.write_bytes(np.round(samples * 32768).astype("<i2").tobytes() + b"\0")
    command = [sys.executable, "-c", PLAY, str(raw)]
    monkeypatch.setattr(listen_module, "recorder_command", lambda *_: command)


def heard_in_file(place: Place) -> list[object]:
    found = json.loads(call(*arguments(place), "--file", place.wave, "--json", "-").stdout)
    assert found, "the test needs a patch that hears something"
    return found


@pytest.mark.usefixtures("microphone")
@pytest.mark.parametrize("to_file", [False, True])
def test_the_microphone_gives_a_line_per_detection(place: Place, to_file: bool) -> None:
    target = place.scratch / "heard.jsonl"
    result = CliRunner().invoke(app, [*arguments(place), "--json", str(target) if to_file else "-"])
    assert isinstance(result.exception, WorkbenchError)
    assert "The microphone ended" in result.exception.message
    text = target.read_text("utf-8") if to_file else result.stdout
    assert [json.loads(line) for line in text.splitlines()] == heard_in_file(place)
    assert "Ctrl+C" in result.stderr


@pytest.mark.usefixtures("microphone")
def test_records_that_cannot_be_written_are_told(place: Place) -> None:
    target = place.scratch / "absent" / "heard.jsonl"
    error = CliRunner().invoke(app, [*arguments(place), "--json", str(target)]).exception
    assert isinstance(error, WorkbenchError)
    assert "heard.jsonl could not be written" in error.message


@pytest.mark.parametrize(
    ("program", "option"),
    [("parec", "--latency-msec=50"), ("arecord", "--buffer-time=200000")],
)
def test_the_recorder_is_asked_for_small_blocks(
    program: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shutil, "which", lambda name: str(Path("/usr/bin", name)) if name == program else None
    )
    command = recorder_command(16000, "desk")
    assert command[0] == program
    assert option in command
    assert command[-1] == "desk"
