"""Starts the window: paint first, import the engine afterwards in the background."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication

from workbench import __version__
from workbench.gui import settings, stations, theme
from workbench.gui.bridge.warm_up import WarmUp
from workbench.gui.crash_guard import CrashGuard, start_log
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
from workbench.gui.stations import Station

SWITCH_INTERVAL_S = 0.001
"""How long another thread may hold the interpreter while the window waits for it."""

FULL_SEARCH_AFTER = 100
"""Smaller searches for rubbish between two of all objects; Python's own number is 10."""

ENGINE = ("torch", "workbench.training.run", "workbench.project.project", "pyqtgraph")


def make_application(arguments: list[str]) -> QApplication:
    """The QApplication with its name, scaling policy and theme."""
    QApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    app = QApplication(arguments)
    app.setApplicationName(settings.APPLICATION)
    app.setOrganizationName(settings.ORGANISATION)
    app.setApplicationVersion(__version__)
    app.setApplicationDisplayName("Adaptation Workbench")
    settings.restore_theme(theme.controller())
    theme.controller().install(app)
    app.setWindowIcon(theme.icon("logo", theme.tokens().accent))
    return app


def warm_up(session: Session) -> WarmUp:
    """Import the engine and the station pages in the background; ``session.engine_ready`` tells when."""
    pages = [stations.page_location(station)[0] for station in Station]
    thread = WarmUp([*ENGINE, *pages])
    thread.done.connect(_spare_what_stays)
    thread.done.connect(session.engine_ready)
    return thread


def _spare_what_stays() -> None:
    """Search what was imported for rubbish no more, and a project's many clips rarely: it stalls all threads."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], FULL_SEARCH_AFTER)


def run_app(project: Path | None = None, *, demo: bool = False) -> int:
    """Open the window and stay until it is closed.

    Args:
        project: Project folder to open at once.
        demo: Open the bundled demo at once.

    Returns:
        Exit code of the process.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = make_application(sys.argv[:1])
    session = Session()
    guard = CrashGuard(session.notices, start_log())
    guard.install()
    window = MainWindow(session)
    thread = warm_up(session)
    if project is not None:
        session.engine_ready.connect(lambda: window.projects.open_folder(project))
    elif demo:
        window.projects.announce_demo()
        session.engine_ready.connect(window.projects.open_demo)
    window.show()
    QTimer.singleShot(0, thread.start)
    code = app.exec()
    window.stop_work()  # after a crash nothing else has asked it to end
    session.queue.shut_down()
    thread.wait()
    QThreadPool.globalInstance().waitForDone()
    guard.uninstall()
    return code
