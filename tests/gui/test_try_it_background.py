"""The threshold from the user's background: any length, several files, what it misses, and stopping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.test_try_it import opened, page, wave
from tests.unit.detection.fakes import LoudnessScorer
from tests.unit.detection.test_operating_search import found, task
from tests.unit.detection.test_stream import bursts
from workbench.data.task import Split
from workbench.detection.operating_search import OperatingSearch
from workbench.gui.pages import try_it_background
from workbench.gui.pages.try_it import TryItPage

__all__ = ["opened", "page"]

NEWEST = "swr 10\u202f%"


@pytest.fixture
def rooms(tmp_path: Path) -> list[Path]:
    """Two recordings, each too short to choose a threshold by itself."""
    paths = []
    for name, moment_s in (("kitchen", 30.0), ("street", 12.0)):
        (tmp_path / name).mkdir()
        paths.append(wave(tmp_path / name, bursts((moment_s,), length_s=40.0)))
    return paths


def test_the_threshold_is_set_from_several_recordings_and_their_hours_add_up(
    qtbot: QtBot, page: TryItPage, rooms: list[Path]
) -> None:
    strip = next(iter(page.view.strips.values()))
    page.view.threshold_moved.emit(NEWEST, "loud", 0.2)
    assert strip.is_own
    with qtbot.waitSignal(page.background.found, timeout=60_000) as chosen:
        page.background.measure(rooms)
        assert page.background.button.text() == "Stop"
    scorer, config = LoudnessScorer(sharpness=1.1), page.kept.of(page.patches.active[0])
    _, point = found(OperatingSearch(scorer, rooms, config, page.background.goal.value()))
    assert chosen.args == [point.threshold]
    assert page.settings.value("threshold") == point.threshold
    assert not strip.is_own
    text = page.background.result.text()
    assert "0 false alarms in 1.3 minutes; at most 135 per hour (95 %)" in text
    assert "proven by 6.0 hours" in text
    assert "How many words it misses is not known" in text
    assert page.background.button.text() == "Set from background…"


def test_what_the_threshold_misses_is_told_with_its_interval(
    qtbot: QtBot,
    page: TryItPage,
    rooms: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = task(tmp_path / "words", [("loud", Split.VAL, 3.0)] * 3 + [("loud", Split.VAL, 1e-3)])
    asked: list[Path] = []

    def learned_from(patch: Path) -> Path:
        asked.append(patch)
        return data

    monkeypatch.setattr(try_it_background, "learned_from", learned_from)
    page.background.goal.setValue(50)
    with qtbot.waitSignal(page.background.found, timeout=60_000):
        page.background.measure(rooms)
    assert asked == [page.patches.active[0].path]
    text = page.background.result.text().replace("\u202f", " ")
    assert "misses 1 of 4 validation words: 25.0 % (95 %: 4.6 % to 69.9 %)" in text


def test_measuring_can_be_stopped_and_the_threshold_stays(
    qtbot: QtBot, page: TryItPage, rooms: list[Path]
) -> None:
    before = page.settings.value("threshold")
    page.background.measure(rooms)
    page.background.button.click()
    assert "stays as it was" in page.background.result.text()
    qtbot.waitUntil(lambda: not page.background._background.is_busy, timeout=60_000)
    assert page.settings.value("threshold") == before
    assert page.background.progress.isHidden()


def test_a_measurement_ends_with_what_it_would_not_hold_for(
    qtbot: QtBot, page: TryItPage, rooms: list[Path]
) -> None:
    page.background.measure(rooms)
    page.view.threshold_moved.emit(NEWEST, "loud", 0.2)
    assert page.background.is_measuring, "a threshold is what is being chosen"
    page.settings.sliders["smoothing_ms"].setValue(20)
    assert not page.background.is_measuring
    page.background.measure(rooms)
    page.patches.switch(page.patches.choices[1].path, True)
    qtbot.waitUntil(lambda: not page.background.is_measuring)
    qtbot.waitUntil(lambda: not page.background._background.is_busy, timeout=60_000)


def test_a_file_that_is_no_audio_is_told(
    qtbot: QtBot, page: TryItPage, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("broken.wav cannot be read")
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"nothing")
    with qtbot.waitSignal(page.background.failed, timeout=60_000) as failed:
        page.background.measure([broken])
    assert "broken.wav cannot be read" in failed.args[0].message
    assert not page.background.is_measuring
