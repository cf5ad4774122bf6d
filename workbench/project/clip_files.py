"""The project's own copies of recordings and pictures, named by what they contain."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path

from workbench.atomic import TEMPORARY_SUFFIX, replacing
from workbench.audio.files import Samples, write_wave
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

    def keep_recording(self, samples: Samples, rate_hz: int) -> tuple[str, str]:
        """Write samples (sample,) in [-1, 1] as a wave file of the project."""
        # Whole as soon as it exists, and not called temporary: a kill before the copy keeps the take.
        draft = self.folder / f"take-{secrets.token_hex(4)}.wav"
        write_wave(draft, samples, rate_hz)
        try:
            return self.keep(draft)
        finally:
            draft.unlink(missing_ok=True)

    def clear_temporaries(self) -> None:
        """Remove the half-written files of a killed process; they were never part of the project."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                if name.endswith(TEMPORARY_SUFFIX):
                    Path(folder, name).unlink(missing_ok=True)

    def is_empty(self) -> bool:
        """Whether there is no file at all."""
        return not any(names for _, _, names in os.walk(self.folder))

    def unlisted(self, in_use: set[str]) -> tuple[Path, ...]:
        """Whole files that no row of the catalogue names.

        They are listed and never removed: an import or a recording was killed before its row was
        written, or the catalogue is an older one that came back from a backup.
        """
        return tuple(
            path
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.relative_to(self.folder).as_posix() not in in_use
        )


def _ending(source: Path) -> str:
    suffix = source.suffix.lower()
    if not is_idx_pictures(source):
        return suffix
    return _IDX + suffix if suffix == ".gz" else _IDX
