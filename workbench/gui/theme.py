"""The active appearance: light or dark tokens, fonts, palette, style sheet, and helpers for plots.

Widgets ask ``tokens()`` when they paint; what caches colours (pens, brushes) rebuilds them on
``controller().changed``. Style-sheet roles are set with ``set_role(widget, "primary")``; the roles are listed in
``resources/styles/workbench.qss``.
"""

from __future__ import annotations

import weakref
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from workbench import locations
from workbench.gui.icons import tinted_icon
from workbench.gui.tokens import BODY, DARK, DISPLAY, LIGHT, SMALL, TITLE, Tokens

if TYPE_CHECKING:
    from pyqtgraph import PlotItem

ZOOM_STEPS = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0)


class Appearance(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ThemeController(QObject):
    """Chooses the tokens and dresses the application in them.

    Attributes:
        reduce_motion: No animation at all.
        changed: Emitted after palette, fonts and style sheet were replaced.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.appearance = Appearance.SYSTEM
        self.zoom = 1.0
        self.reduce_motion = False
        self.tokens = LIGHT
        self._system_points = 0.0
        self._plots: weakref.WeakKeyDictionary[PlotItem, tuple[str, str]] = (
            weakref.WeakKeyDictionary()
        )

    def install(self, app: QApplication) -> None:
        """Dress the application for the first time and follow the system from now on."""
        app.setStyle("Fusion")
        self._system_points = max(QGuiApplication.font().pointSizeF(), 9.75)
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    def set_appearance(self, appearance: Appearance) -> None:
        self.appearance = appearance
        self._apply()

    def set_zoom(self, zoom: float) -> None:
        """Scale all text and, through it, the controls.

        Args:
            zoom: Factor from 1.0 to 2.0 on top of the scaling of the screen.
        """
        self.zoom = min(max(zoom, ZOOM_STEPS[0]), ZOOM_STEPS[-1])
        self._apply()

    def toggle(self) -> None:
        self.set_appearance(Appearance.LIGHT if self.tokens.is_dark else Appearance.DARK)

    def points(self, scale: float) -> float:
        """Font size in points for a step of the type scale."""
        return (self._system_points or 9.75) * self.zoom * scale

    def remember_plot(self, plot: PlotItem, x_title: str, y_title: str) -> None:
        self._plots[plot] = (x_title, y_title)

    def _apply(self) -> None:
        self.tokens = DARK if self._wants_dark() else LIGHT
        app = QApplication.instance()
        if isinstance(app, QApplication):
            body = QFont(app.font())
            body.setPointSizeF(self.points(BODY))
            app.setFont(body)
            app.setPalette(_palette(self.tokens))
            app.setStyleSheet(self._style_sheet())
        for plot, (x_title, y_title) in list(self._plots.items()):
            # Python may still hold a plot that went with its window.
            if isValid(plot.getAxis("left")):
                _dress_plot(plot, x_title, y_title)
            else:
                del self._plots[plot]
        self.changed.emit()

    def _wants_dark(self) -> bool:
        if self.appearance is Appearance.SYSTEM:
            return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self.appearance is Appearance.DARK

    def _style_sheet(self) -> str:
        template = Template(_template_text())
        sizes = {
            "font_small": f"{self.points(SMALL):.2f}pt",
            "font_body": f"{self.points(BODY):.2f}pt",
            "font_title": f"{self.points(TITLE):.2f}pt",
            "font_display": f"{self.points(DISPLAY):.2f}pt",
            "icons": (locations.resources_dir() / "icons").as_posix(),
        }
        return template.substitute(asdict(self.tokens), **sizes)


@cache
def controller() -> ThemeController:
    """The one controller of this application."""
    return ThemeController()


def tokens() -> Tokens:
    """Colours of the appearance that is active now."""
    return controller().tokens


def color(value: str, alpha: float = 1.0) -> QColor:
    """A token as QColor; ``alpha`` from 0 (clear) to 1."""
    result = QColor(value)
    result.setAlphaF(alpha)
    return result


def font(scale: float = BODY, *, semibold: bool = False) -> QFont:
    """Application font at a step of the type scale (``tokens.SMALL`` ... ``tokens.DISPLAY``)."""
    result = QFont(QApplication.font())
    result.setPointSizeF(controller().points(scale))
    result.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
    return result


def number_font(scale: float = BODY, *, semibold: bool = False) -> QFont:
    """As ``font``, with tabular figures, so that columns of numbers line up."""
    result = font(scale, semibold=semibold)
    if hasattr(QFont, "setFeature") and hasattr(QFont, "Tag"):
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


def mono_font(scale: float = BODY) -> QFont:
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    result.setPointSizeF(controller().points(scale))
    return result


def icon(name: str, tint: str | None = None) -> QIcon:
    """Icon ``resources/icons/<name>.svg`` in the text colour, or in ``tint``."""
    return tinted_icon(name, tint or tokens().text)


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget a style-sheet role, such as ``primary``, ``quiet``, ``muted``, ``title``, ``card``."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def icon_size() -> QSize:
    """Side of a small icon that grows with the text."""
    side = round(controller().points(BODY) * 1.65)
    return QSize(side, side)


def style_plot(plot_item: PlotItem, x_title: str, y_title: str) -> None:
    """Give a pyqtgraph plot the house style now and after every change of theme.

    No grid, light ticks, axis titles with their unit, no context menu and no auto-range button.

    Args:
        plot_item: Plot to style.
        x_title: Title of the horizontal axis with its unit, such as ``Time (s)``; empty for none.
        y_title: Title of the vertical axis with its unit.
    """
    plot_item.setMenuEnabled(False)
    plot_item.hideButtons()
    _dress_plot(plot_item, x_title, y_title)
    controller().remember_plot(plot_item, x_title, y_title)


def _dress_plot(plot_item: PlotItem, x_title: str, y_title: str) -> None:
    colors = tokens()
    view = plot_item.getViewWidget()
    if view is not None:
        view.setBackground(colors.card)
    points = controller().points(SMALL)
    for side, title in (("bottom", x_title), ("left", y_title)):
        axis = plot_item.getAxis(side)
        axis.setPen(colors.border)
        axis.setTickPen(colors.outline)
        axis.setTextPen(colors.muted)
        axis.setTickFont(number_font(SMALL))
        axis.setStyle(tickLength=-4, maxTickLevel=0)
        axis.enableAutoSIPrefix(False)
        if title:
            axis.setLabel(title, color=colors.muted, **{"font-size": f"{points:.1f}pt"})


@cache
def _template_text() -> str:
    path = locations.resources_dir() / "styles" / "workbench.qss"
    return path.read_text(encoding="utf-8")


def _palette(colors: Tokens) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colors.ground,
        QPalette.ColorRole.WindowText: colors.text,
        QPalette.ColorRole.Base: colors.card,
        QPalette.ColorRole.AlternateBase: colors.sunken,
        QPalette.ColorRole.Text: colors.text,
        QPalette.ColorRole.PlaceholderText: colors.muted,
        QPalette.ColorRole.Button: colors.card,
        QPalette.ColorRole.ButtonText: colors.text,
        QPalette.ColorRole.ToolTipBase: colors.card,
        QPalette.ColorRole.ToolTipText: colors.text,
        QPalette.ColorRole.Highlight: colors.accent,
        QPalette.ColorRole.HighlightedText: colors.accent_text,
        QPalette.ColorRole.Link: colors.link,
        QPalette.ColorRole.Light: colors.hover,
        QPalette.ColorRole.Midlight: colors.border,
        QPalette.ColorRole.Mid: colors.outline,
        QPalette.ColorRole.Dark: colors.outline,
        QPalette.ColorRole.Accent: colors.accent,
    }
    for role, value in roles.items():
        palette.setColor(role, QColor(value))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors.outline))
    return palette
