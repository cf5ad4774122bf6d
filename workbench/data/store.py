"""Memory-mapped caches of decoded clips and of features, keyed by content, so nothing is decoded twice.

A store is one growing file of equally sized rows plus a small index. Rows are on disk before the index knows them,
so a kill or a power cut at any moment leaves at worst unused bytes at the end of the file. All of it can be made
again: rows that are gone are computed anew and a damaged index is replaced. Files of rows are never shortened,
because runs have them mapped.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.audio.files import fit_length, read_audio
from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.cancel import CancelToken
from workbench.data.content_hashes import ContentHashes
from workbench.data.store_index import StoreIndex
from workbench.data.task import Clip
from workbench.errors import WorkbenchError

Rows = npt.NDArray[Any]
BLOCK_ROWS = 256
PCM_SCALE = 32767.0

_Result = TypeVar("_Result")
_Compute = Callable[[Sequence[Clip]], Sequence[Rows | WorkbenchError]]
"""Gives the row of each clip, or why there is none."""


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
class _Table:
    """Rows of one kind: their name in the index, their file, and what one looks like."""

    name: str
    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]

    @property
    def row_bytes(self) -> int:
        return int(np.prod(self.shape)) * self.dtype.itemsize

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


class ClipStore:
    """Decoded clips and their features on disk.

    Args:
        folder: Where the store's files live; created on demand.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = StoreIndex(folder)
        self._hashes = ContentHashes(self._index)

    def waves(
        self, clips: Sequence[Clip], rate_hz: int, samples: int, token: CancelToken | None = None
    ) -> ClipRows:
        """Waveforms (clip, sample) as 16-bit integers at ``rate_hz``, cut or zero-padded to ``samples``.

        Raises:
            WorkbenchError: when a clip cannot be decoded (``unreadable`` tells which), or the cache cannot be written.
        """
        table, places = self._place_waves(clips, rate_hz, samples, token)
        return table.map([_sound(place) for place in places])

    def unreadable(
        self, clips: Sequence[Clip], rate_hz: int, samples: int, token: CancelToken | None = None
    ) -> dict[Clip, str]:
        """The clips that cannot be decoded, with the reason; the waveforms of all others are in the store then."""
        _, places = self._place_waves(clips, rate_hz, samples, token)
        return {
            clip: place.message
            for clip, place in zip(clips, places, strict=True)
            if isinstance(place, WorkbenchError)
        }

    def features(
        self, clips: Sequence[Clip], config: FrontendConfig, token: CancelToken | None = None
    ) -> ClipRows:
        """Features (clip, 1, mel, frame) of unaugmented clips as 32-bit floats; raises as ``waves`` does."""
        import torch

        waves = self.waves(clips, config.rate_hz, config.clip_samples, token)
        frontend = build_frontend(config)
        shape = tuple(frontend(torch.zeros(1, config.clip_samples)).shape[1:])
        order = {id(clip): i for i, clip in enumerate(clips)}

        def transform(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            indices = np.array([order[id(clip)] for clip in block])
            with torch.no_grad():
                batch = torch.from_numpy(waves.take(indices).astype(np.float32) / PCM_SCALE)
                return list(frontend(batch).numpy())

        digest = hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:16]
        table = self._table(f"feature-{digest}", shape, np.dtype(np.float32))
        places = self._place(table, clips, transform, token)
        return table.map([_sound(place) for place in places])

    def derived(
        self,
        clips: Sequence[Clip],
        config: FrontendConfig,
        name: str,
        width: int,
        compute: Callable[[Rows], Rows],
        token: CancelToken | None = None,
    ) -> ClipRows:
        """Rows (clip, width) computed from the features of unaugmented clips; raises as ``waves`` does.

        Args:
            clips: Which.
            config: Of the features.
            name: Of whatever computes; with the front-end it says all that the rows depend on.
            width: Numbers in a row, 32-bit floats.
            compute: From features (clip, 1, mel, frame) of a block.
            token: Looked at once per block.
        """
        features = self.features(clips, config, token)
        order = {id(clip): i for i, clip in enumerate(clips)}

        def transform(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            return list(compute(features.take(np.array([order[id(clip)] for clip in block]))))

        digest = hashlib.sha256(f"{name}\n{config.model_dump_json()}".encode()).hexdigest()[:16]
        table = self._table(f"derived-{digest}", (width,), np.dtype(np.float32))
        places = self._place(table, clips, transform, token)
        return table.map([_sound(place) for place in places])

    def content_hashes(self, paths: Sequence[Path], token: CancelToken | None = None) -> list[str]:
        """SHA-256 of each file; known by path, size and modification time after the first call.

        Raises:
            WorkbenchError: when a file is gone or may not be read.
        """
        return [_sound(found) for found in self._hashes.of(paths, token)]

    def _place_waves(
        self, clips: Sequence[Clip], rate_hz: int, samples: int, token: CancelToken | None
    ) -> tuple[_Table, list[int | WorkbenchError]]:
        def decode(block: Sequence[Clip]) -> list[Rows | WorkbenchError]:
            return [_decoded(clip, rate_hz, samples) for clip in block]

        table = self._table(f"wave-{rate_hz}-{samples}", (samples,), np.dtype(np.int16))
        return table, self._place(table, clips, decode, token)

    def _table(self, name: str, shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> _Table:
        return _Table(name, self._folder / f"{name}.bin", shape, dtype)

    def _place(
        self, table: _Table, clips: Sequence[Clip], compute: _Compute, token: CancelToken | None
    ) -> list[int | WorkbenchError]:
        """Position of each clip's row, computing the missing ones; or why it has none."""
        keys = self._keys(clips, token)
        wanted: dict[str, Clip] = {}
        for key, clip in zip(keys, clips, strict=True):
            if isinstance(key, str):
                wanted.setdefault(key, clip)
        lost: dict[str, WorkbenchError] = {}
        known = self._known(table)
        # Asked again at the end: somebody may delete the cache while it is being filled.
        while missing := [key for key in wanted if key not in known and key not in lost]:
            for start in range(0, len(missing), BLOCK_ROWS):
                if token:
                    token.check()
                block = missing[start : start + BLOCK_ROWS]
                lost |= self._add(table, {key: wanted[key] for key in block}, compute)
            known = self._known(table)
        places: dict[str, int | WorkbenchError] = {**known, **lost}
        return [places[key] if isinstance(key, str) else key for key in keys]

    def _add(
        self, table: _Table, clips: Mapping[str, Clip], compute: _Compute
    ) -> dict[str, WorkbenchError]:
        """Compute and keep the rows of a block; returns the keys that have none."""
        rows: dict[str, Rows] = {}
        lost: dict[str, WorkbenchError] = {}
        for key, row in zip(clips, compute(list(clips.values())), strict=True):
            if isinstance(row, WorkbenchError):
                lost[key] = row
            else:
                rows[key] = row
        if rows:
            self._append(table, rows)
        return lost

    def _known(self, table: _Table) -> dict[str, int]:
        """Positions that the index knows and the file still has."""
        query = "SELECT key, position FROM row WHERE store = ? AND position >= 0 AND position < ?"
        values = (table.name, table.count())
        return self._index.ask(lambda index: dict(index.execute(query, values).fetchall()))

    def _append(self, table: _Table, rows: Mapping[str, Rows]) -> None:
        """Write rows to disk, then to the index; the write lock keeps other processes out meanwhile."""

        def write(index: sqlite3.Connection) -> None:
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

        self._index.ask(write)

    def _keys(self, clips: Sequence[Clip], token: CancelToken | None) -> list[str | WorkbenchError]:
        hashes = self._hashes.of([clip.path for clip in clips], token)
        return [
            sha if isinstance(sha, WorkbenchError) else _key(sha, clip)
            for sha, clip in zip(hashes, clips, strict=True)
        ]


def _key(sha: str, clip: Clip) -> str:
    return f"{sha}:{clip.start_s:g}:{'' if clip.duration_s is None else f'{clip.duration_s:g}'}"


def _decoded(clip: Clip, rate_hz: int, samples: int) -> Rows | WorkbenchError:
    try:
        wave = fit_length(read_audio(clip.path, rate_hz, clip.start_s, clip.duration_s), samples)
    except WorkbenchError as error:
        return error
    return np.round(np.clip(wave, -1, 1) * PCM_SCALE).astype(np.int16)


def _sound(found: _Result | WorkbenchError) -> _Result:
    if isinstance(found, WorkbenchError):
        raise found
    return found
