"""A task without a silence class gets one of noise; the same one each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.audio.files import read_audio
from workbench.data.silence import LEAST_CLIPS, noise_for, with_silence
from workbench.data.task import SILENCE, Clip, Split, Task


def words() -> Task:
    clips = [Clip(Path(f"{w}{p}.wav"), w, p) for w in ("go", "stop") for p in Split]
    return Task("words", ("go", "stop"), tuple(clips))


def test_as_many_clips_as_a_word_has_but_not_too_few() -> None:
    assert len(noise_for(["go"] * 50 + ["stop"] * 30 + ["_unknown_"] * 500)) == 40
    assert len(noise_for(["go"] * 3)) == LEAST_CLIPS


def test_noise_comes_first_among_classes_and_is_only_trained_on(tmp_path: Path) -> None:
    task = with_silence(words(), tmp_path)
    assert task.classes == (SILENCE, "go", "stop")
    made = [clip for clip in task.clips if clip.label == SILENCE]
    assert len(made) == LEAST_CLIPS
    assert {clip.split for clip in made} == {Split.TRAIN}
    assert all(0 < np.abs(read_audio(clip.path)).max() <= 1 for clip in made)
    assert task.clips[:6] == words().clips


def test_again_it_is_the_same(tmp_path: Path) -> None:
    first = with_silence(words(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert with_silence(words(), tmp_path) == first
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_task_with_silence_stays_as_it_is(tmp_path: Path) -> None:
    task = replace(words(), classes=(SILENCE, "go", "stop"))
    assert with_silence(task, tmp_path) is task
    assert not list(tmp_path.iterdir())
