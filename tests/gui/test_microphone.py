"""The microphone bridge: real sound through a virtual device, and devices that are not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot
from scipy.signal import correlate

from tests.helpers.folders import REPOSITORY, SHARED_DATA
from tests.helpers.virtual_microphone import VirtualMicrophone
from workbench.audio.files import read_audio, write_wave
from workbench.errors import WorkbenchError
from workbench.gui.bridge.input_devices import no_microphone
from workbench.gui.bridge.microphone import Microphone

RATE_HZ = 16000
WORD = SHARED_DATA / "speech" / "arabic-40" / "backward" / "00000001_NO_01.ogg"


class NoDevices(QObject):
    """Stands for ``InputDevices`` on a computer without a microphone."""

    changed = Signal()

    def choose(self, name: str = "") -> None:
        raise no_microphone()

    def all(self) -> tuple[()]:
        return ()


def test_without_a_microphone_a_plain_message_offers_a_file(qtbot: QtBot) -> None:
    devices = NoDevices()
    microphone = Microphone(devices)  # type: ignore[arg-type]
    with qtbot.waitSignal(microphone.failed) as failed:
        microphone.start()
    assert isinstance(failed.args[0], WorkbenchError)
    assert failed.args[0].message == "No microphone was found."
    assert "use a file instead" in failed.args[0].hint
    assert not microphone.is_on
    assert microphone.status == ""


def _word(folder: Path) -> Path:
    """A real word where shared speech is there, else a synthetic one, as a wave file."""
    if WORD.exists():
        samples = read_audio(WORD)
    else:
        time_s = np.arange(RATE_HZ) / RATE_HZ
        samples = 0.5 * np.hanning(RATE_HZ) * np.sin(2 * np.pi * (300 + 400 * time_s) * time_s)
        samples = samples.astype(np.float32)
    path = folder / "word.wav"
    write_wave(path, samples, RATE_HZ)
    return path


def _record(folder: Path, word: Path, actions: str) -> tuple[np.ndarray, dict[str, object]]:
    """Run ``tests/helpers/record_through_microphone.py`` in a process with a virtual microphone."""
    out = folder / "recorded.npy"
    with VirtualMicrophone() as virtual:
        script = [sys.executable, "-m", "tests.helpers.record_through_microphone"]
        done = subprocess.run(
            [*script, str(word), str(out), actions],
            cwd=REPOSITORY,
            env={**os.environ, **virtual.environment, "SERVER_PID": str(virtual.server_pid)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    return np.load(out), json.loads(done.stdout.splitlines()[-1])


@pytest.mark.display
@pytest.mark.skipif(not VirtualMicrophone.is_possible(), reason="PulseAudio is not installed")
def test_a_word_played_into_the_device_arrives_at_16_khz(tmp_path: Path) -> None:
    word = _word(tmp_path)
    recorded, report = _record(tmp_path, word, "record")
    played = read_audio(word)
    match = correlate(recorded, played, mode="valid")
    at = int(np.argmax(np.abs(match)))
    heard = recorded[at : at + len(played)]
    likeness = np.dot(heard, played) / np.linalg.norm(heard) / np.linalg.norm(played)
    assert likeness > 0.95, "the word is not in what was recorded, or its rate is wrong"
    assert np.square(heard).sum() == pytest.approx(np.square(played).sum(), rel=0.3)
    assert report["status"].endswith(" 48 kHz → 16 kHz")
    assert report["lost_samples"] == 0
    assert report["failures"] == []


@pytest.mark.display
@pytest.mark.skipif(not VirtualMicrophone.is_possible(), reason="PulseAudio is not installed")
def test_a_device_that_goes_away_is_a_message_and_not_a_crash(tmp_path: Path) -> None:
    recorded, report = _record(tmp_path, _word(tmp_path), "unplug")
    assert len(recorded) > 0, "what came before is kept"
    assert len(report["failures"]) == 1
    assert "stopped delivering sound" in report["failures"][0]
    assert report["is_on"] is False
