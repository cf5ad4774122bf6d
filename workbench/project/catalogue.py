"""All SQL of a project. Every call opens its own short connection, so any thread may call."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.cancel import RunState
from workbench.data.task import SILENCE, UNKNOWN, Clip, Split
from workbench.errors import WorkbenchError
from workbench.project.clip_rows import ClipRow
from workbench.project.records import ClipRecord, RunRecord, TaskRecord
from workbench.project.schema import bring_up_to_date, damaged

FILE_NAME = "project.db"
_CLIP = (
    "SELECT CAST(id AS TEXT), CAST(task_id AS TEXT), ? || file, sha256, label, split, speaker, start_s, "
    "duration_s, length_s, flags, removed, file_index, source FROM clip "
)
_IN_ORDER = f" ORDER BY removed, label IN ('{SILENCE}', '{UNKNOWN}'), label, id"
_RUN = " WHERE id = ? OR leader = ?"
_NAMED = " id IN (SELECT value FROM json_each(?))"
_EDITABLE = frozenset({"label", "split", "speaker", "removed"})


def last_written(folder: Path) -> datetime | None:
    """When the catalogue of a project was last changed; None where there is none."""
    # What is not in the catalogue itself yet lies in the journal beside it, which is empty otherwise.
    files = (folder / FILE_NAME, folder / f"{FILE_NAME}-wal")
    found = [file.stat() for file in files if file.exists()]
    times = [one.st_mtime for one in found if one.st_size]
    return datetime.fromtimestamp(max(times), UTC) if times else None


@dataclass(frozen=True)
class NewClip:
    """A clip whose file lies in the project already.

    Attributes:
        file: Relative to the clips folder.
        source: How the clip was called where it came from; empty for what was made in the project.
    """

    file: str
    sha256: str
    clip: Clip
    length_s: float
    flags: tuple[str, ...]
    source: str = ""


class Catalogue:
    """Tasks, clips and runs of one project folder."""

    def __init__(self, folder: Path, may_create: bool) -> None:
        self._folder = folder
        self._database = folder / FILE_NAME
        self._at_once = threading.local()
        bring_up_to_date(self._database, may_create)

    def tasks(self, removed: bool = False) -> tuple[TaskRecord, ...]:
        query = "SELECT id, name FROM task WHERE removed = ? ORDER BY id"
        with self._open() as db:
            rows = db.execute(query, (int(removed),))
            return tuple(TaskRecord(str(row["id"]), row["name"]) for row in rows)

    def add_task(self, name: str) -> TaskRecord:
        with self._open() as db:
            made = db.execute("INSERT INTO task (name) VALUES (?)", (name,))
            return TaskRecord(str(made.lastrowid), name)

    def update_task(self, task_id: str, field: str, value: object) -> None:
        assert field in ("name", "removed")
        with self._open() as db:
            db.execute(f"UPDATE task SET {field} = ? WHERE id = ?", (value, int(task_id)))

    def clips(self, task_id: str, removed: bool = False) -> tuple[ClipRecord, ...]:
        where = "WHERE task_id = ? AND removed = ? ORDER BY label, id"
        return tuple(row.record for row in self._clip_rows(where, int(task_id), int(removed)))

    def clip_rows(self, task_id: str) -> list[ClipRow]:
        """All clips of a task, those in its trash after the others, each in the order of ``place``."""
        return self._clip_rows("WHERE task_id = ?" + _IN_ORDER, int(task_id))

    def clips_named(self, ids: Sequence[str]) -> list[ClipRow]:
        return self._clip_rows("WHERE" + _NAMED, _numbers(ids))

    def clips_of_label(self, task_id: str, label: str) -> list[ClipRow]:
        where = "WHERE task_id = ? AND removed = 0 AND label = ?"
        return self._clip_rows(where, int(task_id), label)

    def total(self, task_id: str) -> int:
        """Clips of a task, its trash included."""
        with self._open() as db:
            query = "SELECT COUNT(*) FROM clip WHERE task_id = ?"
            return int(db.execute(query, (int(task_id),)).fetchone()[0])

    def any_file(self, task_id: str) -> str | None:
        """A file of some clip of a task, its trash included; None where there is no clip."""
        with self._open() as db:
            query = "SELECT file FROM clip WHERE task_id = ? LIMIT 1"
            found = db.execute(query, (int(task_id),)).fetchone()
            return found[0] if found else None

    def clips_after(self, task_id: str, clip_id: int) -> tuple[str, ...]:
        """Ids of the clips that were added to a task after a certain one."""
        query = "SELECT id FROM clip WHERE task_id = ? AND removed = 0 AND id > ? ORDER BY id"
        with self._open() as db:
            return tuple(str(row[0]) for row in db.execute(query, (int(task_id), clip_id)))

    def newest_clip(self) -> int:
        with self._open() as db:
            return int(db.execute("SELECT COALESCE(MAX(id), 0) FROM clip").fetchone()[0])

    def count_clips(
        self, task_id: str, by: str, removed: bool = False
    ) -> dict[tuple[str, Split | None], int]:
        """How many clips there are of each label or speaker in each part."""
        assert by in ("label", "speaker")
        query = (
            f"SELECT {by}, split, COUNT(*) FROM clip WHERE task_id = ? AND removed = ? "
            f"GROUP BY {by}, split"
        )
        with self._open() as db:
            rows = db.execute(query, (int(task_id), int(removed)))
            return {(name, Split(part) if part else None): n for name, part, n in rows}

    def add_clips(self, task_id: str, clips: Sequence[NewClip]) -> tuple[str, ...]:
        """Insert clips in one transaction; returns their ids."""
        ids = []
        with self._open() as db:
            for new in clips:
                clip = new.clip
                made = db.execute(
                    "INSERT INTO clip (task_id, file, sha256, label, split, speaker, start_s, duration_s, "
                    "length_s, flags, file_index, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        int(task_id),
                        new.file,
                        new.sha256,
                        clip.label,
                        clip.split,
                        clip.speaker,
                        clip.start_s,
                        clip.duration_s,
                        new.length_s,
                        " ".join(new.flags),
                        clip.index,
                        new.source,
                    ),
                )
                ids.append(str(made.lastrowid))
        return tuple(ids)

    def update_clips(self, ids: Sequence[str], field: str, value: object) -> None:
        """Set one column of several clips, all or none."""
        assert field in _EDITABLE
        with self._open() as db:
            db.execute(f"UPDATE clip SET {field} = ? WHERE" + _NAMED, (value, _numbers(ids)))

    def set_splits(self, splits: Sequence[tuple[Split, str]]) -> None:
        with self._open() as db:
            db.executemany(
                "UPDATE clip SET split = ? WHERE id = ?", [(str(s), int(i)) for s, i in splits]
            )

    def files_in_use(self) -> set[str]:
        with self._open() as db:
            return {row["file"] for row in db.execute("SELECT DISTINCT file FROM clip")}

    def runs(self, task_id: str | None = None) -> tuple[RunRecord, ...]:
        query, values = "SELECT * FROM run ORDER BY id", ()
        with self._open() as db:
            found = tuple(self._run(row) for row in db.execute(query, values))
        return tuple(run for run in found if task_id in (None, run.task_id))

    def add_run(
        self, task_ids: Sequence[str], method: str, budget: float | None, job: str
    ) -> RunRecord:
        """One row per task, all or none; the first leads and is returned."""
        created = datetime.now(UTC).isoformat()
        leader: int | None = None
        with self._open() as db:
            for task_id in task_ids:
                made = db.execute(
                    "INSERT INTO run (task_id, method, budget, state, job, created, leader)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (int(task_id), method, budget, RunState.QUEUED, job, created, leader),
                )
                leader = leader or made.lastrowid
            row = db.execute("SELECT * FROM run WHERE id = ?", (leader,)).fetchone()
            return self._run(row)

    def set_run_state(self, run_id: str, state: RunState) -> None:
        with self._open() as db:
            db.execute("UPDATE run SET state = ?" + _RUN, (state, int(run_id), int(run_id)))

    def finish_run(self, run_id: str, records: Sequence[dict[str, Any]]) -> None:
        """Keep what a run reported, a record for each of its tasks in their order, all or none."""
        with self._open() as db:
            rows = db.execute(
                f"SELECT id FROM run{_RUN} ORDER BY id", (int(run_id), int(run_id))
            ).fetchall()
            db.executemany(
                "UPDATE run SET state = ?, record = ? WHERE id = ?",
                [
                    (RunState.FINISHED, json.dumps(record), row["id"])
                    for row, record in zip(rows, records, strict=True)
                ],
            )

    def listening(self) -> dict[str, str]:
        """Settings as text, by patch."""
        with self._open() as db:
            rows = db.execute("SELECT patch, settings FROM listening")
            return {row["patch"]: row["settings"] for row in rows}

    def set_listening(self, settings: Mapping[str, str | None]) -> None:
        """Keep or, where they are None, forget settings of several patches, all or none."""
        kept = [(patch, text) for patch, text in settings.items() if text is not None]
        with self._open() as db:
            db.executemany("DELETE FROM listening WHERE patch = ?", [(key,) for key in settings])
            db.executemany("INSERT INTO listening (patch, settings) VALUES (?, ?)", kept)

    def run_folder(self, run_id: int) -> Path:
        return self._folder / "runs" / f"{run_id:04d}"

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Make what this thread changes in the block one transaction; each by itself waits for the disk."""
        with self._open() as db:
            self._at_once.connection = db
            try:
                yield
            finally:
                del self._at_once.connection

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection whose block is one transaction, or part of a larger one: whole or not at all."""
        if hasattr(self._at_once, "connection"):
            yield self._at_once.connection
            return
        try:
            with closing(sqlite3.connect(self._database, timeout=30)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = FULL")
                with connection:
                    yield connection
        except sqlite3.OperationalError as error:
            raise WorkbenchError(
                f"The project in {self._folder} could not be changed: {error}.",
                data="What was saved before is intact; the last change was not made.",
                hint="Free some disk space or make the folder writable, then try again.",
            ) from error
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # all its other kinds are bugs
                raise
            raise damaged(self._database, error) from error

    def _clip_rows(self, where: str, *values: object) -> list[ClipRow]:
        clips_folder = str(self._folder / "clips") + os.sep
        with self._open() as db:
            cursor = db.cursor()
            cursor.row_factory = lambda _cursor, row: ClipRow._make(row)
            return cursor.execute(_CLIP + where, (clips_folder, *values)).fetchall()

    def _run(self, row: sqlite3.Row) -> RunRecord:
        return RunRecord(
            str(row["id"]),
            str(row["task_id"]),
            row["method"],
            row["budget"],
            RunState(row["state"]),
            self.run_folder(row["leader"] or row["id"]),
            json.loads(row["job"]),
            json.loads(row["record"]) if row["record"] else None,
            datetime.fromisoformat(row["created"]),
            str(row["leader"] or row["id"]),
        )


def _numbers(ids: Sequence[str]) -> str:
    return json.dumps([int(one) for one in ids])
