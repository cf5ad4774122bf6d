"""The index beside the rows of a store: a small database that heals itself, since all it tells can be made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from workbench.errors import WorkbenchError

INDEX_FILE = "index.db"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (path TEXT, size INTEGER, mtime INTEGER, sha TEXT, PRIMARY KEY (path, size, mtime));
CREATE TABLE IF NOT EXISTS row (store TEXT, key TEXT, position INTEGER, PRIMARY KEY (store, key));
CREATE INDEX IF NOT EXISTS row_position ON row (store, position);
"""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_Result = TypeVar("_Result")


class StoreIndex:
    """Opened anew for every question, so that threads, processes and deleted folders do no harm.

    Args:
        folder: Of the store; created on demand.

    Raises:
        WorkbenchError: when the folder cannot be used; also from ``ask``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A folder that cannot be used is told now, not in the middle of a run.
        self.ask(lambda _: None)

    def ask(self, action: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do something with the index; where that finds it damaged, do it once more with a new one."""
        try:
            return self._attempt(action)
        except sqlite3.DatabaseError as error:
            # The low byte is the kind of error, the others tell its details.
            if error.sqlite_errorcode & 0xFF not in _DAMAGE:
                raise
        self._set_index_aside()
        return self._attempt(action)

    def _attempt(self, action: Callable[[sqlite3.Connection], _Result]) -> _Result:
        try:
            # The cache may be deleted at any time, so its folder and tables are looked after every time.
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / INDEX_FILE
            with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as index:
                index.executescript(_SCHEMA)
                return action(index)
        except (OSError, sqlite3.OperationalError) as error:
            raise _unwritable(self._folder, error) from error

    def _set_index_aside(self) -> None:
        """Make room for a new index. The rows stay where they are, and new ones are added behind them."""
        path = self._folder / INDEX_FILE
        try:
            path.replace(path.with_name(f"{INDEX_FILE}.damaged"))
        except OSError as error:
            raise _unwritable(self._folder, error) from error


def _unwritable(path: Path, error: Exception) -> WorkbenchError:
    return WorkbenchError(
        f"The clip cache at {path} cannot be written: {error}.",
        data="Your pictures and recordings are untouched; the cache holds copies only.",
        hint="Free some disk space, make the folder writable or delete it, then try again.",
    )
