"""The Try it station, driven as a person would drive it; offline and live hear the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractSlider, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fakes import FakeProject, FakeRun
from tests.gui.try_it_page import shown_try_it
from tests.unit.detection.fakes import LOGMEL, LoudnessScorer
from tests.unit.detection.test_stream import bursts
from workbench.audio.files import Samples, write_wave
from workbench.audio.frontend import FRONTENDS
from workbench.cancel import RunState
from workbench.detection.decoder import DecoderConfig, Detection
from workbench.detection.scorer import Scorer, ScorerPool
from workbench.detection.stream import StreamEngine, listen_to
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.pages.try_it import TryItPage
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.methods.patch import SUFFIX

RATE_HZ = 16000
WORD_TIMES_S = (1.2, 2.6, 4.0)
SLIDERS = ("threshold", "smoothing_ms", "patience_ms", "refractory_ms")


def finished(project: FakeProject, run_id: str, budget: float, minute: int) -> Path:
    """A finished run whose patch file exists; what is in it does not matter here."""
    folder = project.folder / "runs" / run_id
    folder.mkdir(parents=True)
    path = folder / f"words{SUFFIX}"
    path.write_bytes(bytes(74_200))
    record = {"patch": f"/elsewhere/words{SUFFIX}", "test_accuracy": 0.9}
    created = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
    run = FakeRun(run_id, "t1", "swr", budget, RunState.FINISHED, folder, {}, record, created)
    project.stored[run_id] = run
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Patches are scorers by loudness; names of the ones that were opened, in order."""
    names: list[str] = []

    def open_(pool: ScorerPool, path: Path, name: str | None = None) -> Scorer:
        names.append(name or path.name)
        other = FRONTENDS["mfcc40"] if "other" in path.name else LOGMEL
        return LoudnessScorer(name or path.name, sharpness=1 + 0.1 * len(names), frontend=other)

    monkeypatch.setattr(ScorerPool, "open", open_)
    return names


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, project: FakeProject, opened: list[str]
) -> Iterator[TryItPage]:
    for minute, (run_id, budget) in enumerate((("r1", 0.05), ("r2", 0.1))):
        finished(project, run_id, budget, minute)
    made = shown_try_it(qtbot, session)
    yield made
    made.shut_down()


def wave(folder: Path, samples: Samples) -> Path:
    path = folder / "kitchen.wav"
    write_wave(path, samples, RATE_HZ)
    return path


def expected(samples: Samples, config: DecoderConfig, sharpness: float) -> list[tuple[float, str]]:
    engine = StreamEngine([LoudnessScorer("one", sharpness)], LOGMEL, config)
    found = [item for item in listen_to(samples, engine) if isinstance(item, Detection)]
    return [(one.time_s, one.label) for one in found]


def heard(page: TryItPage) -> list[tuple[float, str]]:
    return [(one.time_s, one.label) for one in page.results.model.records[::-1]]


def test_without_a_patch_the_way_to_adapt_is_shown(qtbot: QtBot, session: Session) -> None:
    made = TryItPage(session)
    qtbot.addWidget(made)
    made.show()
    assert made._empty.isVisible()
    assert made._empty.accessibleName().startswith("Adapt a backbone, or tick words")
    button = made._empty.primary
    assert isinstance(button, QPushButton)
    with qtbot.waitSignal(session.station_requested) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [Station.ADAPT]


def test_the_newest_patch_is_switched_on_and_named(page: TryItPage, session: Session) -> None:
    assert [choice.name for choice in page.patches.active] == ["swr 10\u202f%"]
    assert page.view.accessibleName() == "Patch swr 10\u202f%"
    assert session.active_patch == page.patches.active[0].path
    assert [word for _, word in page.view.strips] == ["loud"]


def test_a_file_is_listed_at_once_and_hears_what_the_engine_hears(
    qtbot: QtBot, page: TryItPage, tmp_path: Path
) -> None:
    samples = bursts(WORD_TIMES_S, length_s=5.0)
    page.source.set_file(wave(tmp_path, samples))
    with qtbot.waitSignal(page.listening.ended, timeout=20_000):
        qtbot.mouseClick(page.source.scan, Qt.MouseButton.LeftButton)
    found = heard(page)
    assert len(found) == len(WORD_TIMES_S)
    assert found == expected(samples, page.kept.of(page.patches.active[0]), 1.1)
    assert page.results.word.text() == "loud"
    assert "3 words were heard" in page.results.details.text()


