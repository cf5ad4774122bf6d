"""The listening thread: nothing is lost while it keeps up, and it says so when it did not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from tests.unit.detection.fakes import LoudnessScorer
from workbench.audio import RATE_HZ
from workbench.detection.decoder import DecoderConfig
from workbench.detection.side_by_side import SideBySide
from workbench.detection.spectrum import SpectrumStream
from workbench.gui import theme
from workbench.gui.bridge.listener import RING_S, FileSource, Heard, Listener, ListenPlan
from workbench.gui.plots.scrolling_spectrogram import ScrollingSpectrogram
from workbench.gui.plots.time_window import TimeWindow

PLAN = ListenPlan(SideBySide([LoudnessScorer()]), {"loudness": DecoderConfig()})


@pytest.fixture
def listener(qtbot: QtBot) -> Iterator[Listener]:
    made = Listener()
    yield made
    made.shut_down()


def test_too_much_at_once_is_counted_as_lost(qtbot: QtBot, listener: Listener) -> None:
    listener.start()
    with qtbot.waitSignal(listener.heard) as first:
        listener.hear(np.zeros(RATE_HZ // 10, np.float32))
    assert first.args[0].lost_s == 0
    with qtbot.waitSignal(listener.heard) as second:
        listener.hear(np.zeros(round((RING_S + 1.5) * RATE_HZ), np.float32))
    assert second.args[0].lost_s == pytest.approx(1.5)


def test_the_latest_sound_is_of_this_listening(listener: Listener) -> None:
    listener.hear(np.full(2 * RATE_HZ, 0.5, np.float32))
    listener.start()
    assert len(listener.latest(3.0)) == 0
    listener.hear(np.full(RATE_HZ, 0.1, np.float32))
    np.testing.assert_array_equal(listener.latest(3.0), np.full(RATE_HZ, 0.1, np.float32))
    assert len(listener.latest(0.5)) == RATE_HZ // 2


def test_patches_may_change_while_a_file_is_heard(qtbot: QtBot, listener: Listener) -> None:
    moments: list[Heard] = []
    listener.heard.connect(moments.append)
    listener.use(ListenPlan())
    with qtbot.waitSignal(listener.ended, timeout=10_000):
        listener.start(FileSource(np.zeros(5 * RATE_HZ, np.float32), is_fast=True))
        listener.use(PLAN)
    assert moments[-1].time_s == 5
    assert sum(moment.columns.shape[1] for moment in moments) == 500


def test_sound_is_amplified_before_anything_looks(qtbot: QtBot, listener: Listener) -> None:
    moments: list[Heard] = []
    listener.heard.connect(moments.append)
    tone = 0.01 * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ)
    levels = []
    for gain_db in (0.0, 20.0):
        moments.clear()
        listener.use(ListenPlan(gain_db=gain_db))
        with qtbot.waitSignal(listener.ended, timeout=10_000):
            listener.start(FileSource(tone.astype(np.float32), is_fast=True))
        levels.append(moments[0].columns[:, 50].max())
    assert levels[1] - levels[0] == pytest.approx(20, abs=0.1)


def test_a_tone_is_drawn_at_its_frequency_and_time(qtbot: QtBot) -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    tone = 0.5 * np.sin(2 * np.pi * 4000 * time_s) * (time_s > 2)
    plot = ScrollingSpectrogram()
    qtbot.addWidget(plot)
    plot.resize(800, 300)
    plot.add_columns(SpectrumStream(RATE_HZ).push(tone.astype(np.float32)))
    plot.show_window(TimeWindow.until(4.0))
    picture, area = plot.grab().toImage(), plot._area()

    def is_marked(second: float, khz: float) -> bool:
        x, y = area.left() + area.width() * second / 10, area.bottom() - area.height() * khz / 8
        ground = QColor(theme.tokens().card)
        return abs(picture.pixelColor(round(x), round(y)).lightness() - ground.lightness()) > 60

    assert is_marked(3.0, 4.0)
    assert not is_marked(3.0, 1.5)
    assert not is_marked(1.0, 4.0)
