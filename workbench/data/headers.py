"""Looks at the header of one file: whether it can be used, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath

from workbench.audio.files import AUDIO_SUFFIXES
from workbench.audio.files import probe as probe_sound
from workbench.data.manifest import Problem
from workbench.data.task import SILENCE, Clip, Medium
from workbench.errors import WorkbenchError
from workbench.images.decode import probe as probe_picture
from workbench.images.idx import idx_shape
from workbench.images.suffixes import is_idx_pictures, is_picture

MIN_CLIP_S = 0.1
MAX_CLIP_S = 30.0
# Long noise recordings become silence clips of this length, as in the 12-way protocol.
SILENCE_CLIP_S = 1.0
MIN_SIDE = 4
"""Pixels; what is smaller is a spacer of a web page, not a picture of something."""

STRANGER = {Medium.SOUND: "Not an audio file.", Medium.PICTURE: "Not a picture."}


def is_sound(path: PurePath) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def is_of(path: PurePath, medium: Medium) -> bool:
    """Whether a file's name says that it is of this medium."""
    return is_sound(path) if medium is Medium.SOUND else is_picture(path)


def medium_of(paths: Iterable[Path]) -> Medium:
    """What most of these files are: a task is of one medium, and a cover beside songs makes it none of pictures."""
    lead = 0
    for path in paths:
        lead += int(is_picture(path)) - int(is_sound(path))
    return Medium.PICTURE if lead > 0 else Medium.SOUND


def examined(clip: Clip, medium: Medium) -> list[Clip] | Problem:
    """Look at one file's header: the clips that it gives in a task of this medium, or why it gives none."""
    if not is_of(clip.path, medium):
        return Problem(clip.path, STRANGER[medium])
    try:
        size = clip.path.stat().st_size
    except OSError:
        return Problem(clip.path, "This file does not exist or may not be read.")
    if size == 0:
        return Problem(clip.path, "Empty file.")
    try:
        return _sound_clips(clip) if medium is Medium.SOUND else _picture_clips(clip)
    except WorkbenchError as error:
        return Problem(clip.path, error.message)


def _picture_clips(clip: Clip) -> list[Clip] | Problem:
    if clip.start_s or clip.duration_s is not None:
        return Problem(clip.path, "A picture has no start and no duration.")
    if not is_idx_pictures(clip.path):
        if clip.index is not None:
            return Problem(clip.path, "The file holds one picture, so it has no index.")
        info = probe_picture(clip.path)
        return _large_enough(clip, info.width, info.height)
    shape = idx_shape(clip.path)
    if clip.index is None or len(shape) != 3 or clip.index >= shape[0]:
        return Problem(clip.path, f"The index must tell which of its {shape[0]} pictures is meant.")
    return _large_enough(clip, shape[2], shape[1])


def _large_enough(clip: Clip, width: int, height: int) -> list[Clip] | Problem:
    if min(width, height) < MIN_SIDE:
        return Problem(clip.path, f"Too small: {width} x {height} pixels.")
    return [clip]


def _sound_clips(clip: Clip) -> list[Clip] | Problem:
    if clip.index is not None:
        return Problem(clip.path, "A recording has no index.")
    left_s = probe_sound(clip.path).duration_s - clip.start_s
    length_s = left_s if clip.duration_s is None else min(clip.duration_s, left_s)
    if length_s < MIN_CLIP_S:
        return Problem(clip.path, f"Too short: {max(0.0, length_s):.2f} s.")
    if clip.label == SILENCE and clip.duration_s is None and length_s >= 2 * SILENCE_CLIP_S:
        return _pieces(clip, length_s)
    if length_s > MAX_CLIP_S:
        return Problem(clip.path, f"Too long: {length_s:.0f} s, the limit is {MAX_CLIP_S:.0f} s.")
    return [clip]


def _pieces(clip: Clip, length_s: float) -> list[Clip]:
    return [
        replace(clip, start_s=clip.start_s + index * SILENCE_CLIP_S, duration_s=SILENCE_CLIP_S)
        for index in range(int(length_s / SILENCE_CLIP_S))
    ]
