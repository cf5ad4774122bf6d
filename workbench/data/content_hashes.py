"""SHA-256 of files, remembered by path, size and time of change, so that unchanged files are read once."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from workbench.cancel import CancelToken
from workbench.data.store_index import StoreIndex
from workbench.errors import WorkbenchError

BLOCK_FILES = 256

_Result = TypeVar("_Result")
_Identity = tuple[str, int, int]


class ContentHashes:
    """Hashes of files.

    Args:
        index: Where they are remembered.
    """

    def __init__(self, index: StoreIndex) -> None:
        self._index = index

    def of(self, paths: Sequence[Path], token: CancelToken | None) -> list[str | WorkbenchError]:
        """The hash of each file, or why it has none.

        Block by block, so that a stop loses little and nobody waits long for the index.
        """
        hashes: list[str | WorkbenchError] = []
        for start in range(0, len(paths), BLOCK_FILES):
            if token:
                token.check()
            hashes += self._block_hashes(paths[start : start + BLOCK_FILES])
        return hashes

    def _block_hashes(self, paths: Sequence[Path]) -> list[str | WorkbenchError]:
        identities = [_tried(_identity, path) for path in paths]
        sound = [identity for identity in identities if not isinstance(identity, WorkbenchError)]
        known: dict[_Identity, str | WorkbenchError] = {**self._known_hashes(sound)}
        fresh: dict[_Identity, str] = {}
        for path, identity in zip(paths, identities, strict=True):
            if isinstance(identity, WorkbenchError) or identity in known:
                continue
            sha = known[identity] = _tried(_content_hash, path)
            if isinstance(sha, str):
                fresh[identity] = sha
        if fresh:
            self._remember_hashes(fresh)
        return [
            identity if isinstance(identity, WorkbenchError) else known[identity]
            for identity in identities
        ]

    def _known_hashes(self, identities: Iterable[_Identity]) -> dict[_Identity, str]:
        query = "SELECT sha FROM file WHERE path = ? AND size = ? AND mtime = ?"

        def look_up(index: sqlite3.Connection) -> dict[_Identity, str]:
            found = {one: index.execute(query, one).fetchone() for one in identities}
            return {one: row[0] for one, row in found.items() if row}

        return self._index.ask(look_up)

    def _remember_hashes(self, hashes: Mapping[_Identity, str]) -> None:
        entries = [(*identity, sha) for identity, sha in hashes.items()]

        def write(index: sqlite3.Connection) -> None:
            index.execute("BEGIN IMMEDIATE")
            index.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", entries)
            index.execute("COMMIT")

        self._index.ask(write)


def _identity(path: Path) -> _Identity:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns


def _content_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tried(look_at: Callable[[Path], _Result], path: Path) -> _Result | WorkbenchError:
    try:
        return look_at(path)
    except OSError as error:
        return WorkbenchError(
            f"{path.name} cannot be read: {error.strerror or error}.",
            data="The file was left as it is.",
            hint="Check that it is there and that you may read it, then try again.",
        )
