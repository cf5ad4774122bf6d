"""The threshold from the command line: what is printed, and what a patch without its run leaves open."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.tiny import RATE_HZ
from tests.unit.cli.conftest import Place, call, refusal
from workbench.audio.files import write_wave
from workbench.data.manifest import MANIFEST_NAME, write_manifest
from workbench.data.task import Clip, Split


@pytest.fixture
def arguments(place: Place) -> list[object]:
    """A verb that hears seventy quiet seconds."""
    room = place.scratch / "room.wav"
    noise = np.random.default_rng(4).normal(0, 1e-3, 70 * RATE_HZ)
    write_wave(room, noise.astype(np.float32), RATE_HZ)
    named = ["--patch", place.patch, "--backbone", place.backbone]
    return ["operating-point", *named, "--background", room, "--per-hour", 3600]


def task(place: Place) -> Path:
    other = place.scratch / "stop.wav"
    write_wave(other, np.zeros(RATE_HZ, np.float32), RATE_HZ)
    clips = [Clip(place.wave, "go", Split.VAL), Clip(other, "stop", Split.VAL)]
    write_manifest(place.scratch / MANIFEST_NAME, clips)
    return place.scratch / MANIFEST_NAME


def test_the_record_and_the_lines_say_the_same(place: Place, arguments: list[object]) -> None:
    told = call(*arguments, "--data", task(place)).stdout
    point = json.loads(call(*arguments, "--data", task(place), "--json", "-").stdout)
    assert point["missed"]["n"] == 2
    assert f"threshold {point['threshold']:g}\n" in told
    assert f"{point['alarms']['events']} false alarms in 0.02 hours" in told
    assert f"misses {point['missed']['missed']} of 2 validation words" in told


def test_a_patch_without_its_run_leaves_open_what_is_missed(
    place: Place, arguments: list[object]
) -> None:
    assert json.loads(call(*arguments, "--json", "-").stdout)["missed"] is None
    assert "no validation clips" in call(*arguments).stdout


def test_too_little_background_is_told(place: Place, arguments: list[object]) -> None:
    arguments[arguments.index("--background") + 1] = place.wave
    assert "3 seconds of background" in refusal(*arguments).message
