"""Zip files are unpacked into the cache, sounds, pictures and manifest only, and never outside it."""

from __future__ import annotations

import hashlib
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from workbench.errors import WorkbenchError
from workbench.images.suffixes import is_idx_pictures
from workbench.locations import cache_dir

_FREE_SPACE_KEPT = 256 * 2**20
_RULES = 2
"""Counts up when other files are taken than before, so that what was unpacked then is not mistaken for all."""

_HINT = "Unpack it yourself, look at what is inside, and choose the folder instead."


def unpack(archive: Path, is_wanted: Callable[[PurePath], bool]) -> Path:
    """Unpack the wanted files once per content, and return the folder.

    Args:
        archive: A zip file.
        is_wanted: By name; other files are left out.

    Raises:
        WorkbenchError: when the archive is damaged, encrypted, larger than the disk, or holds a
            link or a path that leads out of it.
    """
    target = cache_dir() / "imports" / f"{_content_name(archive)}-{_RULES}"
    if not target.is_dir():
        extract(archive, is_wanted, target)
    inside = [entry for entry in target.iterdir() if not entry.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and _is_wrapper(inside[0]) else target


def extract(archive: Path, is_wanted: Callable[[PurePath], bool], target: Path) -> None:
    """Unpack the wanted files into a new folder, which is there whole or not at all.

    Raises:
        WorkbenchError: as ``unpack`` does.
    """
    try:
        _extract(archive, is_wanted, target)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise refusal(archive, "is damaged, encrypted or packed in an unknown way") from error
    except OSError as error:
        raise WorkbenchError(
            f"{archive.name} cannot be unpacked into {target.parent}: {error.strerror}.",
            hint="Free some disk space and try again.",
        ) from error


def _is_wrapper(folder: Path) -> bool:
    """Whether this lone folder holds the task rather than being its only class."""
    return folder.is_dir() and any(
        entry.is_dir() or entry.suffix.lower() == ".csv" or is_idx_pictures(entry)
        for entry in folder.iterdir()
    )


def _content_name(archive: Path) -> str:
    try:
        with archive.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:32]
    except OSError as error:
        raise WorkbenchError(
            f"{archive} cannot be read: {error.strerror}.", hint="Choose another file."
        ) from error


def _extract(archive: Path, is_wanted: Callable[[PurePath], bool], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(archive) as packed,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as scratch,
    ):
        for member in packed.infolist():
            _refuse_escape(archive, member)
        wanted = [
            member
            for member in packed.infolist()
            if not member.is_dir() and is_wanted(PurePosixPath(member.filename))
        ]
        needed = sum(member.file_size for member in wanted)
        if needed > shutil.disk_usage(target.parent).free - _FREE_SPACE_KEPT:
            raise refusal(archive, f"would need {needed / 2**30:.1f} GB, more than the disk has")
        content = Path(scratch) / "content"
        content.mkdir()
        for member in wanted:
            packed.extract(member, content)
        content.replace(target)


def _refuse_escape(archive: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename
    if stat.S_ISLNK(member.external_attr >> 16):
        raise refusal(archive, f"holds a link ({name})")
    if leads_out(name):
        raise refusal(archive, f"holds a path that leads out of it ({name})")


def leads_out(name: str) -> bool:
    """Whether a path within a folder ends outside of it on any system."""
    windows = PureWindowsPath(name)
    return name.startswith(("/", "\\")) or bool(windows.drive) or ".." in windows.parts


def refusal(archive: Path, why: str) -> WorkbenchError:
    """What is told of an archive that is not unpacked."""
    return WorkbenchError(f"{archive.name} {why}.", hint=_HINT)
