"""A test fails when something logs a warning or an error that the test did not announce."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest


class LogGuard(logging.Handler):
    """Collects records from WARNING upwards and compares them with what the test announced."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[logging.LogRecord] = []
        self._expected: list[re.Pattern[str]] = []

    def __call__(self, pattern: str) -> None:
        """Announce that a message matching ``pattern`` (searched for) must be logged."""
        self._expected.append(re.compile(pattern))

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    def problems(self) -> list[str]:
        """Records nobody announced, and announced messages that never came."""
        texts = [(record, record.getMessage()) for record in self._records]
        unexpected = [
            f"unexpected {record.levelname} from {record.name}: {text}"
            for record, text in texts
            if not any(pattern.search(text) for pattern in self._expected)
        ]
        missing = [
            f"expected message never logged: {pattern.pattern}"
            for pattern in self._expected
            if not any(pattern.search(text) for _, text in texts)
        ]
        return unexpected + missing


@pytest.fixture(autouse=True)
def expect_log() -> Iterator[LogGuard]:
    """Call it with a pattern for every warning or error that the test provokes."""
    guard = LogGuard()
    root = logging.getLogger()
    root.addHandler(guard)
    yield guard
    root.removeHandler(guard)
    problems = guard.problems()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
