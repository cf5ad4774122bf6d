"""Brings notices, posted from any thread, into the GUI thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from workbench.notices import Notice, NoticeBus


class NoticesBridge(QObject):
    """Hands each notice on the bus, also those posted before, to ``show`` in the GUI thread.

    Args:
        show: Bound method of a QObject that lives in the GUI thread.
    """

    _arrived = Signal(object)

    def __init__(self, bus: NoticeBus, show: Callable[[Notice], None], parent: QObject) -> None:
        super().__init__(parent)
        self._arrived.connect(show)
        self._unsubscribe = bus.subscribe(self._arrived.emit)

    def close(self) -> None:
        """Stop listening."""
        self._unsubscribe()
