"""A silence class out of generated noise, for tasks that have none: without one, noise is taken for a word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples, write_wave
from workbench.audio.noise import backgrounds
from workbench.data.task import SILENCE, Clip, Split, Task, is_word, ordered_classes

LEAST_CLIPS = 20
SEED = 0


def noise_for(labels: Iterable[str]) -> list[Samples]:
    """A second of noise (sample,) for each clip that a word has on average, and some for the smallest tasks.

    Args:
        labels: Of all clips of the task.
    """
    words = [label for label in labels if is_word(label)]
    count = max(LEAST_CLIPS, round(len(words) / max(len(set(words)), 1)))
    return list(backgrounds(count, RATE_HZ, RATE_HZ, np.random.default_rng(SEED)))


def with_silence(task: Task, folder: Path) -> Task:
    """The task with a silence class to train on; as it is when it has one.

    The noise is only trained on, so that accuracy stays that of the clips somebody has brought.

    Args:
        task: Its clips stay as they are.
        folder: Where the noise is written; the same task gives the same files.
    """
    if SILENCE in task.classes:
        return task
    clips = []
    for i, noise in enumerate(noise_for(clip.label for clip in task.clips)):
        path = folder / f"noise-{i}.wav"
        write_wave(path, noise, RATE_HZ)
        clips.append(Clip(path, SILENCE, Split.TRAIN))
    classes = ordered_classes({*task.classes, SILENCE})
    return replace(task, classes=classes, clips=(*task.clips, *clips))
