"""At most so many repaints per second; none of them late, none of them lost."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from workbench.gui.bridge.throttle import Throttle


def test_first_request_acts_at_once_and_the_last_state_is_always_shown(qtbot: QtBot) -> None:
    owner = QObject()
    state = {"value": 0}
    shown: list[int] = []
    throttle = Throttle(lambda: shown.append(state["value"]), owner, rate_hz=20)
    for value in range(1, 101):
        state["value"] = value
        throttle.request()
    assert shown == [1]
    qtbot.waitUntil(lambda: shown[-1] == 100)
    assert shown == [1, 100]


def test_nothing_happens_without_a_request(qtbot: QtBot) -> None:
    owner = QObject()
    shown: list[int] = []
    throttle = Throttle(lambda: shown.append(1), owner, rate_hz=200)
    throttle.request()
    qtbot.wait(30)
    assert shown == [1]


def test_flush_makes_the_waiting_call_now(qtbot: QtBot) -> None:
    owner = QObject()
    shown: list[int] = []
    throttle = Throttle(lambda: shown.append(1), owner, rate_hz=1)
    throttle.request()
    throttle.request()
    throttle.flush()
    throttle.flush()
    assert shown == [1, 1]
