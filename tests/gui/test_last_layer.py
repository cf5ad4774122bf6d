"""The window of the two toys: the fold under the slider, the study under its button, and how it is reached."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from workbench.cancel import Cancelled, CancelToken
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.dialogs.last_layer import LastLayerDialog
from workbench.gui.main_window import MainWindow
from workbench.gui.pages.adapt_settings import AdaptSettings
from workbench.gui.pages.last_layer_discs import DiscsCard
from workbench.gui.pages.last_layer_fold import FoldCard
from workbench.gui.plots.decision_map import decision_image
from workbench.gui.plots.mode_curves import ModeCurves
from workbench.gui.session import Session
from workbench.methods.registry import names, several_methods
from workbench.studies.disc_task import (
    DiscConfig,
    DiscEvent,
    Labelling,
    Looked,
    Mode,
    StageStarted,
    View,
)

TOTAL = 600


@dataclass
class FakeStudy:
    """Two stages of two looks each; waits at the gate before the last look."""

    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[DiscConfig] = field(default_factory=list)
    ended_by_stop: threading.Event = field(default_factory=threading.Event)

    def run(self, config: DiscConfig, token: CancelToken) -> Iterator[DiscEvent]:
        self.asked.append(config)
        for modes in ((), config.modes):
            count = len(modes) or 1
            yield StageStarted(modes, tuple(10 * (i + 1) for i in range(count)), TOTAL)
            for step in (1, 2):
                if modes and step == 2:
                    self._wait(token)
                views = [View(0.1, 0.5 + 0.05 * i * step, a_map(i)) for i in range(count)]
                yield Looked(step, 2, tuple(views))

    def _wait(self, token: CancelToken) -> None:
        while not self.gate.wait(0.01):
            try:
                token.check()
            except Cancelled:
                self.ended_by_stop.set()
                raise


def a_map(number: int) -> np.ndarray:
    return np.full((4, 4), number / 10, np.float32)


@pytest.fixture
def study() -> FakeStudy:
    return FakeStudy()


@pytest.fixture
def card(qtbot: QtBot, study: FakeStudy) -> Iterator[DiscsCard]:
    made = DiscsCard(study.run)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    yield made
    made.stop()
    qtbot.waitUntil(lambda: not made._background.is_busy)


def press(qtbot: QtBot, card: DiscsCard) -> None:
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)


def test_the_slider_counts_the_pieces(qtbot: QtBot) -> None:
    card = FoldCard()
    qtbot.addWidget(card)
    for bias, text in (("0", "4 pieces"), ("-0.1", "3 pieces"), ("-0.42", "1 piece")):
        card.set_bias(Fraction(bias))
        assert card.bias == Fraction(bias)
        assert card.count.text() == text
    card.slider.reset_wanted.emit()
    assert card.count.text() == "4 pieces"


def test_each_example_button_shows_as_many_pieces_as_it_says(qtbot: QtBot) -> None:
    card = FoldCard()
    qtbot.addWidget(card)
    assert [button.text() for button in card.examples] == ["4", "3", "2", "1", "0"]
    for button in card.examples:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert card.count.text().split()[0] == button.text()


def test_a_study_fills_maps_curves_table_and_verdict(
    qtbot: QtBot, card: DiscsCard, study: FakeStudy
) -> None:
    assert all(tile.map.is_empty for tile in (card.tiles.before, *card.tiles.tiles.values()))
    study.gate.set()
    press(qtbot, card)
    qtbot.waitUntil(lambda: "last layer alone" in card.status.text())
    qtbot.waitUntil(lambda: card.button.text() == "Start")
    assert not any(tile.map.is_empty for tile in (card.tiles.before, *card.tiles.tiles.values()))
    rows = [line.split("\t") for line in card.results.as_text().splitlines()]
    assert [row[1] for row in rows[1:]] == [f"{n} of 600" for n in (10, 20, 30, 40, 50)]
    assert [row[2] for row in rows[1:]] == [f"{n:.1f}\u202f%" for n in (50, 60, 70, 80, 90)]
    assert card.status.text() == (
        "The last layer alone: 90\u202f% right. Biases and scales below it: 70\u202f%."
    )
    assert "60.0\u202f% right" in card.tiles.tiles[Mode.SCALES].map.accessibleName()


def test_the_engine_is_asked_what_was_chosen(
    qtbot: QtBot, card: DiscsCard, study: FakeStudy
) -> None:
    choices = card.choices
    choices.first.setCurrentText("a ring")
    choices.second.setCurrentText("two discs")
    choices.width_box.setCurrentText("8")
    choices.start.setCurrentText("random weights")
    choices.seed.setValue(7)
    card.tiles.boxes[Mode.SCALES].setChecked(False)
    study.gate.set()
    press(qtbot, card)
    qtbot.waitUntil(lambda: card.button.text() == "Start" and bool(study.asked))
    (config,) = study.asked
    assert config == DiscConfig(
        first=Labelling.RING,
        second=Labelling.TWO_DISCS,
        width=8,
        modes=(Mode.BIASES, Mode.BOTH, Mode.BOTH_AND_LOGITS, Mode.LOGITS),
        pretrained=False,
        seed=7,
    )
    assert card.tiles.tiles[Mode.SCALES].map.is_empty


def test_nothing_can_be_started_when_nothing_may_change(qtbot: QtBot, card: DiscsCard) -> None:
    for box in card.tiles.boxes.values():
        box.setChecked(False)
    assert not card.button.isEnabled()
    card.tiles.boxes[Mode.LOGITS].setChecked(True)
    assert card.button.isEnabled()


def test_stop_ends_the_study_and_keeps_what_was_seen(
    qtbot: QtBot, card: DiscsCard, study: FakeStudy
) -> None:
    press(qtbot, card)
    tile = card.tiles.tiles[Mode.BIASES]
    qtbot.waitUntil(lambda: not tile.map.is_empty)
    assert card.button.text() == "Stop"
    press(qtbot, card)
    assert study.ended_by_stop.wait(5)
    assert card.button.text() == "Start"
    assert not tile.map.is_empty
    assert card.status.text() == "Stopped."


def test_a_new_choice_ends_the_study_and_empties_what_answers_another_question(
    qtbot: QtBot, card: DiscsCard, study: FakeStudy
) -> None:
    press(qtbot, card)
    qtbot.waitUntil(lambda: not card.tiles.tiles[Mode.BIASES].map.is_empty)
    card.choices.seed.setValue(1)
    assert study.ended_by_stop.wait(5)
    qtbot.waitUntil(lambda: not card._background.is_busy)
    assert card.tiles.tiles[Mode.BIASES].map.is_empty
    assert card.results.rowCount() == 0


def test_closing_the_window_ends_the_study(qtbot: QtBot, study: FakeStudy) -> None:
    dialog = LastLayerDialog(runner=study.run)
    qtbot.addWidget(dialog)
    dialog.show()
    press(qtbot, dialog.discs)
    qtbot.waitUntil(lambda: bool(study.asked))
    dialog.close()
    assert study.ended_by_stop.wait(5)
    qtbot.waitUntil(lambda: not dialog.discs._background.is_busy)


def test_what_work_tells_arrives_in_order_and_an_error_ends_it(qtbot: QtBot) -> None:
    owner = QObject()
    background = Background(owner)
    heard: list[object] = []
    errors: list[WorkbenchError] = []

    def events() -> Iterator[int]:
        yield from range(100)
        raise WorkbenchError("No.", hint="Try again.")

    with qtbot.waitSignal(background.idle):
        background.follow(events, heard.append, errors.append)
    assert heard == list(range(100))
    assert [error.message for error in errors] == ["No."]


def test_a_map_is_blue_inside_orange_outside_and_has_its_first_row_at_the_bottom(
    session: Session,
) -> None:
    colors = theme.tokens()
    image = decision_image(np.array([[1.0, 0.5], [0.0, 0.5]], np.float32))
    card, blue, orange = (QColor(c) for c in (colors.card, colors.depthwise, colors.pointwise))
    assert image.pixelColor(1, 0) == card
    inside, outside = image.pixelColor(0, 1), image.pixelColor(0, 0)
    assert abs(inside.red() - blue.red()) < abs(inside.red() - orange.red())
    assert abs(outside.red() - orange.red()) < abs(outside.red() - blue.red())


def test_letters_of_lines_that_end_together_are_kept_apart(qtbot: QtBot) -> None:
    curves = ModeCurves()
    qtbot.addWidget(curves)
    curves.resize(300, 200)
    curves.show()
    places = curves._kept_apart([98.0, 97.9, 60.0, 98.0])
    assert places[2] == 60.0
    assert len({round(place, 3) for place in places}) == 4
    assert all(place <= end for place, end in zip(places, [98.0, 97.9, 60.0, 98.0], strict=True))


def test_help_and_the_choice_of_the_last_layer_open_the_same_window(
    qtbot: QtBot, session: Session
) -> None:
    window = MainWindow(session)
    window.show()
    window.menus.actions["last_layer"].trigger()
    dialog = window.findChild(LastLayerDialog)
    assert dialog is not None
    assert dialog.isVisible()
    dialog.close()
    session.last_layer_requested.emit()
    assert dialog.isVisible()
    assert window.findChildren(LastLayerDialog) == [dialog]
    window.close()
    assert not dialog.isVisible()
    window.deleteLater()


def test_the_question_stands_by_the_last_layer_and_by_no_other_method(qtbot: QtBot) -> None:
    settings = AdaptSettings()
    qtbot.addWidget(settings)
    settings.show()
    for method in (*names(), *(several.name for several in several_methods())):
        settings.method.setCurrentIndex(settings.method.findData(method))
        assert settings.last_layer.isVisible() == (settings.method_name == "head")
    settings.method.setCurrentIndex(settings.method.findData("head"))
    with qtbot.waitSignal(settings.last_layer_wanted):
        qtbot.mouseClick(settings.last_layer, Qt.MouseButton.LeftButton)
