"""From paths to batches: what every kind of run loads before it trains."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from workbench import locations
from workbench.audio.augment import AugmentConfig
from workbench.audio.files import Samples, read_audio
from workbench.audio.noise import NoiseKind, babble, generate
from workbench.backbones.inputs import InputConfig
from workbench.backbones.memory import keep_freed_memory
from workbench.cancel import CancelToken
from workbench.data.importers import ImportResult, load_task
from workbench.data.manifest import Problem
from workbench.data.store import PCM_SCALE, ClipStore
from workbench.data.task import SILENCE, Clip, Medium, Split, Task
from workbench.errors import WorkbenchError
from workbench.images.augment import PictureAugment
from workbench.images.config import PictureConfig
from workbench.training.batches import (
    LabelledRows,
    PictureBatches,
    SoundBatches,
    TrainingBatches,
    labelled,
    labelled_features,
)
from workbench.training.job import TrainingConfig

COLOUR_SECONDS = 20
BABBLE_SECONDS = 60
NOISE_LEVEL = 0.05
NOISE_SEED = 7
MOST_NOISE_CLIPS = 512
"""Each of a minute's babblers says some sixty clips, so more of them would hardly be heard."""

MOST_TOLD = 10
SMALLEST_BATCH, LARGEST_BATCH = 16, 32
STEPS_PER_EPOCH = 12

_log = logging.getLogger("workbench.data")


@dataclass(frozen=True)
class Prepared:
    """Batches to train on, and features of the other two parts."""

    batches: TrainingBatches
    validation: LabelledRows
    test: LabelledRows


def default_store() -> ClipStore:
    return ClipStore(locations.cache_dir() / "clips")


def usable_task(
    data: Path, config: InputConfig, store: ClipStore, token: CancelToken | None = None
) -> tuple[Task, tuple[Problem, ...]]:
    """Load a task without the files that cannot be used, and tell which these are.

    Raises:
        WorkbenchError: when nothing usable remains, or the task is of sound and the input of pictures or the other way.
    """
    return without_damaged(fitting_task(data, config), config, store, token)


def fitting_task(data: Path, config: InputConfig) -> ImportResult:
    """List a task without reading its files.

    Raises:
        WorkbenchError: as ``usable_task``.
    """
    imported = load_task(data)
    check_medium(imported.task, config)
    return imported


def without_damaged(
    imported: ImportResult, config: InputConfig, store: ClipStore, token: CancelToken | None = None
) -> tuple[Task, tuple[Problem, ...]]:
    """A listed task without the files that cannot be used, and which these are.

    Raises:
        WorkbenchError: when nothing usable remains.
    """
    clips, damaged = readable(imported.task.clips, config, store, token)
    problems = (*imported.problems, *damaged)
    tell_problems(imported.task.name, problems)
    labels = {clip.label for clip in clips}
    classes = tuple(label for label in imported.task.classes if label in labels)
    return replace(imported.task, classes=classes, clips=clips), problems


def check_medium(task: Task, config: InputConfig) -> None:
    """Raises: WorkbenchError when a task of pictures meets a backbone that hears, or the other way round."""
    sees = isinstance(config, PictureConfig)
    if sees is not (task.medium is Medium.PICTURE):
        kinds = ("pictures", "sound") if sees else ("sound", "pictures")
        raise WorkbenchError(
            f"The backbone takes {kinds[0]}, and {task.name} is a task of {kinds[1]}.",
            data="Nothing was started.",
            hint=f"Choose a backbone for {kinds[1]}, or a task of {kinds[0]}.",
        )


