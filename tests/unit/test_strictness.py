"""The guards of the tests themselves."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from tests.helpers.logs import LogGuard
from workbench.locations import cache_dir, user_models_dir


def record(level: int, text: str) -> logging.LogRecord:
    return logging.LogRecord("workbench.somewhere", level, "file.py", 1, text, (), None)


def test_an_unannounced_warning_is_a_problem() -> None:
    guard = LogGuard()
    guard.handle(record(logging.WARNING, "disk almost full"))
    assert guard.problems() == ["unexpected WARNING from workbench.somewhere: disk almost full"]


def test_an_announced_warning_is_none() -> None:
    guard = LogGuard()
    guard("almost")
    guard.handle(record(logging.WARNING, "disk almost full"))
    assert guard.problems() == []


def test_an_announced_warning_must_come() -> None:
    guard = LogGuard()
    guard("almost")
    assert guard.problems() == ["expected message never logged: almost"]


def test_user_folders_are_the_test_s_own(own_folders: Path) -> None:
    assert Path(os.environ["HOME"]) == own_folders
    assert cache_dir().is_relative_to(own_folders)
    assert user_models_dir().is_relative_to(own_folders)
