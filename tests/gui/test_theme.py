"""Colours that can be read, a style sheet without gaps, icons that exist, and following the system."""

from __future__ import annotations

import re
from dataclasses import fields

import pyqtgraph as pg
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from workbench import locations
from workbench.gui import theme
from workbench.gui.theme import Appearance, ThemeController
from workbench.gui.tokens import DARK, LIGHT, RUN_COLORS, SMALL, Tokens

BOTH = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=lambda t: t.name)


def luminance(value: str) -> float:
    """Relative luminance (WCAG 2.2)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    parsed = QColor(value)
    r, g, b = (linear(c) for c in (parsed.redF(), parsed.greenF(), parsed.blueF()))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@BOTH
@pytest.mark.parametrize(
    "text", ["text", "muted", "link", "good_text", "warning_text", "error_text"]
)
@pytest.mark.parametrize("ground", ["ground", "card", "sunken"])
def test_text_has_at_least_4_5_to_1(colors: Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5


@BOTH
def test_text_on_filled_and_selected_things_can_be_read(colors: Tokens) -> None:
    assert contrast(colors.accent_text, colors.accent) >= 4.5
    assert contrast(colors.text, colors.selection) >= 4.5
    assert contrast(colors.text, colors.hover) >= 4.5


@BOTH
@pytest.mark.parametrize("mark", ["outline", "link", "depthwise", "pointwise", "head", "error"])
def test_marks_have_at_least_3_to_1(colors: Tokens, mark: str) -> None:
    assert contrast(getattr(colors, mark), colors.card) >= 3


def test_tokens_are_colours_and_runs_have_at_most_eight(qapp: QApplication) -> None:
    for colors in (LIGHT, DARK):
        for field in fields(colors):
            if field.name != "name":
                assert re.fullmatch("#[0-9A-F]{6}", getattr(colors, field.name)), field.name
    assert len(set(RUN_COLORS)) == len(RUN_COLORS) <= 8


@BOTH
@pytest.mark.parametrize("run", RUN_COLORS)
def test_runs_have_at_least_3_to_1(colors: Tokens, run: str) -> None:
    assert contrast(run, colors.card) >= 3


@pytest.fixture
def controller(qapp: QApplication) -> ThemeController:
    """The one controller, put back as it was."""
    before = theme.controller().appearance, theme.controller().zoom
    yield theme.controller()
    theme.controller().zoom = before[1]
    theme.controller().set_appearance(before[0])


def test_the_style_sheet_is_filled_in_and_names_only_existing_files(
    qtbot: QtBot, controller: ThemeController
) -> None:
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        controller.set_appearance(appearance)
        sheet = QApplication.instance().styleSheet()  # type: ignore[union-attr]
        assert "$" not in sheet
        files = re.findall(r"url\((.*?)\)", sheet)
        assert files
        for path in files:
            assert (locations.resources_dir() / "icons" / path.rpartition("/")[2]).is_file()


def test_widgets_are_told_when_the_appearance_changes(
    qtbot: QtBot, controller: ThemeController
) -> None:
    with qtbot.waitSignal(controller.changed):
        controller.set_appearance(Appearance.DARK)
    assert theme.tokens() is DARK
    controller.toggle()
    assert theme.tokens() is LIGHT


def test_zoom_scales_text_within_its_bounds(qtbot: QtBot, controller: ThemeController) -> None:
    normal = theme.font().pointSizeF()
    controller.set_zoom(2.0)
    assert theme.font().pointSizeF() == pytest.approx(2 * normal)
    assert theme.font(SMALL).pointSizeF() == pytest.approx(2 * normal * 11 / 13)
    controller.set_zoom(9)
    assert controller.zoom == 2.0


def test_plots_follow_the_theme_and_are_forgotten_with_their_widget(
    qtbot: QtBot, controller: ThemeController
) -> None:
    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    theme.style_plot(plot.getPlotItem(), "Time (s)", "Loss (nats)")
    controller.set_appearance(Appearance.DARK)
    assert plot.backgroundBrush().color() == QColor(DARK.card)
    controller.set_appearance(Appearance.LIGHT)
    assert plot.backgroundBrush().color() == QColor(LIGHT.card)
    assert "Time (s)" in plot.getAxis("bottom").labelString()


def test_every_icon_can_be_drawn_in_any_tint(qtbot: QtBot) -> None:
    names = [path.stem for path in (locations.resources_dir() / "icons").glob("*.svg")]
    assert "backbone" in names
    for name in names:
        image = theme.icon(name, "#D55E00").pixmap(32, 32).toImage()
        opaque = {image.pixelColor(x, y).alpha() > 0 for x in range(32) for y in range(32)}
        assert True in opaque, name


def test_a_role_restyles_a_widget(qtbot: QtBot, controller: ThemeController) -> None:
    label = QLabel("text")
    qtbot.addWidget(label)
    theme.set_role(label, "error")
    label.ensurePolished()
    assert label.property("role") == "error"
