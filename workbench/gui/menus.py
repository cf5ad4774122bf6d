"""What is in the menus: File, Edit, View, Run, Help, in this order on every platform."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from workbench import locations
from workbench.gui import settings, stations
from workbench.gui.actions import ActionBook, Spec, Standard
from workbench.gui.dialogs.messages import MessagesDialog
from workbench.gui.project_actions import ProjectActions
from workbench.gui.session import Session
from workbench.gui.stations import Station
from workbench.gui.theme import ZOOM_STEPS, Appearance


class Host(Protocol):
    """What the menus ask of the window besides being a QMainWindow."""

    def show_shortcuts(self) -> None: ...
    def show_preferences(self) -> None: ...
    def show_about(self) -> None: ...
    def show_last_layer(self) -> None: ...
    def show_palette(self) -> None: ...
    def next_pane(self) -> None: ...
    def previous_pane(self) -> None: ...


class Menus(QObject):
    """Builds the menu bar and keeps undo texts and recent projects current."""

    def __init__(
        self, window: QMainWindow, host: Host, session: Session, projects: ProjectActions
    ) -> None:
        super().__init__(window)
        self.bar = QMenuBar(window)
        self._window, self._host = window, host
        self._session, self._projects = session, projects
        self.book = ActionBook(window, self.bar)
        self._file()
        self._edit()
        self._view()
        self._run()
        self._help()

    @property
    def actions(self) -> dict[str, QAction]:
        """All actions by name, in menu order."""
        return self.book.actions

    def _file(self) -> None:
        p, tr = self._projects, self.tr
        menu = self.book.add_menu(
            tr("&File"),
            [
                Spec("new_project", tr("&New project…"), p.new, Standard.New),
                Spec("open_project", tr("&Open project…"), p.open, Standard.Open),
                Spec("open_demo", tr("Open &demo project"), p.open_demo),
                None,
                Spec("close_project", tr("&Close project"), p.close, "Ctrl+W"),
                Spec(
                    "quit",
                    tr("&Quit"),
                    self._window.close,
                    "Ctrl+Q",
                    QAction.MenuRole.QuitRole,
                ),
            ],
        )
        recent = QMenu(tr("Open &recent"), menu)
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        menu.insertMenu(self.book["open_demo"], recent)

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for folder in settings.recent_projects():
            action = menu.addAction(folder.name)
            action.setToolTip(str(folder))
            action.triggered.connect(lambda _=False, f=folder: self._projects.open_folder(f))
        if menu.isEmpty():
            menu.addAction(self.tr("No recent projects")).setEnabled(False)

    def _edit(self) -> None:
        tr, stack = self.tr, self._session.undo_stack
        menu = self.book.add_menu(
            tr("&Edit"),
            [
                None,
                Spec(
                    "preferences",
                    tr("&Preferences…"),
                    self._host.show_preferences,
                    "Ctrl+,",
                    QAction.MenuRole.PreferencesRole,
                ),
            ],
        )
        undo = stack.createUndoAction(self._window, tr("&Undo"))
        undo.setShortcut(Standard.Undo)
        redo = stack.createRedoAction(self._window, tr("&Redo"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.book.actions |= {"undo": undo, "redo": redo}
        menu.insertActions(menu.actions()[0], [undo, redo])

    def _view(self) -> None:
        tr = self.tr
        entries: list[Spec | None] = [
            Spec(station.value, stations.title(station), self._go(station), f"Ctrl+{number}")
            for number, station in enumerate(Station, 1)
        ]
        entries += [
            None,
            Spec("next_pane", tr("Next &pane"), self._host.next_pane, "F6"),
            Spec("previous_pane", tr("Previous pane"), self._host.previous_pane, "Shift+F6"),
            Spec("palette", tr("&Find a command…"), self._host.show_palette, "Ctrl+Shift+P"),
            None,
            Spec("zoom_in", tr("Zoom &in"), lambda: self._zoom(1), Standard.ZoomIn),
            Spec("zoom_out", tr("Zoom &out"), lambda: self._zoom(-1), Standard.ZoomOut),
            Spec("zoom_reset", tr("&Normal size"), lambda: self._zoom(0), "Ctrl+0"),
            None,
        ]
        for appearance, text in (
            (Appearance.LIGHT, tr("&Light")),
            (Appearance.DARK, tr("&Dark")),
            (Appearance.SYSTEM, tr("Follow the &system")),
        ):
            entries.append(
                Spec(appearance.value, text, self._appear_as(appearance), checkable=True)
            )
        self.book.add_menu(tr("&View"), entries)
        group = QActionGroup(self)
        for appearance in Appearance:
            group.addAction(self.book[appearance.value])
        self._session.theme.changed.connect(self._check_appearance)
        self._check_appearance()

    def _run(self) -> None:
        tr = self.tr
        self.book.add_menu(
            tr("&Run"),
            [
                Spec("start", tr("&Adapt"), self._session.start_requested.emit, "Ctrl+Return"),
                Spec("sweep", tr("S&weep…"), self._session.sweep_requested.emit),
                Spec("pause", tr("&Pause or resume"), self._pause_or_resume),
                Spec("stop", tr("&Stop"), self._stop),
                None,
                Spec("library", tr("Word &library…"), self._show_library, "Ctrl+L"),
            ],
        )
        self._session.run_state_changed.connect(lambda *_: self._refresh_run())
        self._refresh_run()

    def _help(self) -> None:
        tr = self.tr
        self.book.add_menu(
            tr("&Help"),
            [
                Spec("shortcuts", tr("&Keyboard shortcuts"), self._host.show_shortcuts),
                Spec(
                    "last_layer",
                    tr("&Why the last layer is not enough"),
                    self._host.show_last_layer,
                ),
                Spec("messages", tr("&Messages"), self._show_messages),
                Spec("logs", tr("Show &log files"), _open_logs),
                None,
                Spec("about", tr("&About"), self._host.show_about, "", QAction.MenuRole.AboutRole),
            ],
        )
        self.book["shortcuts"].setShortcuts([QKeySequence("F1"), QKeySequence("Ctrl+/")])

    def _go(self, station: Station) -> Callable[[], None]:
        return lambda: self._session.show_station(station)

    def _zoom(self, direction: int) -> None:
        now = self._session.theme.zoom
        if direction == 0:
            target = 1.0
        elif direction > 0:
            target = next((step for step in ZOOM_STEPS if step > now + 0.01), now)
        else:
            target = next((step for step in reversed(ZOOM_STEPS) if step < now - 0.01), now)
        self._session.theme.set_zoom(target)
        settings.save_theme(self._session.theme)

    def _appear_as(self, appearance: Appearance) -> Callable[[], None]:
        def appear() -> None:
            self._session.theme.set_appearance(appearance)
            settings.save_theme(self._session.theme)

        return appear

    def _check_appearance(self) -> None:
        self.book[self._session.theme.appearance.value].setChecked(True)

    def _refresh_run(self) -> None:
        for name in ("pause", "stop"):
            self.book[name].setEnabled(self._session.queue.current is not None)

    def _show_library(self) -> None:
        self._session.show_station(Station.TRY_IT)
        self._session.library_requested.emit()

    def _show_messages(self) -> None:
        MessagesDialog(self._session.notices.history, self._window).open()

    def _pause_or_resume(self) -> None:
        if self._session.queue.current is not None:
            self._session.pause_or_resume(self._session.queue.current)

    def _stop(self) -> None:
        if self._session.queue.current is not None:
            self._session.stop(self._session.queue.current)


def _open_logs() -> None:
    with suppress(OSError):  # there are no logs then, and the desktop says so
        locations.log_dir().mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(locations.log_dir())))


def shown_shortcut(action: QAction) -> str:
    """Keys of an action as text for the user; empty when it has none."""
    keys = (key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
    return QCoreApplication.translate("Menus", " or ").join(keys)


def plain_text(action: QAction) -> str:
    """Text of an action without its mnemonic."""
    return action.text().replace("&", "").rstrip("…")
