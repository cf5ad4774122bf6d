"""The centre of the window: station pages, made when first needed."""

from __future__ import annotations

import importlib
import importlib.util

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.gui import stations
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.welcome import Welcome


class StationStack(QStackedWidget):
    """Holds the welcome page and one page per station.

    Pages import the engine, so they are made only after it was imported in the background; until then a
    station says that the engine is starting.
    """

    def __init__(self, session: Session, welcome: Welcome, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._ready = False
        self._wanted: Station | None = None
        self._pages: dict[Station, QWidget] = {}
        self._welcome = welcome
        self._starting = EmptyState(self.tr("Starting the engine…"), parent=self)
        self.addWidget(self._welcome)
        self.addWidget(self._starting)

    @property
    def current_station(self) -> Station | None:
        """The station in front, or None for the welcome page."""
        return self._wanted

    def page(self, station: Station) -> QWidget | None:
        """The page of a station once it was made."""
        return self._pages.get(station)

    def show_welcome(self) -> None:
        self._wanted = None
        self.setCurrentWidget(self._welcome)
        self._welcome.setFocus()

    def show_station(self, station: Station) -> None:
        """Bring a station to the front, now or as soon as the engine is there."""
        self._wanted = station
        self.setCurrentWidget(self._page_of(station) if self._ready else self._starting)

    def engine_ready(self) -> None:
        """Show what was asked for, then make the other pages one by one while the window is idle."""
        self._ready = True
        if self._wanted is not None:
            self.show_station(self._wanted)
        QTimer.singleShot(0, self, self._make_next)

    def _make_next(self) -> None:
        missing = [station for station in Station if station not in self._pages]
        if missing:
            self._page_of(missing[0])
            QTimer.singleShot(0, self, self._make_next)

    def _page_of(self, station: Station) -> QWidget:
        if station not in self._pages:
            page = self._make(station)
            page.setObjectName(f"{station}_page")
            page.setAccessibleName(stations.title(station))
            self._pages[station] = page
            self.addWidget(page)
        return self._pages[station]

    def _make(self, station: Station) -> QWidget:
        module, name = stations.page_location(station)
        if importlib.util.find_spec(module) is None:
            sentence = self.tr("{0} is not part of this build.").format(stations.title(station))
            return EmptyState(sentence, parent=self)
        page = getattr(importlib.import_module(module), name)(self._session)
        assert isinstance(page, QWidget)
        return page
