"""From the welcome page to a heard word, through the real window, the real engine and a virtual microphone."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import torch

from tests.helpers.folders import REPOSITORY, SHARED_DATA
from tests.helpers.virtual_microphone import VirtualMicrophone
from workbench import locations
from workbench.audio.files import read_audio, write_wave
from workbench.backbones.registry import build

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


def walked(helper: str, folder: Path, sound: Path) -> dict[str, Any]:
    """What a walk through the window showed, in a process with a virtual microphone."""
    with VirtualMicrophone() as virtual:
        arguments = (str(folder / "home"), str(sound), str(folder))
        return shown_by(helper, *arguments, environment=virtual.environment)


def shown_by(
    helper: str, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", helper, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


needs_microphone = pytest.mark.skipif(
    not VirtualMicrophone.is_possible(), reason="PulseAudio is not installed"
)


@pytest.mark.display
@pytest.mark.timeout(720)
@needs_microphone
def test_the_demo_is_adapted_by_clicks_and_hears_words_through_the_microphone(
    tmp_path: Path,
) -> None:
    sound, spoken = spoken_part(tmp_path)
    seen = walked("tests.helpers.adapt_by_clicks", tmp_path, sound)
    assert seen["run"] == "finished"
    assert seen["changed"] == seen["stored"]
    assert 0 < len(seen["changed"]) < len(seen["layers"])
    right = longest_in_order(seen["heard"], spoken)
    assert right >= WORDS_NEEDED, seen["heard"]
    assert len(seen["heard"]) - right <= MISTAKES_ALLOWED, seen["heard"]


@pytest.mark.display
@pytest.mark.timeout(720)
@needs_microphone
def test_five_words_ticked_in_the_library_are_heard_through_the_microphone_and_others_are_not(
    tmp_path: Path,
) -> None:
    sound, spoken = spoken_part(tmp_path)
    seen = walked("tests.helpers.compose_by_clicks", tmp_path, sound)
    ticked = seen["ticked"]
    assert len(ticked) == 5 < len(seen["known"])
    assert set(seen["heard"]) <= set(ticked)
    said = [word for word in spoken if word in ticked]
    assert 0 < len(said) < len(spoken), "the recording says ticked words and others"
    right = longest_in_order(seen["heard"], said)
    assert right >= WORDS_NEEDED, seen["heard"]
    assert len(seen["heard"]) - right <= MISTAKES_ALLOWED, seen["heard"]


def public_checkpoint(folder: Path) -> Path:
    """ResNet-20 with the keys of public files: the real one where the shared data is, otherwise random weights."""
    shared = SHARED_DATA / "weights" / "resnet20-12fca82f.th"
    if shared.exists():
        return shared
    path = folder / "resnet20.th"
    state = build("resnet20", 10).state_dict()
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}}, path)
    return path


@pytest.mark.display
@pytest.mark.timeout(720)
def test_weights_are_loaded_pictures_dropped_adapted_to_and_tried_by_clicks(tmp_path: Path) -> None:
    signs = locations.resources_dir() / "signs"
    heart = next((signs / "heart").glob("test-*.png"))
    seen = shown_by(
        "tests.helpers.pictures_by_clicks",
        str(tmp_path),
        str(public_checkpoint(tmp_path)),
        str(signs),
        str(heart),
        "32",
        "2",
        str(tmp_path),
    )
    assert seen["backbone"].startswith("resnet20.")
    assert seen["imported"] == 480
    assert seen["run"] == "finished"
    assert seen["changed"], "five per cent of the weights buys some layers"
    assert 0 < seen["ratio"] <= 0.05
    assert len(seen["answers"]) == 5
    assert set(seen["answers"]) < {folder.name for folder in signs.iterdir() if folder.is_dir()}
