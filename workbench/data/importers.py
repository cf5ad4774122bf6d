"""Task data from a folder of classes, a manifest or a zip; what cannot be used is listed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.audio.files import AUDIO_SUFFIXES, probe
from workbench.data.archives import unpack
from workbench.data.manifest import MANIFEST_NAME, Problem, read_manifest
from workbench.data.speakers import speaker_from_name
from workbench.data.splits import assign_splits, hold_out_validation
from workbench.data.task import SILENCE, Clip, Split, Task, ordered_classes
from workbench.errors import WorkbenchError

__all__ = ["ImportResult", "Problem", "load_task", "read_clips"]

MIN_CLIP_S = 0.1
MAX_CLIP_S = 30.0
# Long noise recordings become silence clips of this length, as in the 12-way protocol.
SILENCE_CLIP_S = 1.0
_NOISE_FOLDER = "_background_noise_"
_SKIPPED_FOLDERS = frozenset({"__MACOSX"})
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
            file, or zip of either.
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
    usable: list[Clip] = []
    for done, clip in enumerate(listed):
        if progress and done % _PROGRESS_EVERY == 0:
            progress(done, len(listed))
        found = _examined(clip)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            usable.extend(found)
    if progress:
        progress(len(listed), len(listed))
    if not usable:
        first = next(iter(problems), None)
        why = f" The first problem: {first.path.name}: {first.reason}" if first else ""
        raise WorkbenchError(
            f"There are no usable audio clips in {source}.{why}",
            hint="Choose a folder with one sub-folder of recordings per word, or a manifest.csv.",
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
        root = unpack(source, AUDIO_SUFFIXES | {".csv"})
        return _folder_clips(root, inside=root)
    if source.suffix.lower() in (".csv", ".tsv"):
        return _without_repeats(*read_manifest(source))
    raise WorkbenchError(
        f"{source.name} is neither a folder, a manifest (.csv) nor a zip.",
        hint="Choose a folder with one sub-folder per word, a manifest.csv or a zip of either.",
    )


def _folder_clips(root: Path, inside: Path | None = None) -> tuple[list[Clip], list[Problem]]:
    manifest = root / MANIFEST_NAME
    if manifest.is_file():
        return _without_repeats(*read_manifest(manifest, inside))
    _refuse_project(root)
    clips: list[Clip] = []
    problems: list[Problem] = []
    folders = sorted(entry for entry in root.iterdir() if entry.is_dir() and _is_shown(entry.name))
    has_silence = any(folder.name == SILENCE for folder in folders)
    for folder in folders:
        label = SILENCE if folder.name == _NOISE_FOLDER else folder.name
        if folder.name == _NOISE_FOLDER and has_silence:
            problems.append(Problem(folder, f"Not needed: there is a {SILENCE} class."))
            continue
        before = len(clips)
        for path in _files_below(folder):
            if path.suffix.lower() in AUDIO_SUFFIXES:
                clips.append(Clip(path, label, speaker=speaker_from_name(path, label)))
            else:
                problems.append(Problem(path, "Not an audio file."))
        if len(clips) == before:
            problems.append(Problem(folder, "No audio files in this folder."))
    problems += [
        Problem(path, "Not inside the folder of a class.")
        for path in sorted(root.iterdir())
        if path.is_file() and path.suffix.lower() in AUDIO_SUFFIXES
    ]
    return clips, problems


def _refuse_project(folder: Path) -> None:
    """A project keeps labels and parts in its catalogue; its folders are no classes."""
    if not (folder / _PROJECT_FILE).is_file():
        return
    lists = sorted(folder.glob(f"runs/*/*/{MANIFEST_NAME}"), reverse=True)
    where = f"such as {lists[0]}" if lists else "which starting a run in the window writes"
    raise WorkbenchError(
        f"{folder} is a project, not a folder of classes.",
        hint=f"Every run keeps its task's clips, labels and parts in a {MANIFEST_NAME}: choose one, {where}.",
    )


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(filter(_is_shown, folders))
        yield from (Path(parent) / name for name in sorted(names) if _is_shown(name))


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED_FOLDERS


def _without_repeats(
    clips: Iterable[Clip], problems: Iterable[Problem]
) -> tuple[list[Clip], list[Problem]]:
    seen: dict[tuple[Path, float], str] = {}
    kept: list[Clip] = []
    found = list(problems)
    for clip in clips:
        first = seen.setdefault((clip.path, clip.start_s), clip.label)
        if len(seen) > len(kept):
            kept.append(clip)
        elif first == clip.label:
            found.append(Problem(clip.path, "Listed twice."))
        else:
            found.append(Problem(clip.path, f'Listed before, in the class "{first}".'))
    return kept, found


def _examined(clip: Clip) -> list[Clip] | Problem:
    """Look at one file's header: the clips that it gives, or why it gives none."""
    if clip.path.suffix.lower() not in AUDIO_SUFFIXES:
        return Problem(clip.path, "Not an audio file.")
    try:
        size = clip.path.stat().st_size
    except OSError:
        return Problem(clip.path, "This file does not exist or may not be read.")
    if size == 0:
        return Problem(clip.path, "Empty file.")
    try:
        file_s = probe(clip.path).duration_s
    except WorkbenchError as error:
        return Problem(clip.path, error.message)
    left_s = file_s - clip.start_s
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
