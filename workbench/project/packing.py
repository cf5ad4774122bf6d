"""A project as one file to share: a zip of its catalogue, clips, runs and library, and a project of it again."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath

from workbench.atomic import TEMPORARY_SUFFIX, replacing
from workbench.cancel import RunState
from workbench.data.archives import extract, leads_out, refusal
from workbench.errors import WorkbenchError
from workbench.export.report import refuse_existing
from workbench.project.catalogue import FILE_NAME, Catalogue
from workbench.project.clip_files import FOLDER as CLIPS
from workbench.project.project import LIBRARY_FOLDER
from workbench.project.schema import damaged
from workbench.training.checkpoint import FILE_NAME as CHECKPOINT

RUNS = "runs"


@dataclass(frozen=True)
class Packed:
    """Attributes: how large the file is, how many files it holds, and clips that were not in the project any more."""

    bytes: int
    files: int
    missing: tuple[Path, ...]


def pack(project: Path, target: Path) -> Packed:
    """Write a project into one zip, without the checkpoints of its runs.

    It is only read, and may be open elsewhere: the catalogue is copied as it is at one moment, and the files that it
    names are never taken away. A run that is not over counts as cancelled in the copy.

    Raises:
        WorkbenchError: when there is no project, ``target`` exists, or the disk is full.
    """
    refuse_existing(target)
    if not (project / FILE_NAME).is_file():
        raise WorkbenchError(
            f"{project} is not a project.", hint=f"Choose the folder that holds {FILE_NAME}."
        )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            catalogue = _copied(project, Path(scratch))
            clips = [project / CLIPS / name for name in sorted(catalogue.files_in_use())]
            files = [*filter(Path.is_file, clips), *_beside_clips(project)]
            target.parent.mkdir(parents=True, exist_ok=True)
            with (
                replacing(target) as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed,
            ):
                packed.write(Path(scratch) / FILE_NAME, FILE_NAME)
                for path in files:
                    packed.write(path, path.relative_to(project))
    except OSError as error:
        raise WorkbenchError(
            f"{target} could not be written: {error.strerror or error}.",
            data="The project was only read.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error
    missing = sorted(set(clips).difference(files))
    return Packed(target.stat().st_size, len(files) + 1, tuple(missing))


def unpack(archive: Path, folder: Path) -> None:
    """Make a project of what ``pack`` wrote, in a new or empty folder; whole or not at all.

    Raises:
        WorkbenchError: when the folder is in use, or the archive is damaged, larger than the disk, holds what leads
            out of it, or is of a newer version.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkbenchError(f"{folder} is not empty.", hint="Choose a new folder for the project.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as scratch:
            content = Path(scratch) / "project"
            extract(archive, _travels, content)
            _refuse_unsound(archive, content)
            if folder.exists():
                folder.rmdir()
            content.replace(folder)
    except OSError as error:
        raise WorkbenchError(
            f"{folder} cannot be made: {error.strerror or error}.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error


def _copied(project: Path, scratch: Path) -> Catalogue:
    """The catalogue of a project as it is now, copied to another folder."""
    database = project.resolve() / FILE_NAME
    try:
        with (
            closing(
                sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=30)
            ) as source,
            closing(sqlite3.connect(scratch / FILE_NAME)) as copy,
        ):
            source.backup(copy)
    except sqlite3.DatabaseError as error:
        raise damaged(database, error) from error
    catalogue = Catalogue(scratch, may_create=False)
    for run in catalogue.runs():
        if not run.state.is_over:
            catalogue.set_run_state(run.id, RunState.CANCELLED)
    return catalogue


def _beside_clips(project: Path) -> Iterator[Path]:
    """Files of runs and of the library."""
    for folder in (RUNS, LIBRARY_FOLDER):
        for path in sorted((project / folder).rglob("*")):
            if path.is_file() and _travels(path.relative_to(project)):
                yield path


def _travels(path: PurePath) -> bool:
    """Whether a file of a project, named within it, belongs into the packed one."""
    if path.parts[0] not in (CLIPS, RUNS, LIBRARY_FOLDER):
        return path.parts == (FILE_NAME,)
    return path.name != CHECKPOINT and path.suffix != TEMPORARY_SUFFIX


def _refuse_unsound(archive: Path, content: Path) -> None:
    if not (content / FILE_NAME).is_file():
        raise refusal(archive, "is not a packed project")
    for name in Catalogue(content, may_create=False).files_in_use():
        if leads_out(name):
            raise refusal(archive, f"names a clip that leads out of it ({name})")
