"""The project's own copies of audio files, named by what they contain."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from workbench.atomic import TEMPORARY_SUFFIX, replacing
from workbench.audio.files import Samples, write_wave
from workbench.errors import WorkbenchError

FOLDER = "clips"


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
            name = f"{sha[:2]}/{sha}{source.suffix.lower()}"
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
        draft = self.folder / f"recording{TEMPORARY_SUFFIX}.wav"
        write_wave(draft, samples, rate_hz)
        try:
            return self.keep(draft)
        finally:
            draft.unlink(missing_ok=True)

    def sweep(self, in_use: set[str]) -> None:
        """Remove what a kill left behind: temporary files, and copies that no row of the catalogue names."""
        if not self.folder.is_dir():
            return
        for path in self.folder.rglob("*"):
            if path.is_file() and path.relative_to(self.folder).as_posix() not in in_use:
                path.unlink()
