"""Memory-mapped caches of decoded clips and of features, keyed by content, so nothing is decoded twice.

A store is one growing file of equally sized rows plus a small index. Rows are written before the index knows them,
so a kill at any moment leaves at worst unused bytes at the end of the file.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.audio.files import fit_length, read_audio
from workbench.audio.frontend import FrontendConfig, build_frontend
from workbench.cancel import CancelToken
from workbench.data.task import Clip
from workbench.errors import WorkbenchError

Rows = npt.NDArray[Any]
BLOCK_ROWS = 256
PCM_SCALE = 32767.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (path TEXT, size INTEGER, mtime INTEGER, sha TEXT, PRIMARY KEY (path, size, mtime));
CREATE TABLE IF NOT EXISTS row (store TEXT, key TEXT, position INTEGER, PRIMARY KEY (store, key));
"""


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


class ClipStore:
    """Decoded clips and their features on disk.

    Args:
        folder: Where the store's files live; created on demand.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._index() as index:
                index.executescript(_SCHEMA)
        except (OSError, sqlite3.OperationalError) as error:
            raise _unwritable(folder, error) from error

    def waves(
        self, clips: Sequence[Clip], rate_hz: int, samples: int, token: CancelToken | None = None
    ) -> ClipRows:
        """Waveforms (clip, sample) as 16-bit integers at ``rate_hz``, cut or zero-padded to ``samples``."""

        def decode(block: Sequence[Clip]) -> Rows:
            waves = [
                fit_length(read_audio(c.path, rate_hz, c.start_s, c.duration_s), samples)
                for c in block
            ]
            return np.round(np.clip(np.stack(waves), -1, 1) * PCM_SCALE).astype(np.int16)

        name = f"wave-{rate_hz}-{samples}"
        return self._rows(name, (samples,), np.dtype(np.int16), clips, decode, token)

    def features(
        self, clips: Sequence[Clip], config: FrontendConfig, token: CancelToken | None = None
    ) -> ClipRows:
        """Features (clip, 1, mel, frame) of unaugmented clips as 32-bit floats."""
        import torch

        waves = self.waves(clips, config.rate_hz, config.clip_samples, token)
        frontend = build_frontend(config)
        shape = tuple(frontend(torch.zeros(1, config.clip_samples)).shape[1:])
        order = {id(clip): i for i, clip in enumerate(clips)}

        def transform(block: Sequence[Clip]) -> Rows:
            indices = np.array([order[id(clip)] for clip in block])
            with torch.no_grad():
                batch = torch.from_numpy(waves.take(indices).astype(np.float32) / PCM_SCALE)
                features: Rows = frontend(batch).numpy()
                return features

        digest = hashlib.sha256(config.model_dump_json().encode()).hexdigest()[:16]
        return self._rows(f"feature-{digest}", shape, np.dtype(np.float32), clips, transform, token)

    def _rows(
        self,
        store: str,
        shape: tuple[int, ...],
        dtype: np.dtype[np.generic],
        clips: Sequence[Clip],
        compute: Callable[[Sequence[Clip]], Rows],
        token: CancelToken | None,
    ) -> ClipRows:
        path = self._folder / f"{store}.bin"
        row_bytes = int(np.prod(shape)) * dtype.itemsize
        keys = self._keys(clips)
        with self._index() as index:
            known = dict(index.execute("SELECT key, position FROM row WHERE store = ?", (store,)))
        missing = list(
            {key: clip for key, clip in zip(keys, clips, strict=True) if key not in known}.items()
        )
        for start in range(0, len(missing), BLOCK_ROWS):
            if token:
                token.check()
            block = missing[start : start + BLOCK_ROWS]
            rows = np.ascontiguousarray(compute([clip for _, clip in block]))
            first = self._append(store, path, rows, row_bytes, [key for key, _ in block])
            known |= {key: first + i for i, (key, _) in enumerate(block)}
        if not path.exists():
            return ClipRows(np.empty((0, *shape), dtype), np.empty(0, np.int64))
        count = path.stat().st_size // row_bytes
        data = np.memmap(path, dtype=dtype, mode="r", shape=(count, *shape))
        return ClipRows(data, np.array([known[key] for key in keys], dtype=np.int64))

    def _append(
        self, store: str, path: Path, rows: Rows, row_bytes: int, keys: Sequence[str]
    ) -> int:
        """Write rows to disk, then to the index; the write lock keeps other processes out meanwhile."""
        try:
            with self._index() as index:
                index.execute("BEGIN IMMEDIATE")
                with path.open("ab") as file:
                    first = -(-file.tell() // row_bytes)
                    file.truncate(first * row_bytes)
                    file.write(rows.tobytes())
                entries = [(store, key, first + i) for i, key in enumerate(keys)]
                index.executemany("INSERT OR REPLACE INTO row VALUES (?, ?, ?)", entries)
                index.execute("COMMIT")
                return first
        except (OSError, sqlite3.OperationalError) as error:
            raise _unwritable(path, error) from error

    def _keys(self, clips: Sequence[Clip]) -> list[str]:
        hashes = self.content_hashes([clip.path for clip in clips])
        return [
            f"{sha}:{clip.start_s:g}:{'' if clip.duration_s is None else f'{clip.duration_s:g}'}"
            for sha, clip in zip(hashes, clips, strict=True)
        ]

    def content_hashes(self, paths: Sequence[Path]) -> list[str]:
        """SHA-256 of each file; known by path, size and modification time after the first call."""
        hashes = []
        with self._index() as index:
            index.execute("BEGIN IMMEDIATE")
            for path in paths:
                stat = path.stat()
                identity = (str(path.resolve()), stat.st_size, stat.st_mtime_ns)
                query = "SELECT sha FROM file WHERE path = ? AND size = ? AND mtime = ?"
                found = index.execute(query, identity).fetchone()
                sha = found[0] if found else hashlib.sha256(path.read_bytes()).hexdigest()
                if not found:
                    index.execute(
                        "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", (*identity, sha)
                    )
                hashes.append(sha)
            index.execute("COMMIT")
        return hashes

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._folder / "index.db", timeout=60, isolation_level=None)
        with closing(connection):
            yield connection


def _unwritable(path: Path, error: Exception) -> WorkbenchError:
    return WorkbenchError(
        f"The clip cache at {path} cannot be written: {error}.",
        data="Your recordings are untouched; the cache holds copies only.",
        hint="Free some disk space or make the folder writable, then try again.",
    )
