"""Strictness and isolation for all tests; what it enforces is explained in ``tests/helpers``."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HAS_QT = importlib.util.find_spec("PySide6") is not None
WINDOW_TESTS = Path(__file__).parent / "gui"

pytest_plugins = ["tests.helpers.logs", "tests.helpers.folders"]
if HAS_QT:
    pytest_plugins.append("tests.helpers.qt_leaks")
else:
    collect_ignore = [WINDOW_TESTS.name]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Speed is measured in benchmarks/, never asserted; and the same tests give the same verdict.
settings.register_profile(
    "workbench", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("workbench")


def pytest_report_header() -> str:
    platform = os.environ["QT_QPA_PLATFORM"]
    return f"Qt: {platform}" if HAS_QT else "Qt: absent, window tests are not collected"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies under ``tests/gui``; a window test may neither leak nor make Qt complain."""
    offscreen = os.environ["QT_QPA_PLATFORM"] == "offscreen"
    for item in items:
        assert isinstance(item, pytest.Function)
        needs_display = item.get_closest_marker("display") is not None
        if WINDOW_TESTS in item.path.parents and not needs_display:
            item.add_marker("gui")
        if needs_display and offscreen:
            item.add_marker(pytest.mark.skip(reason="needs a display: run by make test under Xvfb"))
        if needs_display or item.get_closest_marker("gui"):
            _hold_to_qt_rules(item)


def _hold_to_qt_rules(item: pytest.Function) -> None:
    from tests.helpers.qt_leaks import HARMLESS_QT_MESSAGES

    item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
    item.add_marker(pytest.mark.qt_log_ignore(*HARMLESS_QT_MESSAGES, extend=True))
    item.fixturenames.insert(0, "no_qt_leaks")
