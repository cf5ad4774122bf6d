"""The gate map: every channel has a cell, lightness is its opening, and what is written is what was logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from workbench.gui import theme
from workbench.gui.plots.gate_map import GateCell, GateMap
from workbench.gui.plots.gate_places import GatePlaces, side_texts, side_titles
from workbench.gui.theme import Appearance
from workbench.methods.gates import Gates

TASKS = ("words", "sounds")
OPENINGS = (((1.0,), (0.5, 0.0), (0.25, 1.0)), ((0.0,), (1.0, 1.0), (0.0, 0.75)))
GATES = Gates(("encode.0", "encode.1", "embed"), OPENINGS, 10.0, 0.01, "million FLOPs", (1.5, 0.25))


@pytest.fixture
def gate_map(qtbot: QtBot) -> Iterator[GateMap]:
    view = GateMap()
    qtbot.addWidget(view)
    view.resize(640, 200)
    view.start(TASKS)
    view.show_gates(GATES)
    yield view
    theme.controller().set_appearance(Appearance.LIGHT)


def centre(view: GateMap, cell: GateCell) -> QPoint:
    box = GatePlaces(GATES, TASKS, view.width(), view.height()).box(*cell)
    return box.center().toPoint()


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
def test_the_more_open_a_channel_the_nearer_its_cell_is_to_the_ink(
    gate_map: GateMap, appearance: Appearance
) -> None:
    theme.controller().set_appearance(appearance)
    picture = gate_map.grab().toImage()
    ink = QColor(theme.tokens().depthwise)

    def distance(cell: GateCell) -> int:
        # A little beside the centre, where a cross would be.
        found = picture.pixelColor(centre(gate_map, cell) + QPoint(0, -6))
        return abs(found.red() - ink.red()) + abs(found.green() - ink.green())

    by_opening = [GateCell(1, 0, 0), GateCell(0, 2, 0), GateCell(0, 1, 0), GateCell(0, 0, 0)]
    distances = [distance(cell) for cell in by_opening]
    assert distances == sorted(distances, reverse=True)
    assert len(set(distances)) == 4
    assert distances[-1] <= 2


def test_a_closed_channel_is_crossed_and_a_faint_one_is_not(gate_map: GateMap) -> None:
    outline = QColor(theme.tokens().outline)
    picture = gate_map.grab().toImage()

    def nearest(cell: GateCell) -> int:
        middle = centre(gate_map, cell)
        around = [middle + QPoint(dx, dy) for dx in range(-3, 4) for dy in range(-3, 4)]
        colors = [picture.pixelColor(place) for place in around]
        return min(abs(c.red() - outline.red()) + abs(c.blue() - outline.blue()) for c in colors)

    assert nearest(GateCell(0, 1, 1)) < 60 < nearest(GateCell(0, 2, 0))


def test_every_channel_is_found_under_the_mouse(qtbot: QtBot, gate_map: GateMap) -> None:
    found: list[GateCell] = []
    gate_map.cell_chosen.connect(found.append)
    wanted = [
        GateCell(t, i, c)
        for t, layers in enumerate(OPENINGS)
        for i, channels in enumerate(layers)
        for c in range(len(channels))
    ]
    for cell in wanted:
        qtbot.mouseClick(gate_map, Qt.MouseButton.LeftButton, pos=centre(gate_map, cell))
    assert found == wanted
    assert "sounds" in gate_map.accessibleDescription()
    assert "open by 0.750" in gate_map.accessibleDescription()
    assert "closed" in gate_map.describe(GateCell(1, 0, 0))


def test_arrow_keys_walk_over_layers_and_tasks(qtbot: QtBot, gate_map: GateMap) -> None:
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(gate_map, key)
    assert gate_map.chosen == GateCell(1, 1, 1)
    for _ in range(9):
        qtbot.keyClick(gate_map, Qt.Key.Key_Left)
    assert gate_map.chosen == GateCell(1, 0, 0)


def test_costs_and_open_channels_are_written_with_their_unit(gate_map: GateMap) -> None:
    assert side_titles(GATES)[1].endswith("MFLOPs")
    assert side_texts(GATES, 0) == ("4/5", "1.50")
    assert side_texts(GATES, 1) == ("3/5", "0.25")


def test_nothing_is_cut_off_at_its_smallest(gate_map: GateMap) -> None:
    size = gate_map.minimumSizeHint()
    places = GatePlaces(GATES, TASKS, size.width(), size.height())
    assert places.side(1, 1).right() <= size.width()
    assert places.box(1, 0, 0).bottom() <= size.height()


def test_the_last_of_many_openings_is_shown_and_a_new_run_clears_them(
    qtbot: QtBot, gate_map: GateMap
) -> None:
    for opening in (0.1, 0.2, 0.3):
        openings = (((opening,), *OPENINGS[0][1:]), OPENINGS[1])
        gate_map.show_gates(Gates(GATES.layers, openings, 20.0, 0.01, GATES.unit, GATES.costs))
    assert gate_map.describe(GateCell(0, 0, 0)).endswith("open by 0.300")
    gate_map.choose(GateCell(0, 0, 0))
    gate_map.start(("one",))
    assert gate_map.gates is None
    assert gate_map.chosen is None
    assert not gate_map.grab().isNull()
