"""Pairs of IDX files, pictures and their labels, as lists of examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from workbench.data.manifest import SPLIT_WORDS, Problem
from workbench.data.task import Clip, Split
from workbench.errors import WorkbenchError
from workbench.images.idx import idx_shape, read_idx
from workbench.images.suffixes import is_idx_pictures

_PARTS = {**SPLIT_WORDS, "t10k": Split.TEST}
"""MNIST calls its test part after its ten thousand pictures."""


def idx_files(folder: Path) -> list[Path]:
    """The files of pictures in a folder, not below it."""
    return sorted(path for path in folder.iterdir() if is_idx_pictures(path))


def idx_clips(files: Sequence[Path]) -> tuple[list[Clip], list[Problem]]:
    """The pictures in some files, each with the label that the file beside it has at the same place.

    Several files are parts of one task and are told apart by their names; a single one has no split.
    """
    clips: list[Clip] = []
    problems: list[Problem] = []
    taken: dict[str, Path] = {}
    for path in files:
        part = _part_word(path)
        if part in taken:
            problems.append(Problem(path, f"The same part as {taken[part].name}; not used."))
            continue
        taken[part] = path
        try:
            labels = _labels(path)
        except WorkbenchError as error:
            problems.append(Problem(path, error.message))
            continue
        split = _PARTS.get(part) if len(files) > 1 else None
        clips += [Clip(path, label, split, index=i) for i, label in enumerate(labels)]
    return clips, problems


def _part_word(path: Path) -> str:
    """Of ``emnist-letters-train-images-idx3-ubyte.gz``: train."""
    before, _, _ = path.name.lower().rpartition("images")
    return re.split(r"[-_.]", before.rstrip("-_."))[-1]


def _labels(path: Path) -> list[str]:
    found = _label_file(path)
    labels, pictures = read_idx(found), idx_shape(path)
    if labels.ndim != 1 or len(pictures) != 3 or len(labels) != pictures[0]:
        raise WorkbenchError(
            f"{path.name} has {pictures[0]} pictures and {found.name} {len(labels)} labels.",
            hint="Use two files that belong together.",
        )
    return [str(label) for label in labels.tolist()]


def _label_file(path: Path) -> Path:
    """The file of labels, which may be gzipped or not whatever the pictures are."""
    before, _, _ = path.name.rpartition("mages")
    start = before[:-1] + ("Labels" if before.endswith("I") else "labels")
    for link in "-.":
        for ending in ("", ".gz"):
            candidate = path.with_name(f"{start}{link}idx1-ubyte{ending}")
            if candidate.is_file():
                return candidate
    raise WorkbenchError(
        f"Beside {path.name} there is no file {start}-idx1-ubyte with its labels.",
        hint="Put both files into one folder.",
    )