def readable(
    clips: Sequence[Clip],
    config: InputConfig,
    store: ClipStore,
    token: CancelToken | None = None,
) -> tuple[tuple[Clip, ...], tuple[Problem, ...]]:
    """The clips that can be decoded, and what is wrong with those that are damaged behind their header.

    Raises:
        WorkbenchError: when none can be decoded.
    """
    lost = store.unreadable(clips, config, token)
    kept = tuple(clip for clip in clips if clip not in lost)
    if lost and not kept:
        raise WorkbenchError(
            f"None of the {len(clips)} clips can be read. The first problem: {next(iter(lost.values()))}",
            data="Your clips are untouched.",
            hint="Record or import them again.",
        )
    return kept, tuple(Problem(clip.path, reason) for clip, reason in lost.items())


def tell_problems(name: str, problems: Sequence[Problem]) -> None:
    """Warn of what is wrong with a task's data; the command line shows warnings, the window keeps them in its log."""
    if not problems:
        return
    lines = [f"{problem.path}: {problem.reason}" for problem in problems[:MOST_TOLD]]
    if len(problems) > MOST_TOLD:
        lines.append(f"and {len(problems) - MOST_TOLD} more")
    _log.warning("found in %s:\n  %s", name, "\n  ".join(lines))


def prepare(
    task: Task,
    config: InputConfig,
    augment: AugmentConfig | PictureAugment | None,
    batch_size: int | None,
    token: CancelToken,
    store: ClipStore,
    noise_recordings: Sequence[Path] = (),
    smoothing: float = 0.0,
) -> Prepared:
    """Decode, cache and batch a task's clips.

    Args:
        augment: Strengths of the variation, for sound or for pictures as ``config`` is; None takes clips as they are.
        noise_recordings: Long recordings that are mixed into clips of sound.
        smoothing: Of the labels.

    Raises:
        WorkbenchError: when there is too little to train on.
    """
    keep_freed_memory()
    train = task.part(Split.TRAIN)
    if len(train) < 2 or len({clip.label for clip in train}) < 2:
        raise WorkbenchError(
            f"{task.name} has {len(train)} training clips; at least two classes with a clip each are needed.",
            data="Your clips are untouched.",
            hint="Record or import more clips.",
        )
    size = batch_size or automatic_batch_size(len(train))
    batches: TrainingBatches
    if isinstance(config, PictureConfig):
        assert not isinstance(augment, AugmentConfig)
        pictures = store.pictures(train, config, token)
        rows = labelled(pictures, train, task.classes)
        batches = PictureBatches(rows, config, augment, size, smoothing)
    else:
        assert not isinstance(augment, PictureAugment)
        waves = store.waves(train, config.rate_hz, config.clip_samples, token)
        rows = labelled(waves, train, task.classes)
        noise = noise_samples(task, store, config.rate_hz, token, noise_recordings)
        batches = SoundBatches(rows, config, augment, noise, size, smoothing)
    validation, test = (
        labelled_features(store, task.part(part), task.classes, config, token)
        for part in (Split.VAL, Split.TEST)
    )
    return Prepared(batches, validation, test)


def prepare_to_adapt(
    training: TrainingConfig, task: Task, config: InputConfig, token: CancelToken, store: ClipStore
) -> Prepared:
    """``prepare`` with the settings of a run.

    Raises:
        WorkbenchError: when there is too little to train on.
    """
    augment = training.variation(config)
    smoothing = training.label_smoothing
    return prepare(task, config, augment, training.batch_size, token, store, smoothing=smoothing)


