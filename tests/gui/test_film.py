"""The policy film: exact values, a pyramid that agrees with them, and a cursor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.gui.plots.film import FilmView
from workbench.gui.plots.film_image import SHADES, film_image, shade_table
from workbench.gui.plots.film_store import FilmStore, FrameInfo
from workbench.gui.theme import color, tokens
from workbench.training.events import LayerDecisions, RunStarted, StagePlan

LAYERS = ("stem", "dw", "pw")
KINDS = ("conv", "depthwise", "pointwise")
STARTED = RunStarted("swr", (StagePlan("policy", "Policy", 2, 10),), LAYERS, KINDS, (0.5, 0.2, 0.3))


def frame(position: int) -> FrameInfo:
    return FrameInfo(position, 0, position, 0.1, 0.1)


def filled(columns: np.ndarray) -> FilmStore:
    store = FilmStore(columns.shape[1])
    for i, column in enumerate(columns):
        store.add(tuple(column.tolist()), frame(i + 1))
    return store


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 700), st.integers(0, 2**32 - 1))
def test_each_level_holds_the_means_of_the_logged_columns(length: int, seed: int) -> None:
    columns = np.random.default_rng(seed).random((length, 3)).astype(np.float32)
    store = filled(columns)
    assert np.array_equal(store.level(0), columns)
    for k in range(1, store.levels):
        size = 2**k
        whole = length // size
        means = columns[: whole * size].reshape(whole, size, 3).mean(axis=1)
        np.testing.assert_allclose(store.level(k), means, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 300), st.data())
def test_dropping_and_repeating_columns_gives_the_same_film(
    length: int, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, length))
    columns = np.random.default_rng(length).random((length, 2)).astype(np.float32)
    store = filled(columns)
    store.drop_from(cut)
    for i in range(cut, length):
        store.add(tuple(columns[i].tolist()), frame(i + 1))
    straight = filled(columns)
    assert len(store) == length
    for k in range(straight.levels):
        assert np.array_equal(store.level(k), straight.level(k))


def test_a_long_run_is_drawn_from_few_columns() -> None:
    store = filled(np.zeros((10_000, 2), np.float32))
    level = store.level_for(1500)
    assert 1500 <= len(store.level(level)) < 3000
    assert store.level_for(20_000) == 0


def test_lightness_is_probability_and_hue_is_the_kind(qtbot: QtBot) -> None:
    image = film_image(
        np.array([[0.0, 0.0], [1.0, 1.0]], np.float32), shade_table(("depthwise", "pointwise"))
    )
    assert (image.width(), image.height()) == (2, 2)
    assert image.pixelColor(0, 0) == image.pixelColor(0, 1) == color(tokens().sunken)
    assert image.pixelColor(1, 0) == color(tokens().depthwise)
    assert image.pixelColor(1, 1) == color(tokens().pointwise)


def test_shades_run_evenly_from_empty_to_full(qtbot: QtBot) -> None:
    greens = (shade_table(("depthwise",))[0] >> 8) & 0xFF
    assert len(greens) == SHADES
    steps = np.diff(greens.astype(int))
    assert (steps <= 0).all()
    assert (steps >= -1).all()


@pytest.fixture
def film(qtbot: QtBot) -> FilmView:
    view = FilmView()
    qtbot.addWidget(view)
    view.resize(640, 320)
    view.start(STARTED)
    for step in range(1, 21):
        probabilities = (step / 100, 0.123456789, 1 - step / 100)
        view.add(LayerDecisions(0, step, probabilities, 0.1, 0.09))
    return view


def test_the_value_under_the_cursor_is_the_logged_one(film: FilmView) -> None:
    assert film.value(6, 0) == np.float32(7 / 100)
    assert film.value(3, 1) == np.float32(0.123456789)


def test_the_cursor_follows_the_run_until_it_is_moved(qtbot: QtBot, film: FilmView) -> None:
    assert film.frame == 19
    qtbot.keyClick(film, Qt.Key.Key_Home)
    assert film.frame == 0
    film.add(LayerDecisions(0, 21, (0.5, 0.5, 0.5), 0.1, 0.1))
    assert film.frame == 0
    qtbot.keyClick(film, Qt.Key.Key_Right)
    assert film.frame == 1
    qtbot.keyClick(film, Qt.Key.Key_End)
    film.add(LayerDecisions(0, 22, (0.5, 0.5, 0.5), 0.1, 0.1))
    assert film.frame == 21


def test_a_drag_scrubs(qtbot: QtBot, film: FilmView) -> None:
    with qtbot.waitExposed(film):
        film.show()
    with qtbot.waitSignal(film.cursor_moved):
        qtbot.mouseClick(film, Qt.MouseButton.LeftButton, pos=film.rect().center())
    assert film.frame is not None
    assert 3 < film.frame < 16


def test_it_paints_with_and_without_frames(qtbot: QtBot, film: FilmView) -> None:
    empty = FilmView()
    qtbot.addWidget(empty)
    assert not empty.grab().isNull()
    picture = film.grab().toImage()
    seen = {picture.pixelColor(x, 80).name() for x in range(0, picture.width(), 3)}
    assert len(seen) > 4


def test_a_column_is_placed_without_looking_at_all_before_it(film: FilmView) -> None:
    """A film of ten thousand frames opens at once; a resumed run still overwrites what it repeats."""
    looked_at: list[int] = []

    class Watched(FrameInfo):
        def __getattribute__(self, name: str) -> object:
            if name == "position":
                looked_at.append(1)
            return super().__getattribute__(name)

    film.store = FilmStore(len(LAYERS))
    for position in range(1, 1001):
        film.store.add((0.5, 0.5, 0.5), Watched(position, 0, position, 0.1, 0.1))
    looked_at.clear()
    film.add(LayerDecisions(0, 1001, (0.1, 0.2, 0.3), 0.1, 0.1))
    assert len(looked_at) < 20
    assert len(film.store) == 1001
    film.add(LayerDecisions(0, 500, (0.1, 0.2, 0.3), 0.1, 0.1))
    assert [frame.position for frame in film.store.frames[-2:]] == [499, 500]
