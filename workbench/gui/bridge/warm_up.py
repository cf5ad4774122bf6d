"""Imports the engine and the station pages in the background, after the first paint."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable

from PySide6.QtCore import QThread, Signal


class WarmUp(QThread):
    """Imports modules in order; the GIL is shared, so the window stays usable meanwhile.

    Attributes:
        done: Every module that exists was imported.
    """

    done = Signal()

    def __init__(self, modules: Iterable[str]) -> None:
        super().__init__()
        self.setObjectName("warm-up")
        self._modules = tuple(modules)

    def run(self) -> None:
        for name in self._modules:
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
        self.done.emit()
