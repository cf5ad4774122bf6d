"""IDX files, as MNIST and its relatives come: one file of many grey pictures, one of their labels.

Source of the format: LeCun, Cortes, Burges, The MNIST database. A big-endian header (two zero bytes, the type of the
values, the number of dimensions, the size of each), then the values; often gzipped as a whole.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np

from workbench.errors import WorkbenchError
from workbench.images.decode import Pixels

MAX_BYTES = 768 * 2**20
"""The largest relative of MNIST, EMNIST by class, takes 547 MB."""

_BYTES = 8
"""How the header names unsigned bytes."""

_FAULTS = (OSError, EOFError, struct.error, zlib.error)


def idx_shape(path: Path) -> tuple[int, ...]:
    """Sizes of all dimensions, from the header only; the first counts the examples.

    Raises:
        WorkbenchError: when the file is missing, no IDX file of bytes, or has more than ``MAX_BYTES``.
    """
    return _shape(path, *_state(path))


def read_idx(path: Path) -> Pixels:
    """All values of a file in the shape that its header states; not to be written to.

    The file read last is kept in memory, since its pictures are asked for one by one.

    Raises:
        WorkbenchError: as ``idx_shape``, and when the file ends too early.
    """
    return _content(path, *_state(path))


def _state(path: Path) -> tuple[int, int]:
    """Differs when a file was changed, so that what is remembered of it is forgotten."""
    try:
        stat = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=4)
def _shape(path: Path, size: int, changed: int) -> tuple[int, ...]:
    try:
        with _opened(path) as file:
            return _header(path, file)
    except _FAULTS as error:
        raise _unreadable(path, error) from error


@lru_cache(maxsize=1)
def _content(path: Path, size: int, changed: int) -> Pixels:
    try:
        with _opened(path) as file:
            values = np.empty(_header(path, file), np.uint8)
            rest = values.reshape(-1).data
            while rest:
                got = file.readinto(rest)
                if not got:
                    raise EOFError("it ends too early")
                rest = rest[got:]
    except _FAULTS as error:
        raise _unreadable(path, error) from error
    values.flags.writeable = False
    return values


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")


def _header(path: Path, file: gzip.GzipFile | io.BufferedReader) -> tuple[int, ...]:
    zeros, kind, dimensions = struct.unpack(">HBB", file.read(4))
    if zeros or kind != _BYTES or dimensions not in (1, 3):
        raise _refused(path, "it is no IDX file of bytes with one or three dimensions")
    shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
    if prod(shape) > MAX_BYTES:
        found = prod(shape) / 2**20
        raise _refused(path, f"it has {found:,.0f} MB, the limit is {MAX_BYTES // 2**20:,}")
    return shape


def _unreadable(path: Path, error: Exception) -> WorkbenchError:
    missing = error.strerror if isinstance(error, OSError) else None
    return _refused(path, missing or "it is damaged or ends too early")


def _refused(path: Path, reason: str) -> WorkbenchError:
    return WorkbenchError(
        f"{path.name} cannot be read as pictures ({reason}).",
        data="The file was left as it is.",
        hint="Download the file again, or use a folder of pictures for each class.",
    )
