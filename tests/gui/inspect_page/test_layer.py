"""Inspect on one layer: its weights, and what its change is worth."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from tests.gui.inspect_page.world import SLOW_MS, World, opened
from tests.helpers.finished_runs import few_clips
from workbench.gui.formatting import count
from workbench.gui.session import Session


def test_a_layer_is_chosen_by_click_and_keys_and_its_weights_are_shown(
    session: Session, world: World, qtbot: QtBot
) -> None:
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    drawn = page.map.runs
    assert not page.layer.histogram.isVisible()
    qtbot.keyClick(drawn, Qt.Key.Key_Down)
    assert page.layer.accessibleName() == drawn.rows[0].name
    row = next(i for i, cell in enumerate(drawn.columns[0].cells) if cell.changed)
    band = drawn.row_layout().band(row, 0, 100)
    qtbot.mouseClick(drawn, Qt.MouseButton.LeftButton, pos=band.center().toPoint())
    assert drawn.selected == row
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    assert page.layer.why_button.isVisible()
    tip = drawn.tooltip_at(QPointF(drawn.left() + 5, band.center().y()))
    assert drawn.rows[row].name in tip
    assert "changed by" in tip
    assert "probability" in tip
    assert f"{count(drawn.rows[row].parameters)} parameters" in tip


def test_what_a_change_is_worth_is_measured_on_the_clips(
    session: Session, world: World, qtbot: QtBot
) -> None:
    few_clips(world.data, per_part=1)
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    row = next(i for i, cell in enumerate(page.map.runs.columns[0].cells) if cell.changed)
    page.map.runs.choose(row)
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    page.layer.why_button.click()
    qtbot.waitUntil(lambda: "Without this change" in page.layer.why.text(), timeout=SLOW_MS)
    assert "of 10 validation examples" in page.layer.why.text()


def test_lost_clips_are_told_in_place(session: Session, world: World, qtbot: QtBot) -> None:
    world.add(budget=0.3)
    page = opened(session, world, qtbot)
    row = next(i for i, cell in enumerate(page.map.runs.columns[0].cells) if cell.changed)
    page.map.runs.choose(row)
    qtbot.waitUntil(lambda: page.layer._rows.rowCount() > 0, timeout=SLOW_MS)
    page.layer.ask_why()
    qtbot.waitUntil(lambda: "does not exist" in page.layer.why.text(), timeout=SLOW_MS)