def automatic_batch_size(clips: int) -> int:
    """Small batches take more steps at the same cost; a small task's epoch still has a dozen."""
    return min(LARGEST_BATCH, max(SMALLEST_BATCH, clips // STEPS_PER_EPOCH))


def noise_samples(
    task: Task, store: ClipStore, rate_hz: int, token: CancelToken, recordings: Sequence[Path] = ()
) -> Tensor:
    """Background (sample,) for augmentation, each part at about the same level.

    It is made of coloured noise, babble mixed from the training clips, the task's silence clips and long recordings.

    Raises:
        WorkbenchError: when the words cannot be heard.
    """
    generator = np.random.default_rng(NOISE_SEED)
    train = task.part(Split.TRAIN)
    words = [clip for clip in train if clip.label != SILENCE]
    silence = [clip for clip in train if clip.label == SILENCE]
    parts = [generate(kind, COLOUR_SECONDS * rate_hz, rate_hz, generator) for kind in NoiseKind]
    voices = _clip_samples(_drawn(words), store, rate_hz, token)
    if not np.any(voices):
        raise WorkbenchError(
            f"The training clips of {task.name} are silent: there is no word in them to learn.",
            data="Your clips are untouched.",
            hint="Check the microphone and its level, then record them again.",
        )
    parts.append(babble(list(voices), BABBLE_SECONDS * rate_hz, generator))
    parts += list(_clip_samples(_drawn(silence), store, rate_hz, token))
    parts += [read_audio(path, rate_hz) for path in recordings]
    return torch.from_numpy(np.concatenate([_levelled(part) for part in parts]))


def _drawn(clips: Sequence[Clip]) -> Sequence[Clip]:
    """All clips, or a fixed random choice where they would fill the memory."""
    if len(clips) <= MOST_NOISE_CLIPS:
        return clips
    chosen = np.random.default_rng(NOISE_SEED).choice(len(clips), MOST_NOISE_CLIPS, replace=False)
    return [clips[i] for i in sorted(chosen)]


def _clip_samples(
    clips: Sequence[Clip], store: ClipStore, rate_hz: int, token: CancelToken
) -> Samples:
    """A second's worth of each clip, (clip, sample)."""
    if not clips:
        return np.empty((0, rate_hz), np.float32)
    rows = store.waves(clips, rate_hz, rate_hz, token)
    samples: Samples = rows.take(slice(None)).astype(np.float32) / PCM_SCALE
    return samples


def _levelled(samples: Samples) -> Samples:
    level = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    return samples * (NOISE_LEVEL / level) if level > 1e-5 else samples


def namespaced(tasks: Sequence[Task]) -> Task:
    """Join tasks for pretraining: ``_silence_`` and ``_unknown_`` are shared, words keep their task's name.

    Raises:
        WorkbenchError: when two tasks have one name, since their words could not be told apart.
    """
    name, count = Counter(task.name for task in tasks).most_common(1)[0]
    if count > 1:
        raise WorkbenchError(
            f"{count} tasks are named {name}, so their words could not be told apart.",
            hint="Give each task once, and rename folders of the same name.",
        )
    clips: list[Clip] = []
    classes: list[str] = []
    for task in tasks:
        names = {c: c if c.startswith("_") else f"{task.name}:{c}" for c in task.classes}
        classes += [name for name in names.values() if name not in classes]
        clips += [replace(clip, label=names[clip.label]) for clip in task.clips]
    special = [name for name in classes if name.startswith("_")]
    words = [name for name in classes if not name.startswith("_")]
    return Task("+".join(t.name for t in tasks), (*special, *words), tuple(clips))


def content_fingerprint(task: Task, store: ClipStore) -> str:
    """Changes when a clip's content, label or part changes; not when files move."""
    hashes = store.content_hashes([clip.path for clip in task.clips])
    rows = sorted(
        f"{sha}:{clip.label}:{clip.split}:{clip.start_s}:{clip.duration_s}{_place(clip)}"
        for sha, clip in zip(hashes, task.clips, strict=True)
    )
    return "\n".join([*task.classes, *rows])


def _place(clip: Clip) -> str:
    """Of an example in a file that holds many; empty for a file of its own."""
    return "" if clip.index is None else f":{clip.index}"


def checked_folder(folder: Path) -> Path:
    """Make a run's folder.

    Raises:
        WorkbenchError: when it cannot be created or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise WorkbenchError(
            f"{folder} cannot be written: {error.strerror or error}.",
            hint="Choose a folder that you may write to.",
        ) from error
    return folder
