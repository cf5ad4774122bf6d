"""Memory-mapped rows of equal size, keyed by the content of files, so that nothing is computed twice.

A store is one growing file of rows for each kind plus a small index. Rows are on disk before the index knows them,
so a kill or a power cut at any moment leaves at worst unused bytes at the end of the file. All of it can be made
again: rows that are gone are computed anew and a damaged index is replaced. Files of rows are never shortened,
because runs have them mapped.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.cancel import CancelToken
from workbench.data.content_hashes import ContentHashes
from workbench.data.store_index import StoreIndex
from workbench.data.task import Clip
from workbench.errors import WorkbenchError

Rows = npt.NDArray[Any]
Place = int | WorkbenchError
Compute = Callable[[Sequence[Clip]], Sequence[Rows | WorkbenchError]]
"""Gives the row of each clip, or why there is none."""

Progress = Callable[[int, int], None]
BLOCK_ROWS = 256
BLOCK_BYTES = 32 * 2**20
"""Of the rows that are computed before they are written: a bound on memory where rows are large."""

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class ClipRows:
    """Rows of a store in the order of the clips asked for.

    Attributes:
        data: Memory map of the whole store, (row, ...).
        positions: Row of each clip.
    """

    data: Rows
    positions: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.positions)

    def take(self, indices: npt.NDArray[np.int64] | slice) -> Rows:
        """Copy of the rows of some clips, in the order asked for."""
        return self.data[self.positions[indices]]


@dataclass(frozen=True)
class Table:
    """Rows of one kind: their name in the index, their file, and what one looks like."""

    name: str
    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]

    @property
    def row_bytes(self) -> int:
        return int(np.prod(self.shape)) * self.dtype.itemsize

    @property
    def block_rows(self) -> int:
        """Rows that are computed and written together."""
        return max(1, min(BLOCK_ROWS, BLOCK_BYTES // self.row_bytes))

    def count(self) -> int:
        """Whole rows on disk."""
        try:
            return self.path.stat().st_size // self.row_bytes
        except FileNotFoundError:
            return 0

    def map(self, positions: Sequence[int]) -> ClipRows:
        if not positions:
            return ClipRows(np.empty((0, *self.shape), self.dtype), np.empty(0, np.int64))
        shape = (self.count(), *self.shape)
        data = np.memmap(self.path, dtype=self.dtype, mode="r", shape=shape)
        return ClipRows(data, np.array(positions, dtype=np.int64))


class RowStore:
    """What the stores of clips and of pictures share.

    Args:
        folder: Where the store's files live; created on demand.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = StoreIndex(folder)
        self._hashes = ContentHashes(self._index)

    def content_hashes(self, paths: Sequence[Path], token: CancelToken | None = None) -> list[str]:
        """SHA-256 of each file; known by path, size and modification time after the first call.

        Raises:
            WorkbenchError: when a file is gone or may not be read.
        """
        return [sound(found) for found in self._hashes.of(paths, token)]

    def _table(self, name: str, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> Table:
        return Table(name, self._folder / f"{name}.bin", shape, dtype)

    def _place(
        self,
        table: Table,
        clips: Sequence[Clip],
        compute: Compute,
        token: CancelToken | None,
        progress: Progress = lambda _done, _total: None,
    ) -> list[Place]:
        """Position of each clip's row, computing the missing ones; or why it has none.

        Block by block: a file that was just read for its hash is read again at no cost.
        """
        keys: list[str | WorkbenchError] = []
        places: dict[str, Place] = {**self._known(table)}
        size = table.block_rows
        for start in range(0, len(clips), size):
            progress(start, len(clips))
            block = clips[start : start + size]
            found = self._keys(block, token)
            places |= self._filled(table, _missing(found, block, places), compute, token)
            keys += found
        lost = _lost(places)
        # Asked again at the end: somebody may delete the cache while it is being filled.
        places = {**self._known(table), **lost}
        while missing := _missing(keys, clips, places):
            lost |= _lost(self._filled(table, missing, compute, token))
            places = {**self._known(table), **lost}
        progress(len(clips), len(clips))
        return [places[key] if isinstance(key, str) else key for key in keys]

    def _filled(
        self,
        table: Table,
        clips: Mapping[str, Clip],
        compute: Compute,
        token: CancelToken | None,
    ) -> dict[str, Place]:
        """Compute and keep rows; the place of each, or why it has none."""
        places: dict[str, Place] = {}
        waiting = list(clips.items())
        for start in range(0, len(waiting), table.block_rows):
            if token:
                token.check()
            block = dict(waiting[start : start + table.block_rows])
            rows: dict[str, Rows] = {}
            for key, row in zip(block, compute(list(block.values())), strict=True):
                if isinstance(row, WorkbenchError):
                    places[key] = row
                else:
                    rows[key] = row
            if rows:
                first = self._append(table, rows)
                places |= {key: first + i for i, key in enumerate(rows)}
        return places

    def _known(self, table: Table) -> dict[str, int]:
        """Positions that the index knows and the file still has."""
        query = "SELECT key, position FROM row WHERE store = ? AND position >= 0 AND position < ?"
        values = (table.name, table.count())
        return self._index.ask(lambda index: dict(index.execute(query, values).fetchall()))

    def _append(self, table: Table, rows: Mapping[str, Rows]) -> int:
        """Write rows to disk, then to the index; the write lock keeps other processes out meanwhile.

        Returns:
            Position of the first.
        """

        def write(index: sqlite3.Connection) -> int:
            index.execute("BEGIN IMMEDIATE")
            with table.path.open("ab") as file:
                whole, cut = divmod(file.tell(), table.row_bytes)
                # What the index knows beyond the end was lost with the file; others take these places now.
                forget = "DELETE FROM row WHERE store = ? AND position >= ?"
                index.execute(forget, (table.name, whole))
                first = whole + bool(cut)
                file.truncate(first * table.row_bytes)
                file.write(np.stack(list(rows.values())).tobytes())
                file.flush()
                os.fsync(file.fileno())
            entries = [(table.name, key, first + i) for i, key in enumerate(rows)]
            index.executemany("INSERT OR REPLACE INTO row VALUES (?, ?, ?)", entries)
            index.execute("COMMIT")
            return first

        return self._index.ask(write)

    def _keys(self, clips: Sequence[Clip], token: CancelToken | None) -> list[str | WorkbenchError]:
        # Files of many pictures are looked at once a block.
        paths = list(dict.fromkeys(clip.path for clip in clips))
        hashes = dict(zip(paths, self._hashes.of(paths, token), strict=True))
        keys: list[str | WorkbenchError] = []
        for clip in clips:
            sha = hashes[clip.path]
            keys.append(sha if isinstance(sha, WorkbenchError) else _key(sha, clip))
        return keys


def _missing(
    keys: Sequence[str | WorkbenchError], clips: Sequence[Clip], places: Mapping[str, Place]
) -> dict[str, Clip]:
    """One clip for each key that has no place yet."""
    missing: dict[str, Clip] = {}
    for key, clip in zip(keys, clips, strict=True):
        if isinstance(key, str) and key not in places:
            missing.setdefault(key, clip)
    return missing


def _lost(places: Mapping[str, Place]) -> dict[str, WorkbenchError]:
    return {key: place for key, place in places.items() if isinstance(place, WorkbenchError)}


def _key(sha: str, clip: Clip) -> str:
    key = f"{sha}:{clip.start_s:g}:{'' if clip.duration_s is None else f'{clip.duration_s:g}'}"
    return key if clip.index is None else f"{key}:{clip.index}"


def sound(found: _Result | WorkbenchError) -> _Result:
    """What was found.

    Raises:
        WorkbenchError: when that was an error.
    """
    if isinstance(found, WorkbenchError):
        raise found
    return found
