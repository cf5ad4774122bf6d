"""The one window: rail, stations, messages, jobs, status."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from workbench.gui import settings
from workbench.gui.bridge.notices_bridge import NoticesBridge
from workbench.gui.bridge.under_way import UnderWay
from workbench.gui.closing import ClosingAnswer, ask_about_running
from workbench.gui.continue_runs import offer_to_continue
from workbench.gui.dialogs.about import AboutDialog
from workbench.gui.dialogs.command_palette import CommandPalette
from workbench.gui.dialogs.preferences import PreferencesDialog
from workbench.gui.dialogs.shortcuts import ShortcutsDialog
from workbench.gui.menus import Menus
from workbench.gui.panes import cycle_panes
from workbench.gui.project_actions import ProjectActions
from workbench.gui.session import Session
from workbench.gui.station_stack import StationStack
from workbench.gui.stations import Station
from workbench.gui.theme import set_role
from workbench.gui.widgets.jobs_strip import JobsStrip
from workbench.gui.widgets.message_bar import MessageBar
from workbench.gui.widgets.rail import Rail
from workbench.gui.widgets.status_line import StatusLine
from workbench.gui.widgets.top_corner import TopCorner
from workbench.gui.widgets.welcome import Welcome

START_SIZE = QSize(1280, 820)
LEAST_SIZE = QSize(900, 600)
LEAST_PER_ZOOM = QSize(640, 400)
"""Below this nothing is well arranged at normal size; the second counts once per zoom."""

TITLE_BAR = 40


class MainWindow(QMainWindow):
    """Frame around the stations. Needs no engine: it can be painted before torch is imported."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setObjectName("main_window")
        self.under_way = UnderWay(session, self)
        self.projects = ProjectActions(session, self, self.under_way)
        self._is_closing = False
        self.rail = Rail(self)
        self.messages = MessageBar(self)
        self.welcome = Welcome(self)
        self.stack = StationStack(session, self.welcome, self)
        self.jobs = JobsStrip(session, self)
        self.menus = Menus(self, self, session, self.projects)
        self._lay_out()
        self._connect()
        self._fit_minimum()
        self._notices = NoticesBridge(session.notices, self.messages.show_notice, self)
        if not settings.restore_layout(self):
            self.resize(START_SIZE.boundedTo(self._room()))
        self._show_title()
        self.welcome.setFocus()

    def _lay_out(self) -> None:
        top = QFrame(self)
        set_role(top, "top")
        top_row = QHBoxLayout(top)
        top_row.setContentsMargins(0, 0, 0, 1)
        top_row.addWidget(self.menus.bar, 1)
        top_row.addWidget(TopCorner(self.session, self))
        self.setMenuWidget(top)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.messages)
        right.addWidget(self.stack, 1)
        right.addWidget(self.jobs)
        frame = QWidget(self)
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        self.setCentralWidget(frame)
        self.setStatusBar(StatusLine(self.session, self))

    def _connect(self) -> None:
        session = self.session
        self.rail.chosen.connect(self.show_station)
        session.station_requested.connect(lambda name: self.show_station(Station(name)))
        session.station_number_changed.connect(self.rail.show_number)
        session.engine_ready.connect(self.stack.engine_ready)
        for asked in (session.start_requested, session.sweep_requested):
            asked.connect(lambda: self.show_station(Station.ADAPT))
        for changed in (
            session.project_changed,
            session.task_changed,
            session.tasks_changed,
            session.active_patch_changed,
        ):
            changed.connect(lambda *_: self._show_title())
        session.demo_requested.connect(self.projects.open_demo)
        session.last_layer_requested.connect(self.show_last_layer)
        self.jobs.opened.connect(lambda _: self.show_station(Station.ADAPT))
        self.welcome.demo_wanted.connect(self.projects.open_demo)
        self.welcome.new_wanted.connect(self.projects.new)
        self.welcome.open_wanted.connect(self.projects.open)
        self.welcome.project_wanted.connect(self.projects.open_folder)
        self.projects.opened.connect(self._on_opened)
        self.projects.closed.connect(self._on_closed)
        session.theme.changed.connect(self._fit_minimum)
        self.under_way.ended.connect(self._go_on_closing)

    def show_station(self, station: Station) -> None:
        """Bring a station to the front and mark it on the rail."""
        self.rail.set_current(station)
        self.stack.show_station(station)

    def show_shortcuts(self) -> None:
        ShortcutsDialog(self.menus.actions, self).open()

    def show_preferences(self) -> None:
        PreferencesDialog(self.session, self).open()

    def show_about(self) -> None:
        AboutDialog(self).open()

    def show_last_layer(self) -> None:
        """Bring the one window of the two toys to the front; it keeps what was done in it."""
        from workbench.gui.dialogs.last_layer import LastLayerDialog

        dialog = self.findChild(LastLayerDialog) or LastLayerDialog(self)
        dialog.show()
        dialog.activateWindow()

    def show_palette(self) -> None:
        CommandPalette(self.menus.actions, self).open()

    def next_pane(self) -> None:
        cycle_panes(self._panes(), 1)

    def previous_pane(self) -> None:
        cycle_panes(self._panes(), -1)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close when nothing is under way any more; until then the window lives on and says so."""
        if not self._is_closing and not self._may_close():
            event.ignore()
            return
        self._is_closing = True
        self.stop_work()
        if self.under_way.is_busy:
            self.setEnabled(False)
            text = self.tr("Closing as soon as the work under way has ended…")
            self.statusBar().showMessage(text)
            event.ignore()
            return
        self._is_closing = False
        settings.save_layout(self)
        self.session.queue.shut_down()
        self.session.close_project()
        self._notices.close()
        super().closeEvent(event)

    def stop_work(self) -> None:
        """Ask all that runs on other threads to end; runs can be continued later."""
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self.session.closing.emit()
        self.session.queue.stop_all()
        self.under_way.stop()

    def _may_close(self) -> bool:
        """Ask about what would be cut off."""
        if self.projects.holds_back(self.close):
            return False
        if not self.session.queue.is_busy:
            return True
        answer = ask_about_running(self)
        if answer is ClosingAnswer.KEEP_TRAINING:
            self.showMinimized()
        return answer is ClosingAnswer.STOP_AND_SAVE

    def _go_on_closing(self) -> None:
        if self._is_closing:
            self.close()

    def _panes(self) -> list[QWidget]:
        return [self.rail, self.messages, self.stack, self.jobs]

    def _on_opened(self) -> None:
        self.messages.dismiss("project")
        self.show_station(Station.DATA)
        offer_to_continue(self.session, self.messages)

    def _on_closed(self) -> None:
        self.rail.clear_current()
        self.welcome.refresh()
        self.stack.show_welcome()

    def _fit_minimum(self) -> None:
        """Large text needs more room, but the window always fits on its screen."""
        wished = LEAST_SIZE.expandedTo(LEAST_PER_ZOOM * self.session.theme.zoom)
        self.setMinimumSize(wished.boundedTo(self._room()))

    def _room(self) -> QSize:
        """Largest size of the window on its screen: a title bar comes on top of it."""
        return self.screen().availableSize() - QSize(0, TITLE_BAR)

    def _show_title(self) -> None:
        session = self.session
        parts = [self.tr("Adaptation Workbench")]
        if session.project is not None:
            names = [task.name for task in session.project.tasks() if task.id == session.task_id]
            parts = [session.project.name, *names]
        title = " – ".join(parts)
        if session.active_patch is not None:
            title += f" @ {session.patch_title(session.active_patch)}"
        self.setWindowTitle(title)
