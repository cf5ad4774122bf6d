"""What a chart shows can be read as a table, number by number."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from tests.gui.test_last_layer import FakeStudy
from workbench.detection.pictures import Answer
from workbench.gui.bridge.run_log import RunLog
from workbench.gui.pages.film_card import FilmCard
from workbench.gui.pages.last_layer_discs import DiscsCard
from workbench.gui.pages.last_layer_fold import FoldCard
from workbench.gui.pages.try_it_view import LiveView, ShownPatch
from workbench.gui.pages.try_pictures_answers import AnswerCard
from workbench.gui.plots.strip_canvas import Hit, Point
from workbench.gui.widgets.table_twin import ChartCard
from workbench.training.events import LayerDecisions, RunStarted, StagePlan

PERCENT = "\u202f%"
STARTED = RunStarted(
    "swr",
    (StagePlan("policy", "Policy", 1, 9),),
    ("first", "second"),
    ("depthwise", "pointwise"),
    (0.25, 0.75),
)


def rows(card: ChartCard) -> list[list[str]]:
    """Cells of its table, without the titles."""
    return [line.split("\t") for line in card.as_text().splitlines()[1:]]


def decided(step: int, *probabilities: float) -> LayerDecisions:
    return LayerDecisions(0, step, probabilities, 0.1, 0.25)


def shown_film(qtbot: QtBot, *decisions: LayerDecisions) -> FilmCard:
    card = FilmCard()
    qtbot.addWidget(card)
    log = RunLog()
    for event in (STARTED, *decisions):
        log.add(event)
    card.show_log(log)
    qtbot.waitUntil(lambda: len(rows(card)) == len(card.film.store))
    return card


def test_the_films_table_has_every_moment_of_every_layer(qtbot: QtBot) -> None:
    card = shown_film(qtbot, decided(1, 0.125, 0.5), decided(2, 0.25, 0.75), decided(3, 1.0, 0.0))
    assert card.as_text().splitlines()[0].split("\t")[2:] == ["first", "second"]
    assert rows(card) == [
        ["1", f"25.0{PERCENT}", "0.1250", "0.5000"],
        ["2", f"25.0{PERCENT}", "0.2500", "0.7500"],
        ["3", f"25.0{PERCENT}", "1.0000", "0.0000"],
    ]


def test_the_films_table_goes_where_its_cursor_goes_and_follows_a_resumed_run(
    qtbot: QtBot,
) -> None:
    card = shown_film(qtbot, decided(1, 0.1, 0.2), decided(2, 0.3, 0.4), decided(3, 0.5, 0.6))
    card.film.set_frame(1)
    assert card.table.currentIndex().row() == 1
    card.add_frame(decided(2, 0.75, 1.0))
    qtbot.waitUntil(lambda: len(rows(card)) == 2)
    assert rows(card)[1][2:] == ["0.7500", "1.0000"]


def test_words_that_are_listened_for_stand_in_a_table_as_they_are_now(qtbot: QtBot) -> None:
    view = LiveView()
    qtbot.addWidget(view)
    view.show_patches([ShownPatch("mine", ("_silence_", "go", "stop"), "#0072b2")])
    strip = view.strips["mine", "go"]
    strip.add_point(Point(1.0, 0.9, 0.25))
    strip.add_hit(Hit(1.0, 120.0))
    strip.set_threshold(0.75, is_own=True)
    view._refresh()
    assert rows(view) == [
        ["mine", "go", "0.25", "0.75", "0:01"],
        ["mine", "stop", "0.00", "0.50", ""],
    ]
    view.table.selectRow(1)
    view._refresh()
    assert view.table.currentIndex().row() == 1, "what is selected stays while words come and go"


def test_the_bars_of_an_answer_are_a_table_too(qtbot: QtBot) -> None:
    card = AnswerCard("mine")
    qtbot.addWidget(card)
    answer = Answer("mine", ("cat", "dog"), np.array([0.25, 0.75], np.float32))
    card.show_best(answer.best(5), "#0072b2")
    assert rows(card) == [["dog", f"75.0{PERCENT}"], ["cat", f"25.0{PERCENT}"]]


def test_pieces_of_the_fold_are_a_table_too(qtbot: QtBot) -> None:
    card = FoldCard()
    qtbot.addWidget(card)
    assert [row[0] for row in rows(card)] == ["1", "2", "3", "4"]
    ends = [float(end) for row in rows(card) for end in row[1:]]
    assert ends == sorted(ends), "from left to right, and none reaches into the next"
    assert 0 <= ends[0] < ends[-1] <= 1


def test_accuracies_over_steps_are_a_table_too(qtbot: QtBot) -> None:
    study = FakeStudy()
    study.gate.set()
    card = DiscsCard(study.run)
    qtbot.addWidget(card)
    card.start()
    qtbot.waitUntil(lambda: len(rows(card.curves_card)) == 10)
    of_second_step = [row[2] for row in rows(card.curves_card) if row[0] == "2"]
    assert of_second_step == [f"{n:.1f}{PERCENT}" for n in (50, 60, 70, 80, 90)]
    qtbot.waitUntil(lambda: not card.is_running)
