"""Recordings made in the project. Each file says what it is, so that it can be listed again without its row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pydantic import BaseModel, ValidationError

from workbench.audio.files import Samples, encode_wave, probe, read_audio, read_comment
from workbench.data.levels import measure
from workbench.data.task import SILENCE, Clip, Medium
from workbench.errors import WorkbenchError
from workbench.project.catalogue import Catalogue, NewClip
from workbench.project.clip_files import ClipFiles
from workbench.project.mediums import Mediums
from workbench.project.parts import Parts


class Origin(BaseModel, frozen=True):
    """What a recording was made as; the comment of its file, as JSON.

    Attributes:
        task: Id of the task.
        label: The word, or a class such as ``_silence_``.
        speaker: Who spoke; empty where nobody did.
    """

    task: str
    label: str
    speaker: str


class Recordings:
    """Puts recordings into tasks, and finds those that belong to none; see ``Project`` for the errors."""

    def __init__(
        self, files: ClipFiles, catalogue: Catalogue, mediums: Mediums, parts: Parts
    ) -> None:
        self._files, self._catalogue = files, catalogue
        self._mediums, self._parts = mediums, parts

    def add(self, origin: Origin, samples: Samples, rate_hz: int) -> str:
        """Keep a take (sample,) in [-1, 1]; returns the id of its clip."""
        if not origin.label.strip():
            raise WorkbenchError(
                "The recording has no word to be filed under.", hint="Type the word that is said."
            )
        self._mediums.refuse_another(origin.task, Medium.SOUND)
        new = self._written(origin, samples, rate_hz)
        part = self._parts.of_recording(origin.task, new.clip)
        new = replace(new, clip=new.clip.with_split(part))
        return self._catalogue.add_clips(origin.task, [new])[0]

    def add_background(
        self, task_id: str, pieces: Iterable[Samples], rate_hz: int
    ) -> tuple[str, ...]:
        """Keep pieces of noise (sample,), all or none; returns the ids of their clips."""
        self._mediums.refuse_another(task_id, Medium.SOUND)
        origin = Origin(task=task_id, label=SILENCE, speaker="")
        return self._add_whole(task_id, [self._written(origin, piece, rate_hz) for piece in pieces])

    def unlisted(self) -> tuple[str, ...]:
        """Names of recordings that belong to no task."""
        # The files come first: one whose row is written meanwhile is not taken for lost.
        names = self._files.waves()
        in_use = self._catalogue.files_in_use()
        return tuple(name for name in names if name not in in_use and self._origin(name))

    def add_unlisted(self, names: Iterable[str], otherwise: str) -> tuple[str, ...]:
        """Put recordings into the tasks that they were made for; returns the ids of their clips."""
        in_use = self._catalogue.files_in_use()
        tasks = {task.id for task in self._catalogue.tasks()}
        found: dict[str, list[NewClip]] = defaultdict(list)
        for name in names:
            origin = self._origin(name)
            if origin is not None and name not in in_use:
                task_id = origin.task if origin.task in tasks else otherwise
                found[task_id].append(self._found_again(name, origin))
        for task_id in found:
            self._mediums.refuse_another(task_id, Medium.SOUND)
        return tuple(
            clip_id for task_id, new in found.items() for clip_id in self._add_whole(task_id, new)
        )

    def _add_whole(self, task_id: str, clips: Sequence[NewClip]) -> tuple[str, ...]:
        ids = self._catalogue.add_clips(task_id, clips)
        self._parts.assign_missing(task_id)
        return ids

    def _written(self, origin: Origin, samples: Samples, rate_hz: int) -> NewClip:
        content = encode_wave(samples, rate_hz, origin.model_dump_json())
        name, sha = self._files.keep_recording(content)
        return self._new(name, sha, origin, samples, rate_hz)

    def _found_again(self, name: str, origin: Origin) -> NewClip:
        path = self._files.folder / name
        rate_hz = probe(path).rate_hz
        return self._new(name, path.stem, origin, read_audio(path, rate_hz), rate_hz)

    def _new(self, name: str, sha: str, origin: Origin, samples: Samples, rate_hz: int) -> NewClip:
        clip = Clip(self._files.folder / name, origin.label, None, origin.speaker)
        flags = tuple(str(flag) for flag in measure(samples, rate_hz).flags)
        return NewClip(name, sha, clip, len(samples) / rate_hz, flags)

    def _origin(self, name: str) -> Origin | None:
        try:
            return Origin.model_validate_json(read_comment(self._files.folder / name))
        except ValidationError:
            return None
