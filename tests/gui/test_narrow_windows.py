"""Large text and small windows: parts move below each other or scroll, and nothing is cut off unreachably."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QRectF
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.data_project import open_project
from tests.gui.fakes import FakeProject
from workbench.gui import theme
from workbench.gui.main_window import MainWindow
from workbench.gui.pages.adapt import AdaptPage
from workbench.gui.pages.backbone import BackbonePage
from workbench.gui.pages.data import DataPage
from workbench.gui.pages.data_header import DataHeader
from workbench.gui.plots.layer_rows import paint_frozen
from workbench.gui.session import Session
from workbench.gui.theme import ThemeController
from workbench.gui.tokens import SMALL
from workbench.gui.widgets.budget_bar import TRACK_WIDTH, BudgetBar
from workbench.gui.widgets.filling_column import FillingColumn
from workbench.gui.widgets.reflow_row import ReflowRow
from workbench.gui.widgets.table_twin import CopyTable
from workbench.gui.widgets.turning_panes import TurningPanes
from workbench.gui.widgets.vertical_scroll import VerticalScroll

RAIL = 97
"""Width of the rail at normal size, which a page does not have."""


@pytest.fixture
def zoomed(session: Session) -> Iterator[ThemeController]:
    yield theme.controller()
    theme.controller().set_zoom(1.0)


def box(width: int, height: int = 40) -> QWidget:
    made = QWidget()
    made.setMinimumSize(width, height)
    return made


def shown(qtbot: QtBot, widget: QWidget, width: int, height: int) -> None:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)


def hidden_width(panes: TurningPanes | VerticalScroll) -> int:
    """How much of the content lies outside at the right and cannot be scrolled to."""
    content = panes.widget()
    return content.width() - panes.viewport().width() - panes.horizontalScrollBar().maximum()


def test_a_row_breaks_into_as_many_lines_as_it_needs_and_back(qtbot: QtBot) -> None:
    parts = [box(200), box(200), box(300)]
    page = QWidget()
    row = ReflowRow(parts, (1, 1, 2), 10, page)
    shown(qtbot, page, 800, 300)
    for width, lines in ((800, 1), (500, 2), (320, 3), (800, 1), (320, 3), (500, 2)):
        row.resize(width, 300)
        qtbot.waitUntil(lambda lines=lines: len({part.y() for part in parts}) == lines)
        assert row.is_row == (lines == 1)
        assert all(part.geometry().right() < width for part in parts)
        assert max(part.geometry().bottom() for part in parts) == row.height() - 1


def test_a_column_squeezed_below_its_content_can_be_scrolled_sideways(qtbot: QtBot) -> None:
    scroll = VerticalScroll(box(400, 100))
    shown(qtbot, scroll, 250, 200)
    assert scroll.horizontalScrollBar().maximum() > 0
    assert hidden_width(scroll) == 0


def test_a_column_asks_for_more_width_when_a_longer_row_joins(qtbot: QtBot) -> None:
    content = QWidget()
    rows = QVBoxLayout(content)
    rows.addWidget(box(100))
    outer = QWidget()
    around = QVBoxLayout(outer)
    around.addWidget(VerticalScroll(content))
    shown(qtbot, outer, 600, 300)
    before = outer.minimumSizeHint().width()
    rows.addWidget(box(300))
    qtbot.waitUntil(lambda: outer.minimumSizeHint().width() >= before + 200)


def test_panes_turn_when_too_narrow_and_the_page_scrolls_to_each(qtbot: QtBot) -> None:
    panes = TurningPanes((box(300, 250), box(400, 250)), (0, 1), 8)
    shown(qtbot, panes, 900, 300)
    assert panes.is_row
    assert panes.verticalScrollBar().maximum() == 0
    panes.resize(600, 300)
    assert not panes.is_row
    first, second = panes.split.widget(0), panes.split.widget(1)
    qtbot.waitUntil(lambda: second.y() >= first.height() >= 250)
    below = panes.split.height() - panes.viewport().height()
    assert panes.verticalScrollBar().maximum() == below > 0
    panes.resize(350, 300)
    qtbot.waitUntil(lambda: panes.horizontalScrollBar().maximum() > 0)
    assert hidden_width(panes) == 0
    panes.resize(900, 300)
    assert panes.is_row
    qtbot.waitUntil(lambda: panes.verticalScrollBar().maximum() == 0)


def test_a_long_pane_leaves_the_next_one_in_sight(qtbot: QtBot) -> None:
    tall = VerticalScroll(box(300, 2000))
    panes = TurningPanes((tall, box(300, 400)), (1, 1), 8, 0.6)
    shown(qtbot, panes, 400, 500)
    assert not panes.is_row
    qtbot.waitUntil(lambda: tall.height() == 300)


def table_of(columns: int) -> QAbstractItemModel:
    model = QStandardItemModel(3, columns)
    for column in range(columns):
        model.setData(model.index(0, column), "value")
    return model


def test_a_column_fills_what_is_left_but_stays_readable(qtbot: QtBot) -> None:
    table = CopyTable(table_of(3))
    table.horizontalHeader().setStretchLastSection(False)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    FillingColumn(table, 1, 10)
    shown(qtbot, table, 600, 200)
    assert table.horizontalHeader().length() == table.viewport().width()
    table.horizontalHeader().resizeSection(0, 150)
    assert table.horizontalHeader().length() == table.viewport().width()
    table.resize(210, 200)
    assert table.columnWidth(1) == 10 * table.fontMetrics().averageCharWidth()
    assert table.horizontalScrollBar().maximum() > 0


def test_the_window_needs_more_room_for_large_text_but_never_more_than_the_screen(
    session: Session, zoomed: ThemeController
) -> None:
    window = MainWindow(session)
    screen = window.screen().availableSize()
    normal = window.minimumSize()
    zoomed.set_zoom(2.0)
    large = window.minimumSize()
    assert large.height() > normal.height()
    for size in (normal, large, window.size()):
        assert size.width() <= screen.width()
        assert size.height() < screen.height()
    session.queue.shut_down()
    window.close()
    window.deleteLater()


def test_choices_stand_above_their_effect_where_text_is_large(
    session: Session, project: FakeProject, zoomed: ThemeController, qtbot: QtBot
) -> None:
    page = AdaptPage(session)
    shown(qtbot, page, 1280 - RAIL, 700)
    qtbot.waitUntil(lambda: page.plan is not None and page.split.isVisible())
    assert page.split.is_row
    zoomed.set_zoom(2.0)
    qtbot.waitUntil(lambda: not page.split.is_row)
    for part in (page.settings, page.preview.used):
        qtbot.waitUntil(lambda part=part: part.width() >= part.minimumSizeHint().width())
    assert hidden_width(page.split) == 0


def test_bars_of_parameters_are_seen_in_a_narrow_window(session: Session, qtbot: QtBot) -> None:
    page = BackbonePage(session)
    shown(qtbot, page, 1024 - RAIL, 600)
    qtbot.waitUntil(lambda: not page._background.is_busy)
    table = page.details.table
    column = table.layers.column_of("parameters")
    qtbot.waitUntil(lambda: table.columnWidth(column) > 100)
    right = table.columnViewportPosition(column) + table.columnWidth(column)
    assert right <= table.viewport().width()


def test_a_long_task_name_is_elided_and_the_buttons_stay(qtbot: QtBot) -> None:
    header = DataHeader()
    header.show_name("A task with a name that goes on and on " * 4)
    shown(qtbot, header, 400, 60)
    assert header.width() == 400
    assert header.import_button.geometry().right() < 400
    assert "on and on" in header.title.toolTip()


def test_the_numbers_beside_the_budget_bar_are_never_cut(qtbot: QtBot) -> None:
    bar = BudgetBar()
    qtbot.addWidget(bar)
    bar.show_share(1.0, 1.0)
    text = QFontMetrics(theme.number_font(SMALL)).horizontalAdvance(bar.text)
    assert bar.minimumSizeHint().width() >= TRACK_WIDTH + text


def test_frozen_layers_have_an_edge_that_can_be_seen(session: Session) -> None:
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.tokens().card))
    painter = QPainter(image)
    paint_frozen(painter, QRectF(2.5, 2.5, 10, 10))
    painter.end()
    assert image.pixelColor(2, 7) == QColor(theme.tokens().outline)
    assert image.pixelColor(12, 7) == QColor(theme.tokens().outline)


def test_the_recorder_can_be_scrolled_to_where_it_does_not_fit(
    session: Session, tmp_path: Path, zoomed: ThemeController, qtbot: QtBot
) -> None:
    open_project(session, tmp_path)
    page = DataPage(session)
    page.recorder.ask_word("a long word that the button names")
    shown(qtbot, page, 1024 - RAIL, 640)
    zoomed.set_zoom(2.0)
    scroll = page._page
    qtbot.waitUntil(lambda: scroll.horizontalScrollBar().maximum() > 0)
    button = page.recorder.one_button
    qtbot.waitUntil(lambda: button.width() >= button.minimumSizeHint().width())
    assert hidden_width(scroll) == 0
    page.hide()
    session.close_project()
