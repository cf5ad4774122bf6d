"""The whole window, as a user has it, driven by clicks: for tests, pictures and measurements."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from workbench import locations
from workbench.gui import theme
from workbench.gui.app import make_application, warm_up
from workbench.gui.main_window import MainWindow
from workbench.gui.session import Session
from workbench.gui.stations import Station

PATIENCE_S = 900.0
POLL_S = 0.02


class RealWindow:
    """Opens the window on settings, caches and documents of its own while the ``with`` block lasts.

    Enter it before anything else asks for a QApplication. The process is its own: variables stay set.

    Attributes:
        window: The main window.
        session: What its stations share.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1440, 900)) -> None:
        for kind in ("CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{kind}_HOME"] = str(folder / kind.lower())
        locations.documents_dir = lambda: folder / "documents"
        self.app: QApplication = make_application(["workbench"])
        theme.controller().set_appearance(theme.Appearance.LIGHT)
        self.session = Session()
        self.window = MainWindow(self.session)
        self.window.resize(*size)
        self._warm_up = warm_up(self.session)

    def __enter__(self) -> RealWindow:
        ready: list[bool] = []
        self.session.engine_ready.connect(lambda: ready.append(True))
        QCursor.setPos(self.app.primaryScreen().geometry().bottomRight())
        self.window.show()
        self._warm_up.start()
        self.wait(lambda: ready)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.queue.shut_down()
        self.window.close()
        self.wait(lambda: not self.window.isVisible())
        self._warm_up.wait()

    def wait(self, until: Callable[[], object], at_most_s: float = PATIENCE_S) -> None:
        """Let the window live until something holds.

        Raises:
            TimeoutError: it did not come to hold in time.
        """
        end = time.monotonic() + at_most_s
        while not until():
            if time.monotonic() > end:
                raise TimeoutError(f"nothing came of it within {at_most_s:g} s")
            self.settle(POLL_S)

    def settle(self, seconds: float) -> None:
        """Let the window live for a while, in Qt's own event loop."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Press and release the left button over a widget that a user could press.

        Raises:
            AssertionError: the widget is hidden or switched off.
        """
        self.wait(lambda: widget.isVisible() and widget.isEnabled(), 30)
        QTest.mouseClick(
            widget,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
            at or widget.rect().center(),
        )

    def type_number(self, field: QWidget, text: str) -> None:
        """Replace what a number field holds."""
        self.click(field)
        QTest.keySequence(field, "Ctrl+A")
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)

    def go_to(self, station: Station) -> QWidget:
        """Click a station on the rail; returns its page."""
        self.click(self.window.rail.button(station))
        self.wait(lambda: self.window.stack.page(station) is not None)
        return self.window.stack.page(station)  # type: ignore[return-value]
