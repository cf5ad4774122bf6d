"""A project: tasks, their clips and their runs, in one folder that can be moved and copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from workbench.audio import RATE_HZ
from workbench.audio.files import Samples
from workbench.cancel import CancelToken, RunState
from workbench.composing.library import Library
from workbench.data.headers import examined
from workbench.data.importers import read_clips
from workbench.data.manifest import MANIFEST_NAME, Problem, write_manifest
from workbench.data.silence import noise_for
from workbench.data.task import Clip, Medium, Split, Task, ordered_classes
from workbench.errors import WorkbenchError
from workbench.project.catalogue import FILE_NAME, Catalogue, NewClip
from workbench.project.clip_files import ClipFiles
from workbench.project.clip_rows import ClipList, ClipRow
from workbench.project.intake import Intake
from workbench.project.listening import KeptListening
from workbench.project.lock import FILE_NAME as LOCK_NAME
from workbench.project.lock import ProjectLock
from workbench.project.mediums import Mediums
from workbench.project.parts import SPLIT_SEED, Parts
from workbench.project.recordings import Origin, Recordings
from workbench.project.records import ClipRecord, ImportReport, RunRecord, TaskRecord
from workbench.training.several_job import Job

__all__ = ["ClipRecord", "ImportReport", "Project", "RunRecord", "TaskRecord"]

LIBRARY_FOLDER = "library"
IMPORT_BATCH = 100
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
        self._parts = Parts(self._catalogue)
        self._mediums = Mediums(self._catalogue)
        self._recordings = Recordings(self._files, self._catalogue, self._mediums, self._parts)
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
            self._parts.assign_missing(task_id)
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
        return self._mediums.of(task_id)

    def refuse_another_medium(self, task_id: str, medium: Medium) -> None:
        """A task is of sounds or of pictures.

        Raises:
            WorkbenchError: when this one holds the other kind.
        """
        self._mediums.refuse_another(task_id, medium)

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
        self._parts.assign_missing(task_id)
        # Of a damaged file of many pictures one problem is enough.
        return ImportReport(tuple(added), tuple(dict.fromkeys(problems)))

    def add_recording(
        self, task_id: str, label: str, speaker: str, samples: Samples, rate_hz: int
    ) -> ClipRecord:
        """Keep a recorded take (sample,) as a clip.

        Raises:
            WorkbenchError: when there is no label, the task is of pictures, or the disk is full.
        """
        origin = Origin(task=task_id, label=label, speaker=speaker)
        clip_id = self._recordings.add(origin, samples, rate_hz)
        return self.clip_rows([clip_id])[0].record

    def add_background(
        self, task_id: str, pieces: Iterable[Samples], rate_hz: int
    ) -> tuple[str, ...]:
        """Keep pieces of background noise (sample,) as clips, all or none; returns their ids.

        Raises:
            WorkbenchError: when the task is of pictures, or the disk is full.
        """
        return self._recordings.add_background(task_id, pieces, rate_hz)

    def add_silence(self, task_id: str) -> tuple[str, ...]:
        """Make clips of generated noise, as many as a word has on average; returns their ids."""
        noises = noise_for(record.clip.label for record in self.clips(task_id))
        return self.add_background(task_id, noises, RATE_HZ)

    def unlisted_recordings(self) -> tuple[str, ...]:
        """Names of recordings that lie in the project and belong to no task.

        A kill or a full disk came before their rows, or the catalogue is an older one from a backup.
        """
        return self._recordings.unlisted()

    def add_unlisted(self, names: Iterable[str], otherwise: str) -> tuple[str, ...]:
        """Make recordings clips of the tasks that they were made for; returns their ids.

        Args:
            names: Of ``unlisted_recordings``; those that belong to a task by now are left out.
            otherwise: Id of the task for those whose own is not in the list.

        Raises:
            WorkbenchError: when a task is of pictures, a file cannot be read, or the disk is full.
        """
        return self._recordings.add_unlisted(names, otherwise)

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
        self._parts.redo(task_id, seed)

    def task(self, task_id: str) -> Task:
        """The task as it stands; clips that a killed import left without a part are given one."""
        clips = self._parts.assign_missing(task_id)
        name = next((task.name for task in self.tasks() if task.id == task_id), "task")
        return Task(name, ordered_classes({clip.label for clip in clips}), clips)

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


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(
            f"{folder} cannot be made: {error.strerror or error}.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error
