"""The main job needs no network: from recordings to an exported network with every way out blocked."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from tests.helpers.tones import RATE_HZ, TONES_HZ, tone
from tests.recipe.test_command_line import call
from workbench.cancel import CancelToken
from workbench.project.project import Project

pytestmark = pytest.mark.recipe


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What somebody tried to reach or to look up; each attempt fails, and counts even where the failure is caught."""
    attempts: list[object] = []

    def refuse(what: object) -> None:
        attempts.append(what)
        raise AssertionError(f"tried to reach {what}")

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def connect(one: socket.socket, address: object) -> Any:
            return real(one, address) if one.family == socket.AF_UNIX else refuse(address)

        return connect

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: refuse(host))
    return attempts


def test_the_guard_sees_every_way_out(tried: list[object]) -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match="tried to reach"):
        one.connect(("127.0.0.1", 9))
    with socket.socket() as one, pytest.raises(AssertionError, match="tried to reach"):
        one.connect_ex(("127.0.0.1", 9))
    with pytest.raises(AssertionError, match="tried to reach"):
        socket.create_connection(("example.org", 443))
    assert tried == [("127.0.0.1", 9), ("127.0.0.1", 9), "example.org"]


def test_from_recording_to_export_without_a_network(
    tried: list[object], backbone_folder: Path, tone_task: Path, tmp_path: Path
) -> None:
    project = Project.create(tmp_path / "project")
    task = project.add_task("tones")
    project.import_clips(task.id, tone_task, CancelToken())
    for label, frequency_hz in TONES_HZ.items():
        project.add_recording(task.id, label, "me", tone(frequency_hz, 77), RATE_HZ)
    data = project.freeze_task(task.id, tmp_path / "frozen")
    project.close()
    adapted = call(
        "adapt", "--backbone", backbone_folder, "--data", data, "--method", "swr", "--budget", 0.2,
        "--epochs", 1, "--set", "batch_size=16", "--set", "threads=1", "--out", tmp_path / "run",
    )  # fmt: skip
    patch = ("--patch", adapted["patch"], "--backbone", backbone_folder)
    evaluated = call("evaluate", "--data", data, *patch, "--split", "test")
    assert evaluated["accuracy"] == adapted["test_accuracy"]
    (clip,) = call("predict", *patch, next(tone_task.glob("high/*.wav")))
    assert sum(clip["scores"].values()) == pytest.approx(1, abs=1e-5)
    exported = call(
        "export", *patch, "--format", "onnx", "--frontend", "--data", data, "--out", tmp_path / "tones.onnx"
    )  # fmt: skip
    assert (exported["agreement"], exported["real"]) == (1.0, True)
    assert onnxruntime.InferenceSession(exported["path"]).get_inputs()[0].name == "waveform"
    assert tried == []
