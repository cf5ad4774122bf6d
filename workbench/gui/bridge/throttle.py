"""At most so many calls per second: the first at once, the last guaranteed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

PLOT_RATE_HZ = 15


class Throttle(QObject):
    """Calls ``act`` at most ``rate_hz`` times per second, however often ``request`` is called.

    The first request acts at once. Requests that come too early are joined into one call at the end of the
    interval, so the last state is always shown.
    """

    def __init__(
        self, act: Callable[[], object], parent: QObject, rate_hz: float = PLOT_RATE_HZ
    ) -> None:
        super().__init__(parent)
        self._act = act
        self._interval_ms = round(1000 / rate_hz)
        self._since_last = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fire)

    def request(self) -> None:
        """Ask for a call now or at the end of the running interval."""
        if self._timer.isActive():
            return
        elapsed = self._since_last.elapsed() if self._since_last.isValid() else self._interval_ms
        if elapsed >= self._interval_ms:
            self._fire()
        else:
            self._timer.start(self._interval_ms - elapsed)

    def flush(self) -> None:
        """Make a waiting call now."""
        if self._timer.isActive():
            self._timer.stop()
            self._fire()

    def _fire(self) -> None:
        self._since_last.restart()
        self._act()
