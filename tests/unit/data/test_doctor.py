"""Planted faults are reported, with their clips; a sound task gets no false alarm."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.unit.data.test_fingerprints import RATE_HZ, Utterances, shifted
from workbench.cancel import Cancelled, CancelToken
from workbench.data.doctor import Finding, Kind, Severity, examine
from workbench.data.levels import LevelFlag, measure
from workbench.data.task import Clip, Split, Task, ordered_classes


def task_of(clips: list[Clip]) -> Task:
    return Task("test", ordered_classes({clip.label for clip in clips}), tuple(clips))


def by_kind(findings: tuple[Finding, ...]) -> dict[Kind, list[Finding]]:
    return {kind: [f for f in findings if f.kind is kind] for kind in Kind}


@pytest.fixture
def sound(tmp_path: Path, utterances: Utterances) -> list[Clip]:
    """Thirty clips of one word, by speaker: 20 train, 5 val, 5 test; and noise."""
    parts = [Split.TRAIN] * 20 + [Split.VAL] * 5 + [Split.TEST] * 5
    clips = []
    noise = np.random.default_rng(0).standard_normal((30, RATE_HZ)) * 0.01
    for (speaker, samples), part, hiss in zip(utterances, parts, noise, strict=True):
        for label, content in (("stop", samples), ("_silence_", hiss)):
            path = tmp_path / label / f"{speaker}.flac"
            path.parent.mkdir(exist_ok=True)
            soundfile.write(path, content, RATE_HZ)
            clips.append(Clip(path, label, part, speaker if label == "stop" else ""))
    return clips


def test_a_sound_task_has_no_leak_and_no_warning(sound: list[Clip]) -> None:
    assert [f for f in examine(task_of(sound)) if f.severity is not Severity.INFO] == []


def test_planted_leaks_are_all_reported(
    sound: list[Clip], tmp_path: Path, utterances: Utterances
) -> None:
    original = [clip for clip in sound if clip.label == "stop"]
    recoded = tmp_path / "stop" / "recoded.ogg"
    soundfile.write(recoded, utterances[0][1], RATE_HZ, format="OGG", subtype="OPUS")
    moved = tmp_path / "stop" / "moved.wav"
    soundfile.write(moved, shifted(utterances[21][1], 80), RATE_HZ)
    same = tmp_path / "stop" / "same.flac"
    shutil.copy(original[2].path, same)
    planted = [
        Clip(recoded, "stop", Split.TEST, "new one"),
        Clip(moved, "stop", Split.TEST, "new two"),
        Clip(same, "stop", Split.VAL, "new three"),
    ]
    leaking = Clip(original[3].path, "stop", Split.TEST, original[4].speaker)
    rest = [clip for clip in sound if clip.path != leaking.path]
    found = by_kind(examine(task_of([*rest, *planted, leaking])))

    (speaker,) = found[Kind.SPEAKER_IN_SPLITS]
    assert leaking in speaker.clips
    assert original[4].speaker in speaker.text
    assert {finding.clips for finding in found[Kind.NEAR_DUPLICATE]} == {
        (original[0], planted[0]),
        (original[21], planted[1]),
    }
    (duplicate,) = found[Kind.DUPLICATE_IN_SPLITS]
    assert duplicate.clips == (original[2], planted[2])
    leaks = [speaker, duplicate, *found[Kind.NEAR_DUPLICATE]]
    assert all(finding.severity is Severity.LEAK and finding.fix for finding in leaks)


def test_the_same_file_under_two_labels_is_reported(sound: list[Clip], tmp_path: Path) -> None:
    first = sound[0]
    copy = tmp_path / "copy.flac"
    shutil.copy(first.path, copy)
    clips = [*sound, Clip(copy, "go", first.split, first.speaker)]
    (finding,) = by_kind(examine(task_of(clips)))[Kind.DUPLICATE_LABELS]
    assert finding.clips == (first, clips[-1])


def test_levels_and_unreadable_clips_are_reported(sound: list[Clip], tmp_path: Path) -> None:
    tone = np.sin(np.arange(RATE_HZ) * 0.3)
    amplitudes = {"silent": 1e-4, "quiet": 3e-3, "clipped": 1.5}
    bad = {}
    for name, amplitude in amplitudes.items():
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, np.clip(amplitude * tone, -1, 1), RATE_HZ)
        bad[name] = Clip(path, "stop", Split.TRAIN, "someone")
    broken = Clip(tmp_path / "broken.wav", "stop", Split.TRAIN, "someone")
    broken.path.write_bytes(b"RIFF")
    found = by_kind(examine(task_of([*sound, *bad.values(), broken])))
    assert found[Kind.SILENT][0].clips == (bad["silent"],)
    assert found[Kind.QUIET][0].clips == (bad["quiet"],)
    assert bad["clipped"] in found[Kind.CLIPPED][0].clips
    assert found[Kind.UNREADABLE][0].clips == (broken,)


def test_small_unbalanced_and_noiseless_tasks_are_reported(sound: list[Clip]) -> None:
    words = [clip for clip in sound if clip.label == "stop"]
    few = [Clip(clip.path, "go", clip.split, "") for clip in words[:3]]
    found = by_kind(examine(task_of([*words[3:], *few])))
    assert found[Kind.FEW_CLIPS][0].clips == tuple(few)
    assert found[Kind.UNKNOWN_SPEAKERS][0].clips == tuple(few)
    assert {finding.text for finding in found[Kind.NOT_MEASURED]} == {
        "No val clips of go.",
        "No test clips of go.",
    }
    assert "27 of stop, 3 of go" in found[Kind.IMBALANCE][0].text
    assert found[Kind.NO_SILENCE]


def test_one_speaker_is_said_to_be_split_by_clip(sound: list[Clip]) -> None:
    alone = [Clip(clip.path, clip.label, clip.split, "ann") for clip in sound]
    found = by_kind(examine(task_of(alone)))
    assert found[Kind.SPLIT_BY_CLIP]
    assert "1 speaker is in more than one" in found[Kind.SPEAKER_IN_SPLITS][0].text


def test_examination_can_be_stopped_and_tells_how_far_it_is(sound: list[Clip]) -> None:
    steps: list[tuple[int, int]] = []
    examine(task_of(sound[:4]), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    token = CancelToken()
    token.stop()
    with pytest.raises(Cancelled):
        examine(task_of(sound), token)


def test_a_sine_has_its_known_level() -> None:
    tone = (0.1 * np.sin(2 * np.pi * 100 * np.arange(RATE_HZ) / RATE_HZ)).astype(np.float32)
    levels = measure(tone, RATE_HZ)
    assert levels.loudest_db == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=0.01)
    assert levels.flags == ()
    assert measure(np.zeros(0, np.float32), RATE_HZ).flags == (LevelFlag.SILENT,)
