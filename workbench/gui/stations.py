"""The six stations in work order, and where their pages live."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication


class Station(StrEnum):
    BACKBONE = "backbone"
    DATA = "data"
    ADAPT = "adapt"
    INSPECT = "inspect"
    COMPARE = "compare"
    TRY_IT = "try_it"


class StationState(StrEnum):
    EMPTY = "empty"
    READY = "ready"
    WORKING = "working"
    WARNING = "warning"


_TITLES = {
    Station.BACKBONE: QT_TRANSLATE_NOOP("Station", "Backbone"),
    Station.DATA: QT_TRANSLATE_NOOP("Station", "Data"),
    Station.ADAPT: QT_TRANSLATE_NOOP("Station", "Adapt"),
    Station.INSPECT: QT_TRANSLATE_NOOP("Station", "Inspect"),
    Station.COMPARE: QT_TRANSLATE_NOOP("Station", "Compare"),
    Station.TRY_IT: QT_TRANSLATE_NOOP("Station", "Try it"),
}
_STATE_WORDS = {
    StationState.EMPTY: QT_TRANSLATE_NOOP("Station", "empty"),
    StationState.READY: QT_TRANSLATE_NOOP("Station", "ready"),
    StationState.WORKING: QT_TRANSLATE_NOOP("Station", "working"),
    StationState.WARNING: QT_TRANSLATE_NOOP("Station", "needs attention"),
}
_PAGES = {
    Station.BACKBONE: ("workbench.gui.pages.backbone", "BackbonePage"),
    Station.DATA: ("workbench.gui.pages.data", "DataPage"),
    Station.ADAPT: ("workbench.gui.pages.adapt", "AdaptPage"),
    Station.INSPECT: ("workbench.gui.pages.inspect", "InspectPage"),
    Station.COMPARE: ("workbench.gui.pages.compare", "ComparePage"),
    Station.TRY_IT: ("workbench.gui.pages.try_it_station", "TryItStation"),
}


def title(station: Station) -> str:
    """Name of a station in the language of the user."""
    return QCoreApplication.translate("Station", str(_TITLES[station]))


def state_word(state: StationState) -> str:
    """State of a station as read aloud by a screen reader."""
    return QCoreApplication.translate("Station", str(_STATE_WORDS[state]))


def page_location(station: Station) -> tuple[str, str]:
    """Module and class name of a station's page, imported only when needed."""
    return _PAGES[station]
