"""``manifest.csv``: ``path,label[,split][,speaker][,start_s][,duration_s][,index]``, one clip a row."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.atomic import replacing
from workbench.data.speakers import speaker_from_name
from workbench.data.task import Clip, Split
from workbench.errors import WorkbenchError

MANIFEST_NAME = "manifest.csv"
_DELIMITERS = ",;\t"
SPLIT_WORDS = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "val": Split.VAL,
    "valid": Split.VAL,
    "validation": Split.VAL,
    "dev": Split.VAL,
    "test": Split.TEST,
    "testing": Split.TEST,
}


@dataclass(frozen=True)
class Problem:
    """A file that was left out, or something about it that the user should know."""

    path: Path
    reason: str


def read_manifest(
    path: Path, inside: Path | None = None
) -> tuple[tuple[Clip, ...], tuple[Problem, ...]]:
    """Read the rows of a manifest; the files themselves are not looked at.

    Args:
        path: The manifest. Relative paths in it start at its folder.
        inside: Folder that no row may leave; None where the user's own manifest may name any file.

    Raises:
        WorkbenchError: when the file cannot be read or has no ``path`` and ``label`` columns.
    """
    clips: list[Clip] = []
    problems: list[Problem] = []
    for line, row in _table(path):
        values = {(key or "").strip().lower(): (value or "") for key, value in row.items() if key}
        clip = _clip_of(values, path.parent)
        if isinstance(clip, Problem):
            problems.append(Problem(clip.path, f"Line {line}: {clip.reason}"))
        elif inside is not None and not clip.path.resolve().is_relative_to(inside.resolve()):
            problems.append(Problem(clip.path, "The manifest names a file outside its own folder."))
        else:
            clips.append(clip)
    return tuple(clips), tuple(problems)


def _table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line numbers and rows after looking at the header."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = {name.strip().lower() for name in reader.fieldnames or ()}
        if missing := {"path", "label"} - columns:
            raise WorkbenchError(
                f"The manifest {path} has no column named {' or '.join(sorted(missing))}.",
                hint="Its first line must be path,label and may go on with ,split,speaker.",
            )
        for row in reader:
            yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WorkbenchError(
            f"The manifest {path} cannot be read: {error}.",
            hint="Save it as a CSV file in UTF-8 and try again.",
        ) from error


def _clip_of(values: dict[str, str], folder: Path) -> Clip | Problem:
    name, label = values["path"].strip(), values["label"].strip()
    word = values.get("split", "").strip().lower()
    path = Path(os.path.normpath(folder / name))
    if not name:
        return Problem(folder / MANIFEST_NAME, "No path.")
    if not label:
        return Problem(path, "No label.")
    if word and word not in SPLIT_WORDS:
        return Problem(path, f'The split "{word}" is none of train, val, test.')
    try:
        start_s = _seconds(values.get("start_s", ""))
        duration_s = _seconds(values.get("duration_s", ""))
    except ValueError:
        return Problem(path, "start_s and duration_s must be seconds, not below zero.")
    index = values.get("index", "").strip()
    if index and not (index.isascii() and index.isdigit()):
        return Problem(path, "index must be a whole number, not below zero.")
    speaker = values.get("speaker", "").strip() or speaker_from_name(path, label)
    return Clip(
        path,
        label,
        SPLIT_WORDS.get(word),
        speaker,
        start_s or 0.0,
        duration_s,
        int(index) if index else None,
    )


def _seconds(text: str) -> float | None:
    if not text.strip():
        return None
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(text)
    return value


def write_manifest(path: Path, clips: Iterable[Clip], relative: bool = True) -> None:
    """Write clips so that ``read_manifest`` gives them back; atomic.

    Args:
        path: File to write; its folder must exist.
        clips: What to write, in this order.
        relative: Paths relative to the manifest's folder, so that both can move together.

    Raises:
        WorkbenchError: when the folder cannot be written or the disk is full.
    """
    rows = list(clips)
    cells = {
        "path": [_written_path(clip.path, path.parent, relative) for clip in rows],
        "label": [clip.label for clip in rows],
        "split": [clip.split.value if clip.split else "" for clip in rows],
        "speaker": [clip.speaker for clip in rows],
    }
    if any(clip.start_s or clip.duration_s is not None for clip in rows):
        cells["start_s"] = [repr(clip.start_s) for clip in rows]
        cells["duration_s"] = [_or_empty(clip.duration_s) for clip in rows]
    if any(clip.index is not None for clip in rows):
        cells["index"] = [_or_empty(clip.index) for clip in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([list(cells), *zip(*cells.values(), strict=True)])
    try:
        with replacing(path) as file_out:
            file_out.write(text.getvalue().encode("utf-8"))
    except OSError as error:
        raise WorkbenchError(
            f"The manifest {path} cannot be written: {error.strerror}.",
            hint="Free some disk space or choose another folder, then try again.",
        ) from error


def _written_path(file: Path, folder: Path, relative: bool) -> str:
    return os.path.relpath(file.resolve(), folder.resolve()) if relative else str(file.resolve())


def _or_empty(value: float | None) -> str:
    return "" if value is None else repr(value)
