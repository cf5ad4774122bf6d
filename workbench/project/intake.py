"""Takes clips into a project's folder: each is read to its end first, so that no damaged one enters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from workbench.audio import RATE_HZ
from workbench.audio.files import probe, read_audio
from workbench.cancel import CancelToken
from workbench.data.levels import measure
from workbench.data.manifest import Problem
from workbench.data.pictures import in_threads
from workbench.data.task import Clip, Medium
from workbench.errors import WorkbenchError
from workbench.images.decode import read_picture
from workbench.images.idx import read_idx
from workbench.project.catalogue import NewClip
from workbench.project.clip_files import ClipFiles
from workbench.project.records import ClipRecord

LEVEL_LIMIT_S = 30.0
_LEAST = (64, 64)
"""A JPEG is read whole but decoded at a fraction of its size, which finds the same damage sooner."""

Found = NewClip | Problem


class Intake:
    """One import.

    Args:
        files: Where copies are kept.
        present: What the task has already; the same content is not taken twice.
    """

    def __init__(self, files: ClipFiles, present: Iterable[ClipRecord]) -> None:
        self._files = files
        self._known = {_key(one.sha256, one.clip) for one in present}
        self._of_many: dict[Path, tuple[str, str] | Problem] = {}

    def take(self, clips: Sequence[Clip], token: CancelToken) -> list[Found]:
        """Copy clips in; why a clip is left out takes its place.

        Raises:
            WorkbenchError: when the disk is full.
            Cancelled: when the token was stopped.
        """
        for path in {clip.path for clip in clips if clip.index is not None}:
            if path not in self._of_many:
                self._of_many[path] = self._file_of_many(path)
        is_picture = bool(clips) and clips[0].medium is Medium.PICTURE
        found = in_threads(self._picture, clips, token) if is_picture else map(self._sound, clips)
        return [self._once(clip, one) for clip, one in zip(clips, found, strict=True)]

    def _once(self, clip: Clip, found: Found) -> Found:
        if isinstance(found, Problem):
            return found
        key = _key(found.sha256, clip)
        if key in self._known:
            return Problem(clip.path, "Already in this task.")
        self._known.add(key)
        return found

    def _sound(self, clip: Clip) -> Found:
        try:
            length_s = clip.duration_s or probe(clip.path).duration_s - clip.start_s
            heard_s = min(length_s, LEVEL_LIMIT_S)
            samples = read_audio(clip.path, start_s=clip.start_s, duration_s=heard_s)
        except WorkbenchError as error:
            return Problem(clip.path, error.message)
        name, sha = self._files.keep(clip.path)
        flags = tuple(str(flag) for flag in measure(samples, RATE_HZ).flags)
        return NewClip(name, sha, clip, length_s, flags, clip.name)

    def _picture(self, clip: Clip) -> Found:
        if clip.index is not None:
            kept = self._of_many[clip.path]
            return kept if isinstance(kept, Problem) else NewClip(*kept, clip, 0.0, (), clip.name)
        try:
            read_picture(clip.path, at_least=_LEAST)
        except WorkbenchError as error:
            return Problem(clip.path, error.message)
        return NewClip(*self._files.keep(clip.path), clip, 0.0, (), clip.name)

    def _file_of_many(self, path: Path) -> tuple[str, str] | Problem:
        """Copy a file of many pictures in, once for all of them."""
        try:
            read_idx(path)
        except WorkbenchError as error:
            return Problem(path, error.message)
        return self._files.keep(path)


def _key(sha256: str, clip: Clip) -> tuple[str, float, int | None]:
    return sha256, clip.start_s, clip.index
