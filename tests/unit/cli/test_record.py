"""Recording from the command line: takes are cut, judged and kept as in the window."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.unit.cli.conftest import call, refusal
from workbench.audio.files import read_audio, write_wave
from workbench.cli import record as record_module
from workbench.data.task import Split
from workbench.project.project import Project

RATE_HZ = 16000
PLAY = "import sys; sys.stdout.buffer.write(open(sys.argv[1], 'rb').read())"


def word(peak: float) -> np.ndarray:
    """A tone that swells and fades."""
    time_s = np.arange(round(0.4 * RATE_HZ)) / RATE_HZ
    return (peak * np.sin(2 * np.pi * 300 * time_s) * np.hanning(len(time_s))).astype(np.float32)


def spoken(peaks: list[float], before_s: float = 1.0) -> np.ndarray:
    """A word per peak, two seconds apart, in a quiet room."""
    starts = [round((before_s + 2 * i) * RATE_HZ) for i in range(len(peaks))]
    room = np.random.default_rng(0).standard_normal(round((before_s + 2 * len(peaks)) * RATE_HZ))
    samples = (0.001 * room).astype(np.float32)
    for start, peak in zip(starts, peaks, strict=True):
        samples[start : start + round(0.4 * RATE_HZ)] += word(peak)
    return samples


@pytest.fixture
def into(tmp_path: Path) -> list[object]:
    project = ["--project", tmp_path / "kitchen", "--task", "words", "--create"]
    return ["record", *project, "--word", "go", "--speaker", "anna", "--json", "-"]


def clips(folder: Path) -> list[tuple[str, str, Split | None]]:
    project = Project.open(folder)
    found = [record.clip for record in project.clips(project.tasks()[0].id)]
    project.close()
    return [(clip.label, clip.speaker, clip.split) for clip in found]


def test_good_takes_are_cut_from_a_recording(into: list[object], tmp_path: Path) -> None:
    write_wave(tmp_path / "said.wav", spoken([0.5, 0.011, 0.4, 0.3]), RATE_HZ)
    made = json.loads(call(*into, "--file", tmp_path / "said.wav").stdout)
    assert [take["reason"] for take in made["takes"]] == ["", "too quiet", "", ""]
    assert made["added"] == len(clips(tmp_path / "kitchen")) == 3
    assert {(label, speaker) for label, speaker, _ in clips(tmp_path / "kitchen")} == {
        ("go", "anna")
    }
    first = read_audio(Path(made["takes"][0]["path"]), RATE_HZ)
    assert len(first) == RATE_HZ
    assert np.abs(first).argmax() == pytest.approx(RATE_HZ / 2, abs=0.1 * RATE_HZ)


def test_no_more_takes_are_kept_than_wanted(into: list[object], tmp_path: Path) -> None:
    write_wave(tmp_path / "said.wav", spoken([0.5, 0.4, 0.3]), RATE_HZ)
    made = json.loads(call(*into, "--file", tmp_path / "said.wav", "--takes", 2).stdout)
    assert made["added"] == len(made["takes"]) == 2
    assert [take["start_s"] for take in made["takes"]] == pytest.approx([1.0, 3.0], abs=0.2)


def test_the_microphone_prompts_until_enough_is_heard(
    into: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second word is too quiet; the last is more than was wanted.
    heard = spoken([0.5, 0.011, 0.4, 0.3], before_s=4.0)
    raw = tmp_path / "heard.raw"
    raw.write_bytes(np.round(heard * 32768).astype("<i2").tobytes())
    asked: list[str | None] = []

    def recorder(_rate_hz: int, device: str | None) -> list[str]:
        asked.append(device)
        return [sys.executable, "-c", PLAY, str(raw)]

    monkeypatch.setattr(record_module, "recorder_command", recorder)
    result = call(*into, "--takes", 2, "--device", "desk")
    made = json.loads(result.stdout)
    assert asked == ["desk"]
    assert [take["reason"] for take in made["takes"]] == ["", "too quiet", ""]
    assert made["added"] == len(clips(tmp_path / "kitchen")) == 2
    told = result.stderr.splitlines()
    assert told[:4] == ["in 3", "in 2", "in 1", 'say "go" (1 of 2)']
    assert 'say "go" (2 of 2)' in told


def test_silence_is_told_and_nothing_is_kept(into: list[object], tmp_path: Path) -> None:
    write_wave(tmp_path / "said.wav", spoken([]), RATE_HZ)
    error = refusal(*into, "--file", tmp_path / "said.wav")
    assert 'No take of "go"' in error.message
    assert clips(tmp_path / "kitchen") == []