def test_played_in_real_time_a_file_hears_the_same(
    qtbot: QtBot, page: TryItPage, tmp_path: Path
) -> None:
    samples = bursts((0.8,), length_s=1.6)
    page.source.set_file(wave(tmp_path, samples))
    with qtbot.waitSignal(page.listening.ended, timeout=20_000):
        qtbot.mouseClick(page.source.listen, Qt.MouseButton.LeftButton)
    assert heard(page) == expected(samples, page.kept.of(page.patches.active[0]), 1.1)
    assert page.results.model.records[0].latency_ms >= 0


def listen_to_microphone(
    qtbot: QtBot, page: TryItPage, monkeypatch: pytest.MonkeyPatch, samples: Samples
) -> None:
    """What the device would bring, in blocks of 30 ms, as fast as the engine takes it."""
    monkeypatch.setattr(Microphone, "start", lambda self, name="": None)
    page.source.device.setEnabled(True)
    qtbot.keyClick(page, Qt.Key.Key_M)
    assert page.listening.is_on
    times: list[float] = []
    page.listening.heard.connect(lambda moment: times.append(moment.time_s))
    for start in range(0, len(samples), 480):
        page.microphone.samples.emit(samples[start : start + 480])
        sent = min(start + 480, len(samples)) / RATE_HZ
        qtbot.waitUntil(lambda sent=sent: bool(times) and times[-1] > sent - 1, timeout=10_000)
    qtbot.waitUntil(lambda: times[-1] >= len(samples) / RATE_HZ - 1e-6, timeout=10_000)


