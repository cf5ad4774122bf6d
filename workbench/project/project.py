"""A project: tasks, their clips and their runs, in one folder that can be moved and copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench.audio.files import Samples
from workbench.cancel import CancelToken, RunState
from workbench.composing.library import Library
from workbench.data.headers import examined
from workbench.data.importers import read_clips
from workbench.data.levels import measure
from workbench.data.manifest import MANIFEST_NAME, Problem, write_manifest
from workbench.data.silence import RATE_HZ, noise_for
from workbench.data.splits import assign_splits, new_is_by_speaker, split_of_new
from workbench.data.task import SILENCE, Clip, Medium, Split, Task, ordered_classes
from workbench.errors import WorkbenchError
from workbench.project.catalogue import FILE_NAME, Catalogue, NewClip
from workbench.project.clip_files import ClipFiles
from workbench.project.clip_rows import ClipList, ClipRow
from workbench.project.intake import Intake
from workbench.project.listening import KeptListening
from workbench.project.lock import FILE_NAME as LOCK_NAME
from workbench.project.lock import ProjectLock
from workbench.project.records import ClipRecord, ImportReport, RunRecord, TaskRecord
from workbench.training.several_job import Job

__all__ = ["ClipRecord", "ImportReport", "Project", "RunRecord", "TaskRecord"]

LIBRARY_FOLDER = "library"
IMPORT_BATCH = 100
SPLIT_SEED = 0
Progress = Callable[[int, int], None]


class Project:
    """An open project. Any thread may call any method; each change is whole or not made.

    Attributes:
        folder: Where everything lies: ``project.db``, ``clips/``, ``runs/`` and ``library/``.
        listening: When a word counts as heard by each patch.
        library: Words learned one at a time, of all tasks and backbones.
    """

    def __init__(self, folder: Path, lock: ProjectLock) -> None:
        self.folder = folder
        self._lock = lock
        self._files = ClipFiles(folder)
        # A catalogue that is empty beside clips was damaged: starting afresh would hide them all.
        self._catalogue = Catalogue(folder, may_create=self._files.is_empty())
        self.listening = KeptListening(self._catalogue)
        self.library = Library(folder / LIBRARY_FOLDER)
        self._files.clear_temporaries()

    @classmethod
    def create(cls, folder: Path) -> Project:
        """Make a project in a new or empty folder and open it.

        Raises:
            WorkbenchError: when the folder is in use or cannot be written.
        """
        # A lock file alone is what a kill during an earlier attempt leaves.
        if folder.exists() and (
            not folder.is_dir() or any(entry.name != LOCK_NAME for entry in folder.iterdir())
        ):
            raise WorkbenchError(
                f"{folder} is not empty.", hint="Choose a new folder for the project."
            )
        _make_folder(folder)
        return cls._locked(folder)

    @classmethod
    def open(cls, folder: Path) -> Project:
        """Open an existing project.

        Raises:
            WorkbenchError: when there is none, it is open elsewhere, or it was saved by a newer version.
        """
        if not (folder / FILE_NAME).is_file():
            raise WorkbenchError(
                f"{folder} is not a project.", hint=f"Choose the folder that holds {FILE_NAME}."
            )
        return cls._locked(folder)

    @classmethod
    def _locked(cls, folder: Path) -> Project:
        lock = ProjectLock(folder)
        lock.acquire()
        try:
            return cls(folder, lock)
        except WorkbenchError:
            lock.release()
            raise

    def close(self) -> None:
        self._lock.release()

    @property
    def name(self) -> str:
        return self.folder.name

    def tasks(self, removed: bool = False) -> tuple[TaskRecord, ...]:
        """The tasks in the list, or those that were taken off it."""
        return self._catalogue.tasks(removed)

    def add_task(self, name: str) -> TaskRecord:
        return self._catalogue.add_task(name)

    def rename_task(self, task_id: str, name: str) -> None:
        self._catalogue.update_task(task_id, "name", name)

    def remove_task(self, task_id: str) -> None:
        """Take a task off the list; its clips and runs stay on disk and ``restore_task`` brings it back."""
        self._catalogue.update_task(task_id, "removed", 1)

    def restore_task(self, task_id: str) -> None:
        self._catalogue.update_task(task_id, "removed", 0)

    def clips(self, task_id: str, removed: bool = False) -> tuple[ClipRecord, ...]:
        """A task's clips, or those in its trash."""
        return self._catalogue.clips(task_id, removed)

    def clip_list(self, task_id: str) -> ClipList:
        """A task's clips and its trash in their light form; clips without a part are given one."""
        if any(part is None for _, part in self.clip_counts(task_id)):
            self._assign_missing_splits(task_id)
        return ClipList(self._catalogue.clip_rows(task_id))

    def clip_rows(self, ids: Sequence[str]) -> list[ClipRow]:
        """Clips as they are now, whether present or in the trash."""
        return self._catalogue.clips_named(ids)

    def clip_total(self, task_id: str) -> int:
        """How many clips a task has, those in its trash included."""
        return self._catalogue.total(task_id)

    def clip_counts(self, task_id: str) -> dict[tuple[str, Split | None], int]:
        """How many clips each class has in each part."""
        return self._catalogue.count_clips(task_id, "label")

    def newest_clip(self) -> int:
        """Number of the clip that was added last, to any task."""
        return self._catalogue.newest_clip()

    def clips_since(self, task_id: str, newest: int) -> tuple[str, ...]:
        """Ids of a task's clips that were added after ``newest_clip`` was asked for."""
        return self._catalogue.clips_after(task_id, newest)

    def import_clips(
        self,
        task_id: str,
        source: Path,
        token: CancelToken,
        progress: Progress = lambda _done, _total: None,
    ) -> ImportReport:
        """Copy a folder, manifest, zip or pair of IDX files into a task.

        Clips are added in batches: after a cancel or a failure those that were added stay. Splits
        that a source gives are kept; the others are assigned beside those of the task.

        Raises:
            WorkbenchError: when the source holds nothing usable or clips of another medium than the task's, or the
                disk is full.
            Cancelled: when the token was stopped.
        """
        clips, problems = read_clips(source, lambda _done, _total: token.check())
        return self._take_in(task_id, clips, problems, token, progress)

    def add_pictures(
        self,
        task_id: str,
        label: str,
        paths: Sequence[Path],
        token: CancelToken,
        progress: Progress = lambda _done, _total: None,
    ) -> ImportReport:
        """Copy single pictures into a class, as ``import_clips`` does with whole sources."""
        found = [examined(Clip(path, label), Medium.PICTURE) for path in paths]
        clips = [clip for one in found if not isinstance(one, Problem) for clip in one]
        problems = [one for one in found if isinstance(one, Problem)]
        return self._take_in(task_id, clips, problems, token, progress)

    def medium(self, task_id: str) -> Medium | None:
        """What a task's clips are, those in its trash included; None until it has some."""
        name = self._catalogue.any_file(task_id)
        return Clip(Path(name), "").medium if name else None

    def refuse_another_medium(self, task_id: str, medium: Medium) -> None:
        """A task is of sounds or of pictures.

        Raises:
            WorkbenchError: when this one holds the other kind.
        """
        held = self.medium(task_id)
        if held not in (None, medium):
            names = {Medium.SOUND: "recordings", Medium.PICTURE: "pictures"}
            raise WorkbenchError(
                f"This task holds {names[held]}, so no {names[medium]} can be added to it.",
                hint=f"Make a task of its own for the {names[medium]}.",
            )

    def _take_in(
        self,
        task_id: str,
        clips: Sequence[Clip],
        problems: list[Problem],
        token: CancelToken,
        progress: Progress,
    ) -> ImportReport:
        if clips:
            self.refuse_another_medium(task_id, clips[0].medium)
        intake = Intake(self._files, self.clips(task_id))
        added: list[str] = []
        for start in range(0, len(clips), IMPORT_BATCH):
            token.check()
            found = intake.take(clips[start : start + IMPORT_BATCH], token)
            problems += [one for one in found if isinstance(one, Problem)]
            batch = [one for one in found if isinstance(one, NewClip)]
            added += self._catalogue.add_clips(task_id, batch)
            progress(min(start + IMPORT_BATCH, len(clips)), len(clips))
        self._assign_missing_splits(task_id)
        # Of a damaged file of many pictures one problem is enough.
        return ImportReport(tuple(added), tuple(dict.fromkeys(problems)))

    def add_recording(
        self, task_id: str, label: str, speaker: str, samples: Samples, rate_hz: int
    ) -> ClipRecord:
        """Keep a recorded take (sample,) as a clip.

        Beside enough other speakers a person new to the task is trained on: what somebody records is
        meant to teach, and a hash might put all of it where it is only measured.
        """
        self.refuse_another_medium(task_id, Medium.SOUND)
        new = self._new_recording(label, speaker, samples, rate_hz)
        part = self._part_of_recording(task_id, new.clip)
        new = replace(new, clip=new.clip.with_split(part))
        return self.clip_rows(self._catalogue.add_clips(task_id, [new]))[0].record

    def _part_of_recording(self, task_id: str, clip: Clip) -> Split:
        counts = self._catalogue.count_clips(task_id, "speaker")
        if any(part is None for _, part in counts):
            self._assign_missing_splits(task_id)
            counts = self._catalogue.count_clips(task_id, "speaker")
        is_new = bool(clip.speaker) and all(speaker != clip.speaker for speaker, _ in counts)
        if is_new and clip.label != SILENCE and new_is_by_speaker(clip, counts):
            return Split.TRAIN

        def alike() -> list[Clip]:
            return [row.clip for row in self._catalogue.clips_of_label(task_id, clip.label)]

        return split_of_new(clip, counts, alike, SPLIT_SEED)

    def add_silence(self, task_id: str) -> tuple[str, ...]:
        """Make clips of generated noise, as many as a word has on average; returns their ids."""
        self.refuse_another_medium(task_id, Medium.SOUND)
        noises = noise_for(record.clip.label for record in self.clips(task_id))
        clips = [self._new_recording(SILENCE, "", noise, RATE_HZ) for noise in noises]
        ids = self._catalogue.add_clips(task_id, clips)
        self._assign_missing_splits(task_id)
        return tuple(ids)

    def remove_clips(self, ids: Sequence[str]) -> None:
        """Put clips into the trash; their files stay."""
        self._catalogue.update_clips(ids, "removed", 1)

    def restore_clips(self, ids: Sequence[str]) -> None:
        self._catalogue.update_clips(ids, "removed", 0)

    def relabel(self, ids: Sequence[str], label: str) -> None:
        self._catalogue.update_clips(ids, "label", label)

    def set_split(self, ids: Sequence[str], split: Split | None) -> None:
        self._catalogue.update_clips(ids, "split", split)

    def set_speaker(self, ids: Sequence[str], speaker: str) -> None:
        self._catalogue.update_clips(ids, "speaker", speaker)

    def redo_splits(self, task_id: str, seed: int = SPLIT_SEED) -> None:
        """Forget the parts of all clips and assign them anew, by speaker."""
        records = self.clips(task_id)
        clips = assign_splits([replace(record.clip, split=None) for record in records], seed)
        self._store_splits(records, clips)

    def task(self, task_id: str) -> Task:
        """The task as it stands; clips that a killed import left without a part are given one."""
        clips = self._assign_missing_splits(task_id)
        name = next((task.name for task in self.tasks() if task.id == task_id), "task")
        return Task(name, ordered_classes({clip.label for clip in clips}), clips)

    def _assign_missing_splits(self, task_id: str) -> tuple[Clip, ...]:
        """Clips that have a part keep it, and where speakers are whole, new clips follow theirs."""
        records = self.clips(task_id)
        clips = assign_splits([record.clip for record in records], SPLIT_SEED)
        self._store_splits(records, clips)
        return clips

    def unlisted_files(self) -> tuple[Path, ...]:
        """Audio in the project's folder that belongs to no task: what a kill or an older catalogue left."""
        return self._files.unlisted(self._catalogue.files_in_use())

    def _store_splits(self, records: Sequence[ClipRecord], clips: Sequence[Clip]) -> None:
        changed = [
            (clip.split, record.id)
            for record, clip in zip(records, clips, strict=True)
            if clip.split is not None and clip.split is not record.clip.split
        ]
        if changed:
            self._catalogue.set_splits(changed)

    def freeze_task(self, task_id: str, folder: Path) -> Path:
        """Write the task as a manifest that a run can read whatever happens to the project later."""
        task = self.task(task_id)
        if not task.clips:
            raise WorkbenchError(
                f"The task {task.name} has no clips.", hint="Record or import some first."
            )
        name = "".join(c if c.isalnum() or c in "-_ " else "-" for c in task.name).strip() or "task"
        target = folder / name / MANIFEST_NAME
        _make_folder(target.parent)
        write_manifest(target, task.clips)
        return target

    def runs(self, task_id: str | None = None) -> tuple[RunRecord, ...]:
        return self._catalogue.runs(task_id)

    def at_once(self) -> AbstractContextManager[None]:
        """Make what this thread changes in a ``with`` block one change of the catalogue: whole or not made."""
        return self._catalogue.at_once()

    def new_run(self, task_id: str, job: Job, others: Sequence[str] = ()) -> RunRecord:
        """List a run as queued, with the other tasks that it serves as well, and make its folder."""
        budget = job.config.get("budget")
        tasks = (task_id, *others)
        run = self._catalogue.add_run(tasks, job.method, budget, job.model_dump_json())
        try:
            _make_folder(run.folder)
        except WorkbenchError:
            self.set_run_state(run.id, RunState.FAILED)
            raise
        return run

    def set_run_state(self, run_id: str, state: RunState) -> None:
        self._catalogue.set_run_state(run_id, RunState(state))

    def finish_run(self, run_id: str, record: dict[str, Any]) -> None:
        """Keep what a run reported; of a run over several tasks each task keeps its own part."""
        self._catalogue.finish_run(run_id, record.get("tasks", (record,)))

    def interrupted_runs(self) -> tuple[RunRecord, ...]:
        """Runs that were neither finished nor given up: what a crash or a power cut left.

        Those of a removed task wait until it is restored.
        """
        listed = {task.id for task in self.tasks()}
        return tuple(
            run
            for run in self.runs()
            if run.leads and not run.state.is_over and run.task_id in listed
        )

    def _new_recording(self, label: str, speaker: str, samples: Samples, rate_hz: int) -> NewClip:
        name, sha = self._files.keep_recording(np.asarray(samples, np.float32), rate_hz)
        clip = Clip(self._files.folder / name, label, None, speaker)
        flags = tuple(str(flag) for flag in measure(samples, rate_hz).flags)
        return NewClip(name, sha, clip, len(samples) / rate_hz, flags)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(
            f"{folder} cannot be made: {error.strerror or error}.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error
