"""Errors, cancel token, notices, atomic writing."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from workbench.atomic import write_bytes
from workbench.cancel import Cancelled, CancelToken, RunState
from workbench.errors import WorkbenchError
from workbench.notices import Level, Notice, NoticeBus


def test_error_says_what_happened_what_it_means_and_what_to_do() -> None:
    error = WorkbenchError("It broke.", data="Nothing was lost.", hint="Try again.")
    assert str(error) == "It broke. Nothing was lost. Try again."


def test_stopped_token_raises_and_running_token_does_not() -> None:
    token = CancelToken()
    token.check()
    token.stop(keep_result=True)
    assert token.keeps_result
    with pytest.raises(Cancelled):
        token.check()


def test_paused_work_waits_and_wakes_up_to_stop() -> None:
    token = CancelToken()
    token.pause()
    ended = threading.Event()

    def work() -> None:
        try:
            token.check()
        except Cancelled:
            ended.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert not ended.wait(0.05)
    token.stop()
    worker.join(5)
    assert ended.is_set()


def test_states_that_are_over() -> None:
    over = {state for state in RunState if state.is_over}
    assert over == {RunState.FINISHED, RunState.CANCELLED, RunState.FAILED}


def test_notices_wait_for_their_first_reader() -> None:
    bus = NoticeBus()
    bus.info("early")
    seen: list[Notice] = []
    unsubscribe = bus.subscribe(seen.append)
    bus.info("late", key="progress")
    unsubscribe()
    bus.info("unseen")
    assert [notice.text for notice in seen] == ["early", "late"]
    assert [notice.text for notice in bus.history] == ["early", "late", "unseen"]
    assert seen[0].level is Level.INFO


def test_atomic_write_replaces_and_leaves_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_full_disk_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkbenchError, match="No space left"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
