"""The catalogue's tables and the steps from each older format to the next."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from workbench.errors import WorkbenchError

_FIRST = """
CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE clip (
    id INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    label TEXT NOT NULL,
    split TEXT,
    speaker TEXT NOT NULL,
    start_s REAL NOT NULL,
    duration_s REAL,
    length_s REAL NOT NULL,
    flags TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX clip_of_task ON clip (task_id, removed);
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    method TEXT NOT NULL,
    budget REAL,
    state TEXT NOT NULL,
    job TEXT NOT NULL,
    record TEXT,
    created TEXT NOT NULL
);
"""

_LISTENING = """
CREATE TABLE listening (
    patch TEXT PRIMARY KEY,
    settings TEXT NOT NULL
);
"""

_TOGETHER = """
ALTER TABLE run ADD COLUMN leader INTEGER REFERENCES run (id);
"""

_PICTURES = """
ALTER TABLE clip ADD COLUMN file_index INTEGER;
ALTER TABLE clip ADD COLUMN source TEXT NOT NULL DEFAULT '';
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _LISTENING, _TOGETHER, _PICTURES)
"""Step i leads from format i to format i + 1; steps are never edited, only added."""

_INDEXES = """
CREATE INDEX IF NOT EXISTS clip_by_label ON clip (task_id, removed, label, split);
CREATE INDEX IF NOT EXISTS clip_by_speaker ON clip (task_id, removed, speaker, split);
"""
"""They make counting fast and belong to no format: any version can do with them and without."""


def bring_up_to_date(database: Path, may_create: bool) -> None:
    """Create the catalogue, or lead an older one to the present format after copying it aside.

    Args:
        database: The catalogue's file.
        may_create: Whether an empty catalogue is to be expected, as in a new project.

    Raises:
        WorkbenchError: when it was written by a newer version, is no catalogue, or cannot be
            copied aside; nothing is touched then.
    """
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            found = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if found > len(MIGRATIONS):
                raise WorkbenchError(
                    f"This project was saved by a newer version (format {found}, this one reads "
                    f"{len(MIGRATIONS)}).",
                    data="Nothing in it was touched.",
                    hint="Update the workbench to open it.",
                )
            if found == 0 and not (may_create and _is_blank(connection)):
                raise sqlite3.DatabaseError("it is empty or belongs to another program")
            if 0 < found < len(MIGRATIONS):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                shutil.copy2(database, database.with_name(f"project.format{found}.backup.db"))
            connection.execute("PRAGMA journal_mode = WAL")
            for version in range(found, len(MIGRATIONS)):
                step = f"BEGIN; {MIGRATIONS[version]} PRAGMA user_version = {version + 1}; COMMIT;"
                connection.executescript(step)
            connection.executescript(_INDEXES)
    except (OSError, sqlite3.OperationalError) as error:
        raise WorkbenchError(
            f"The catalogue {database} cannot be opened for writing: {error}.",
            data="Nothing in the project was lost.",
            hint="Free some disk space or make the folder writable, then try again.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise damaged(database, error) from error


def damaged(database: Path, error: sqlite3.DatabaseError) -> WorkbenchError:
    """What to tell of a catalogue that cannot be read."""
    return WorkbenchError(
        f"The catalogue {database} cannot be read: {error}.",
        data="Your clips in the project's folder were not touched.",
        hint="Restore project.db from a backup, or import the clips folder into a new project.",
    )


def _is_blank(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
