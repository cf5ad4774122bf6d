"""From the welcome page to a heard word, through the real window, the real engine and a virtual microphone."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.folders import REPOSITORY
from tests.helpers.virtual_microphone import VirtualMicrophone
from workbench import locations
from workbench.audio.files import read_audio, write_wave

RATE_HZ = 16000
SPOKEN_S = 16.5
WORDS_NEEDED = 3
MISTAKES_ALLOWED = 2


def spoken_part(folder: Path) -> tuple[Path, list[str]]:
    """The beginning of the demo's test recording, and the words in it."""
    demo = locations.resources_dir() / "demo"
    with (demo / "stream.csv").open(encoding="utf-8", newline="") as file:
        words = [row["label"] for row in csv.DictReader(file) if float(row["end_s"]) < SPOKEN_S]
    path = folder / "spoken.wav"
    write_wave(path, read_audio(demo / "stream.ogg")[: round(SPOKEN_S * RATE_HZ)], RATE_HZ)
    return path, words


def longest_in_order(heard: list[str], spoken: list[str]) -> int:
    """Length of the longest common subsequence."""
    lengths = [[0] * (len(spoken) + 1) for _ in range(len(heard) + 1)]
    for i, one in enumerate(heard):
        for j, other in enumerate(spoken):
            both = lengths[i][j] + 1 if one == other else 0
            lengths[i + 1][j + 1] = max(both, lengths[i][j + 1], lengths[i + 1][j])
    return lengths[-1][-1]


@pytest.mark.display
@pytest.mark.timeout(720)
@pytest.mark.skipif(not VirtualMicrophone.is_possible(), reason="PulseAudio is not installed")
def test_the_demo_is_adapted_by_clicks_and_hears_words_through_the_microphone(
    tmp_path: Path,
) -> None:
    sound, spoken = spoken_part(tmp_path)
    with VirtualMicrophone() as virtual:
        arguments = [str(tmp_path / "home"), str(sound), str(tmp_path)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.helpers.adapt_by_clicks", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **virtual.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["run"] == "finished"
    assert seen["changed"] == seen["stored"]
    assert 0 < len(seen["changed"]) < len(seen["layers"])
    right = longest_in_order(seen["heard"], spoken)
    assert right >= WORDS_NEEDED, seen["heard"]
    assert len(seen["heard"]) - right <= MISTAKES_ALLOWED, seen["heard"]
