"""The work on other threads of one window: what is stopped, or waited for, when a project or the window is left."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.bridge.background import Background, some_work_ended
from workbench.gui.session import Session


class UnderWay(QObject):
    """Finds the work through the objects that own it.

    Attributes:
        ended: Something has ended; other things may still be under way.
    """

    ended = Signal()

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        some_work_ended().connect(self.ended)
        session.queue.idle.connect(self.ended)

    @property
    def is_busy(self) -> bool:
        """Whether anything runs, training included."""
        return self._session.queue.is_busy or bool(self._works())

    def stop(self) -> bool:
        """Ask the work to end that can be stopped; training goes on.

        Returns:
            Whether there was such work: then ``ended`` tells when to ask again.
        """
        stops = [work.stop for work in self._works() if work.stop is not None]
        for stop in stops:
            stop()
        return bool(stops)

    def _works(self) -> list[Background]:
        owners = (self._session, self._window)
        return [work for owner in owners for work in owner.findChildren(Background) if work.is_busy]
