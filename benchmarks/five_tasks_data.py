"""Five real audio tasks for ``five_tasks.py``, each a manifest of a fixed part of the shared sounds.

What one task measures on, no task trains on: speakers of the validation parts are heard nowhere in training, speakers
are told apart by words and takes that no task trains on, and pieces of one recording stay in one part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.audio.files import probe, read_audio
from workbench.data.importers import load_task, read_clips
from workbench.data.manifest import MANIFEST_NAME, write_manifest
from workbench.data.splits import assign_splits
from workbench.data.task import Clip, Split

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
ENGLISH, ARABIC, OTHERS, SOUNDS = (
    DATA / name
    for name in ("speech/english-12", "speech/arabic-40", "speech/english-extra", "sounds")
)
PIECE_S = 0.975
"""What an audio encoder hears at once."""

QUIETEST = 0.1
"""Of a recording's loudest piece: recordings are filled up with silence, which is no dog."""

HELD_TAKE = 5
HELD_WORDS = 10
VALIDATION_FOLD = 3
SEED = 0


def english_words() -> Iterator[Clip]:
    """Twelve classes; the speakers of both other parts are validation."""
    for clip in load_task(ENGLISH, SEED).task.clips:
        yield clip if clip.split is Split.TRAIN else clip.with_split(Split.VAL)


def arabic_words() -> Iterator[Clip]:
    """Forty classes; the last take of the training speakers is left to ``arabic_speaker``."""
    for clip in load_task(ARABIC).task.clips:
        if clip.split is Split.VAL or take_of(clip) != HELD_TAKE:
            yield clip


def arabic_speaker() -> Iterator[Clip]:
    """Who of the training speakers it is, measured on the last take of words that are not trained on."""
    task = load_task(ARABIC).task
    held = set(task.classes[:: len(task.classes) // HELD_WORDS])
    for clip in task.part(Split.TRAIN):
        part = Split.VAL if take_of(clip) == HELD_TAKE else Split.TRAIN
        if (clip.label in held) == (part is Split.VAL):
            yield replace(clip, label=f"speaker {clip.speaker}", split=part)


def sounds() -> Iterator[Clip]:
    """Ten classes of environmental sounds, cut in pieces."""
    for clip in read_clips(SOUNDS)[0]:
        fold = int(clip.path.name[0])
        part = Split.VAL if fold == VALIDATION_FOLD else Split.TRAIN
        yield from loud_pieces(replace(clip, split=part, speaker=clip.path.stem[:-2]))


def language() -> Iterator[Clip]:
    """English, Arabic or no speech; words of a third collection, so that codecs do not tell the languages apart."""
    for clip in assign_splits([*english_words(), *whole(read_clips(OTHERS)[0])], SEED):
        if clip.path.is_relative_to(OTHERS):
            part = Split.TRAIN if clip.split is Split.TRAIN else Split.VAL
            yield replace(clip, label="english", split=part)
    yield from (replace(clip, label="arabic") for clip in arabic_words())
    yield from (replace(clip, label="no speech") for clip in sounds())


TASKS: dict[str, Callable[[], Iterator[Clip]]] = {
    "english words": english_words,
    "arabic words": arabic_words,
    "arabic speaker": arabic_speaker,
    "sounds": sounds,
    "language": language,
}
MOST = {
    "english words": {Split.TRAIN: 160, Split.VAL: 40},
    "arabic words": {Split.TRAIN: 48, Split.VAL: 12},
    "arabic speaker": {Split.TRAIN: 80, Split.VAL: 10},
    "sounds": {Split.TRAIN: 160, Split.VAL: 40},
    "language": {Split.TRAIN: 400, Split.VAL: 140},
}
"""Clips of a class by part, at most."""


def write_tasks(folder: Path) -> tuple[Path, ...]:
    """A folder with a manifest for each task; those that are there stay as they are."""
    return tuple(_written(name, folder / name.replace(" ", "-")) for name in TASKS)


def _written(name: str, folder: Path) -> Path:
    if not (folder / MANIFEST_NAME).exists():
        folder.mkdir(parents=True, exist_ok=True)
        clips = part_of(list(TASKS[name]()), MOST[name])
        write_manifest(folder / MANIFEST_NAME, clips, relative=False)
    return folder


def part_of(clips: Sequence[Clip], most: dict[Split, int]) -> Iterator[Clip]:
    """So many clips of each class and part, drawn by a fixed rule."""
    counts: Counter[tuple[str, Split | None]] = Counter()
    for i in np.random.default_rng(SEED).permutation(len(clips)):
        clip = clips[i]
        counts[clip.label, clip.split] += 1
        if clip.split and counts[clip.label, clip.split] <= most[clip.split]:
            yield clip


def take_of(clip: Clip) -> int:
    """Number of the take of an Arabic word, from 1."""
    return int(clip.path.stem.rpartition("_")[2])


def whole(clips: Iterable[Clip]) -> Iterator[Clip]:
    """Those that fill a piece: silence behind a shorter one would tell where it comes from."""
    return (clip for clip in clips if probe(clip.path).duration_s >= PIECE_S)


def loud_pieces(clip: Clip) -> Iterator[Clip]:
    """Pieces of a recording that are not its silence."""
    samples = read_audio(clip.path)
    size = round(PIECE_S * 16000)
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    levels = np.sqrt(np.mean(np.square(pieces), axis=1))
    for i in np.flatnonzero(levels >= QUIETEST * levels.max()):
        yield replace(clip, start_s=float(i * PIECE_S), duration_s=PIECE_S)
