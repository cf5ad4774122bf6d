"""The project's own copies of recordings and pictures, named by what they contain."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from workbench.atomic import TEMPORARY_SUFFIX, replacing, write_bytes
from workbench.errors import WorkbenchError
from workbench.images.suffixes import is_idx_pictures

FOLDER = "clips"
_IDX = "-images-idx3-ubyte"
"""Ends the names of files of many pictures: they are told from their names alone."""


class ClipFiles:
    """Copies under ``clips/<two digits>/<hash><suffix>``; equal content is kept once."""

    def __init__(self, project: Path) -> None:
        self.folder = project / FOLDER

    def keep(self, source: Path) -> tuple[str, str]:
        """Copy a file in; returns its name relative to the folder, and its SHA-256.

        Raises:
            WorkbenchError: when it cannot be read, or the disk is full.
        """
        try:
            with source.open("rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
            name = f"{sha[:2]}/{sha}{_ending(source)}"
            target = self.folder / name
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                with source.open("rb") as file, replacing(target) as copy:
                    shutil.copyfileobj(file, copy)
        except OSError as error:
            raise WorkbenchError(
                f"{source.name} could not be copied into the project: {error.strerror or error}.",
                data="What was imported before is intact.",
                hint="Free some disk space, then import the rest again.",
            ) from error
        return name, sha

    def keep_recording(self, content: bytes) -> tuple[str, str]:
        """Write a wave file that was made in the project; returns what ``keep`` does.

        Raises:
            WorkbenchError: when the disk is full.
        """
        sha = hashlib.sha256(content).hexdigest()
        name = f"{sha[:2]}/{sha}.wav"
        target = self.folder / name
        if not target.exists():
            write_bytes(target, content)
        return name, sha

    def clear_temporaries(self) -> None:
        """Remove the half-written files of a killed process; they were never part of the project."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith(TEMPORARY_SUFFIX):
                    Path(folder, name).unlink(missing_ok=True)

    def is_empty(self) -> bool:
        """Whether there is no file at all."""
        return not any(names for _, _, names in os.walk(self.folder))

    def waves(self) -> tuple[str, ...]:
        """Names of all wave files, relative to the folder."""
        found = sorted(self.folder.glob("*/*.wav"))
        return tuple(path.relative_to(self.folder).as_posix() for path in found)


def _ending(source: Path) -> str:
    suffix = source.suffix.lower()
    if not is_idx_pictures(source):
        return suffix
    return _IDX + suffix if suffix == ".gz" else _IDX
