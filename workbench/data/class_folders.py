"""A folder with one sub-folder per class, of sounds or of pictures, as a list of candidates."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.data.headers import STRANGER, is_of, is_sound, medium_of
from workbench.data.manifest import SPLIT_WORDS, Problem
from workbench.data.speakers import speaker_from_name
from workbench.data.task import SILENCE, Clip, Medium, Split
from workbench.images.suffixes import is_picture

_NOISE_FOLDER = "_background_noise_"
_SKIPPED_FOLDERS = frozenset({"__MACOSX"})


@dataclass(frozen=True)
class _Found:
    """A file, and the folder beside the other classes that it was found below."""

    folder: Path
    path: Path


def class_folder_clips(root: Path) -> tuple[list[Clip], list[Problem]]:
    """Name the candidates below each class's folder, and what is wrong already; no file is opened.

    Folders ``train``, ``val`` and ``test`` with the classes of pictures inside are taken for parts.
    """
    folders = sorted(entry for entry in root.iterdir() if entry.is_dir() and _is_shown(entry.name))
    found, problems = _files_below(root, folders)
    medium = medium_of(one.path for one in found)
    kept = [one for one in found if is_of(one.path, medium)]
    problems += [
        Problem(one.path, STRANGER[medium]) for one in found if not is_of(one.path, medium)
    ]
    told = {problem.path for problem in problems} | {one.folder for one in kept}
    empty = [folder for folder in folders if folder not in told]
    noun = "audio files" if medium is Medium.SOUND else "pictures"
    problems += [Problem(folder, f"No {noun} in this folder.") for folder in empty]
    problems += [
        Problem(path, "Not inside the folder of a class.")
        for path in sorted(root.iterdir())
        if path.is_file() and _is_shown(path.name) and (is_sound(path) or is_picture(path))
    ]
    if medium is Medium.SOUND:
        has_silence = any(folder.name == SILENCE for folder in folders)
        return _sounds(kept, has_silence, problems), problems
    if _are_parts(folders, kept):
        return _pictures_of_parts(kept, problems), problems
    return [Clip(one.path, one.folder.name) for one in kept], problems


def _sounds(found: Sequence[_Found], has_silence: bool, problems: list[Problem]) -> list[Clip]:
    """Recordings of noise are silence, unless there is a class of silence."""
    noise = next((one.folder for one in found if one.folder.name == _NOISE_FOLDER), None)
    if noise and has_silence:
        problems.append(Problem(noise, f"Not needed: there is a {SILENCE} class."))
        found = [one for one in found if one.folder != noise]
    clips = []
    for one in found:
        label = SILENCE if one.folder == noise else one.folder.name
        clips.append(Clip(one.path, label, speaker=speaker_from_name(one.path, label)))
    return clips


def _are_parts(folders: Sequence[Path], found: Sequence[_Found]) -> bool:
    """Whether the folders are the parts of a task, and its classes lie inside them."""
    parts = {folder: SPLIT_WORDS.get(folder.name.lower()) for folder in folders}
    training = {folder for folder, part in parts.items() if part is Split.TRAIN}
    if not training or None in parts.values():
        return False
    return all(one.path.parent not in training for one in found)


def _pictures_of_parts(found: Sequence[_Found], problems: list[Problem]) -> list[Clip]:
    clips = []
    for one in found:
        label, *rest = one.path.relative_to(one.folder).parts
        if rest:
            clips.append(Clip(one.path, label, SPLIT_WORDS[one.folder.name.lower()]))
        else:
            problems.append(Problem(one.path, "Not inside the folder of a class."))
    return clips


def _files_below(root: Path, folders: Sequence[Path]) -> tuple[list[_Found], list[Problem]]:
    """All files that are not hidden. Links to folders are followed at the first level only, so nothing goes round."""
    found: list[_Found] = []
    problems: list[Problem] = []
    for folder in folders:
        if root.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(folder, "A link to a folder that it lies in."))
            continue
        for parent, below, names in os.walk(folder):
            below[:] = sorted(filter(_is_shown, below))
            links = [Path(parent) / name for name in below if (Path(parent) / name).is_symlink()]
            problems += [
                Problem(link, "A link to a folder, which is not followed.") for link in links
            ]
            found += [
                _Found(folder, Path(parent) / name) for name in sorted(filter(_is_shown, names))
            ]
    return found, problems


def _is_shown(name: str) -> bool:
    return not name.startswith(".") and name not in _SKIPPED_FOLDERS
