"""Task data from a folder of classes, a manifest, a zip or IDX files; what cannot be used is listed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from workbench.data.archives import unpack
from workbench.data.class_folders import class_folder_clips
from workbench.data.headers import examined, is_sound, medium_of
from workbench.data.idx_pairs import idx_clips, idx_files
from workbench.data.manifest import MANIFEST_NAME, Problem, read_manifest
from workbench.data.splits import assign_splits, hold_out_validation
from workbench.data.task import Clip, Medium, Split, Task, ordered_classes
from workbench.errors import WorkbenchError
from workbench.images.suffixes import is_idx_labels, is_idx_pictures, is_picture

__all__ = ["ImportResult", "Problem", "load_task", "read_clips"]

_PROGRESS_EVERY = 64
_PROJECT_FILE = "project.db"
"""Mark of a project; the room that writes it lies above this one."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportResult:
    """A usable task and what was left out of it."""

    task: Task
    problems: tuple[Problem, ...]


def load_task(source: Path, seed: int = 0, progress: Progress | None = None) -> ImportResult:
    """Load clips, labels, speakers and splits; only file headers are read.

    Args:
        source: Folder of classes (``DIR/<label>/<clip>``), folder with ``manifest.csv``, manifest
            file, or zip of either; for pictures also ``DIR/<part>/<label>/<picture>``, and a pair of IDX files or
            a folder of them. Most of its files decide whether it is a task of sounds or of pictures.
        seed: Seed of the split of the clips that have none yet.
        progress: Called now and then with the number of files looked at and their total.

    Raises:
        WorkbenchError: when there is nothing usable in ``source``.
    """
    source = Path(os.path.abspath(source))  # noqa: PTH100 - keeps links, unlike resolve()
    return _split_task(source, *read_clips(source, progress), seed)


def read_clips(source: Path, progress: Progress | None = None) -> tuple[list[Clip], list[Problem]]:
    """Find the usable clips of a source; only those that a manifest gives a split have one.

    Raises:
        WorkbenchError: when there is nothing usable in ``source``.
    """
    listed, problems = _listed_clips(source)
    medium = medium_of([clip.path for clip in listed] or [found.path for found in problems])
    usable: list[Clip] = []
    for done, clip in enumerate(listed):
        if progress and done % _PROGRESS_EVERY == 0:
            progress(done, len(listed))
        given = examined(clip, medium)
        if isinstance(given, Problem):
            problems.append(given)
        else:
            usable.extend(given)
    if progress:
        progress(len(listed), len(listed))
    if not usable:
        first = next(iter(problems), None)
        why = f" The first problem: {first.path.name}: {first.reason}" if first else ""
        what = "audio clips" if medium is Medium.SOUND else "pictures"
        raise WorkbenchError(
            f"There are no usable {what} in {source}.{why}",
            hint="Choose a folder with one sub-folder of recordings per word or of pictures per class, or a "
            "manifest.csv.",
        )
    return usable, problems


def _split_task(
    source: Path, usable: list[Clip], problems: list[Problem], seed: int
) -> ImportResult:
    clips = assign_splits(usable, seed)
    if all(clip.split for clip in usable) and not any(c.split is Split.VAL for c in clips):
        held_out = hold_out_validation(clips, seed)
        if held_out != clips:
            reason = "It names no validation clips, so some of its training clips are used as such."
            problems.append(Problem(source, reason))
        clips = held_out
    classes = ordered_classes({clip.label for clip in clips})
    return ImportResult(Task(task_name(source), classes, clips), tuple(problems))


def task_name(source: Path) -> str:
    """How a task that is loaded from this place is called."""
    if source.name == MANIFEST_NAME:
        return source.parent.name
    # A folder's name has no ending: words.en and words.ar are two tasks.
    return source.name if source.is_dir() else source.stem


def _listed_clips(source: Path) -> tuple[list[Clip], list[Problem]]:
    """Name the candidate clips of any kind of source, and what is wrong already."""
    if source.is_dir():
        return _folder_clips(source)
    if not source.is_file():
        raise WorkbenchError(
            f"{source} does not exist.", hint="Check its name, or choose another folder."
        )
    if source.suffix.lower() == ".zip":
        root = unpack(source, _is_unpacked)
        return _folder_clips(root, inside=root)
    if is_idx_pictures(source):
        return idx_clips([source])
    if source.suffix.lower() in (".csv", ".tsv"):
        return _without_repeats(*read_manifest(source))
    raise WorkbenchError(
        f"{source.name} is neither a folder, a manifest (.csv) nor a zip.",
        hint="Choose a folder with one sub-folder per class, a manifest.csv or a zip of either.",
    )


def _is_unpacked(path: PurePath) -> bool:
    return (
        is_sound(path) or is_picture(path) or is_idx_labels(path) or path.suffix.lower() == ".csv"
    )


def _folder_clips(root: Path, inside: Path | None = None) -> tuple[list[Clip], list[Problem]]:
    manifest = root / MANIFEST_NAME
    if manifest.is_file():
        return _without_repeats(*read_manifest(manifest, inside))
    _refuse_project(root)
    if files := idx_files(root):
        return idx_clips(files)
    return class_folder_clips(root)


def _refuse_project(folder: Path) -> None:
    """A project keeps labels and parts in its catalogue; its folders are no classes."""
    if not (folder / _PROJECT_FILE).is_file():
        return
    lists = sorted(folder.glob(f"runs/*/*/{MANIFEST_NAME}"), reverse=True)
    such_as = f", such as {lists[0]}" if lists else ""
    raise WorkbenchError(
        f"{folder} is a project, not a folder of classes.",
        hint=f"Choose a {MANIFEST_NAME} of one of its tasks: workbench project manifest writes it, and every run keeps "
        f"one{such_as}.",
    )


def _without_repeats(
    clips: Iterable[Clip], problems: Iterable[Problem]
) -> tuple[list[Clip], list[Problem]]:
    seen: dict[tuple[Path, float, int | None], str] = {}
    kept: list[Clip] = []
    found = list(problems)
    for clip in clips:
        first = seen.setdefault((clip.path, clip.start_s, clip.index), clip.label)
        if len(seen) > len(kept):
            kept.append(clip)
        elif first == clip.label:
            found.append(Problem(clip.path, "Listed twice."))
        else:
            found.append(Problem(clip.path, f'Listed before, in the class "{first}".'))
    return kept, found