def test_the_microphone_hears_what_a_file_hears(
    qtbot: QtBot, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = bursts(WORD_TIMES_S, length_s=5.6)
    listen_to_microphone(qtbot, page, monkeypatch, samples)
    assert heard(page) == expected(samples, page.kept.of(page.patches.active[0]), 1.1)
    qtbot.keyClick(page, Qt.Key.Key_M)
    assert not page.listening.is_on


def test_without_a_microphone_a_file_is_offered(
    qtbot: QtBot, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page.microphone.devices, "all", lambda: ())
    asked: list[bool] = []
    monkeypatch.setattr(page.source, "choose_file", lambda: asked.append(True))
    page.source.device.list_devices()
    assert "allow its use in the system settings" in page.source.hint.text()
    qtbot.keyClick(page, Qt.Key.Key_M)
    assert not page.listening.is_on
    assert page.source.listen.text() == "Use a file instead"
    qtbot.mouseClick(page.source.listen, Qt.MouseButton.LeftButton)
    assert asked == [True]
    assert page.source.file_button.isVisible()


def test_leaving_the_station_ends_listening(
    qtbot: QtBot, page: TryItPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen_to_microphone(qtbot, page, monkeypatch, np.zeros(4800, np.float32))
    page.hide()
    assert not page.listening.is_on


def test_switching_back_and_forth_opens_each_patch_once(
    qtbot: QtBot, page: TryItPage, opened: list[str]
) -> None:
    newer, older = (choice.path for choice in page.patches.choices)
    for path in (older, newer, older, newer):
        page.patches.box(path).click()
        qtbot.waitUntil(lambda: not page.scorers.is_opening)
    page.patches.switch(older, True)
    assert sorted(opened) == ["swr 10\u202f%", "swr 5\u202f%"]
    assert len(page.scorers.ready) == len(page.patches.active)


def test_patches_listen_side_by_side(qtbot: QtBot, page: TryItPage, tmp_path: Path) -> None:
    page.patches.box(page.patches.choices[1].path).click()
    qtbot.waitUntil(lambda: len(page.view.strips) == 2)
    page.source.set_file(wave(tmp_path, bursts((1.2,), length_s=2.4)))
    with qtbot.waitSignal(page.listening.ended, timeout=20_000):
        page.start(True)
    assert {one.patch for one in page.results.model.records} == {"swr 10\u202f%", "swr 5\u202f%"}


def test_what_patches_share_is_said_when_several_listen(qtbot: QtBot, page: TryItPage) -> None:
    assert not page.sharing.isVisible()
    older = page.patches.box(page.patches.choices[1].path)
    older.click()
    qtbot.waitUntil(page.sharing.isVisible)
    assert "These 2 patches differ from the first layer on" in page.sharing.text()
    older.click()
    assert not page.sharing.isVisible()


def test_a_patch_with_other_features_is_switched_off_again(
    qtbot: QtBot, page: TryItPage, tmp_path: Path, expect_log: object
) -> None:
    assert callable(expect_log)
    expect_log("other sound features")
    other = tmp_path / f"other{SUFFIX}"
    other.touch()
    page.patches.switch(other, True)
    qtbot.waitUntil(lambda: not page.patches.box(other).isChecked())
    assert [choice.name for choice in page.patches.active] == ["swr 10\u202f%"]


def test_a_damaged_patch_file_is_a_message(
    qtbot: QtBot,
    session: Session,
    page: TryItPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    expect_log: object,
) -> None:
    assert callable(expect_log)
    expect_log("not a complete patch file")
    monkeypatch.undo()
    broken = tmp_path / f"broken{SUFFIX}"
    broken.write_bytes(b"\x10")
    page.patches.switch(broken, True)
    qtbot.waitUntil(lambda: not page.patches.box(broken).isChecked())
    assert "complete patch file" in session.notices.history[-1].text


def test_a_threshold_is_dragged_on_its_strip(qtbot: QtBot, page: TryItPage) -> None:
    strip = next(iter(page.view.strips.values()))
    area = strip._area()
    start = QPoint(int(area.center().x()), round(area.bottom() - area.height() * 0.7))
    end = QPoint(start.x(), round(area.bottom() - area.height() * 0.4))
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(strip, end)
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=end)
    assert strip.threshold == pytest.approx(0.4, abs=0.03)
    assert strip.is_own
    strip.setFocus()
    before = strip.threshold
    qtbot.keyClick(strip, Qt.Key.Key_Up)
    assert strip.threshold == pytest.approx(before + 0.01)
    qtbot.keyClick(strip, Qt.Key.Key_Delete)
    assert (strip.threshold, strip.is_own) == (0.7, False)


def test_settings_hold_for_what_is_heard(qtbot: QtBot, page: TryItPage, tmp_path: Path) -> None:
    samples = bursts(WORD_TIMES_S, length_s=5.0)
    page.source.set_file(wave(tmp_path, samples))
    page.settings.sliders["threshold"].setValue(900)
    page.settings.sliders["smoothing_ms"].setValue(4)
    page.settings.sliders["refractory_ms"].setValue(20)
    wanted = DecoderConfig(threshold=0.9, smoothing_ms=80, refractory_ms=2000)
    assert page.kept.of(page.patches.active[0]) == wanted
    with qtbot.waitSignal(page.listening.ended, timeout=20_000):
        page.start(True)
    found = heard(page)
    assert found == expected(samples, page.kept.of(page.patches.active[0]), 1.1)
    assert len(found) < len(WORD_TIMES_S)


def test_a_patch_chosen_elsewhere_listens_alone(
    page: TryItPage, session: Session, qtbot: QtBot
) -> None:
    newer, older = (choice.path for choice in page.patches.choices[:2])
    assert page.patches.box(newer).isChecked()
    session.set_active_patch(older)
    assert [choice.path for choice in page.patches.active] == [older]
    assert session.active_patch == older
    assert session.patch_title(older) == page.patches.choices[1].name
    qtbot.waitUntil(lambda: not page.scorers.is_opening)


def test_a_run_that_ends_is_listed(page: TryItPage, session: Session, project: FakeProject) -> None:
    finished(project, "r3", 0.2, 30)
    project.stored["r4"] = replace(project.stored["r3"], id="r4", record=None)
    session.runs_changed.emit()
    names = [choice.name for choice in page.patches.choices]
    assert names == ["swr 20\u202f%", "swr 10\u202f%", "swr 5\u202f%"]
    assert [choice.name for choice in page.patches.active] == ["swr 10\u202f%"]


def test_every_control_has_a_name(page: TryItPage) -> None:
    kinds = (QPushButton, QAbstractSlider, QComboBox)
    for kind in kinds:
        for widget in page.findChildren(kind):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                assert widget.accessibleName() or spoken_text(widget), widget


def spoken_text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QPushButton) else ""


def test_the_sliders_say_their_value(page: TryItPage) -> None:
    described = [page.settings.sliders[name].accessibleDescription() for name in SLIDERS]
    assert described == ["0.70", "160 ms", "160 ms", "1000 ms"]
