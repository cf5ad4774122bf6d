"""Playback on a virtual sound card, and without any."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtMultimedia import QAudioDevice, QMediaDevices
from pytestqt.qtbot import QtBot

from tests.helpers.folders import REPOSITORY
from tests.helpers.virtual_microphone import VirtualMicrophone
from workbench.gui.bridge.player import Player


def test_without_an_output_a_plain_message_says_so(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMediaDevices, "defaultAudioOutput", QAudioDevice)
    player = Player()
    with qtbot.waitSignal(player.failed) as failed:
        player.play(np.zeros(100, np.float32), 16000)
    assert failed.args[0].message.startswith("No loudspeaker")
    assert not player.is_playing


@pytest.mark.display
@pytest.mark.skipif(not VirtualMicrophone.is_possible(), reason="PulseAudio is not installed")
def test_the_position_runs_from_where_it_began_to_the_end_of_the_clip_and_stops() -> None:
    with VirtualMicrophone() as virtual:
        done = subprocess.run(
            [sys.executable, "-m", "tests.helpers.play_to_loudspeaker"],
            cwd=REPOSITORY,
            env={**os.environ, **virtual.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    positions = report["positions"]
    assert report["endings"] == ["stopped"]
    assert positions == sorted(positions)
    assert 0.25 <= positions[0] < 0.6
    assert positions[-1] == pytest.approx(1.0, abs=0.1)
