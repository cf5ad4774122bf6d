"""A window test fails when it leaves a widget, a running thread or a running timer behind."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QMenu, QWidget

# What Qt itself says on machines without sound hardware, a desktop session or a GPU.
HARMLESS_QT_MESSAGES = (
    "pipewire-0.3",
    "PulseAudioService",
    "pa_context_connect",
    "No QtMultimedia backends found",
    "propagateSizeHints",
    "This plugin supports grabbing the mouse only for popup windows",
    "Could not connect to .* session bus",
    "libEGL warning",
)


class QtResources:
    """Widgets, threads and timers alive at one moment."""

    def __init__(self) -> None:
        wrappers = shiboken6.getAllValidWrappers()
        self.widgets = {widget for widget in QApplication.topLevelWidgets() if _is_leak(widget)}
        self.threads = {item for item in wrappers if isinstance(item, QThread) and item.isRunning()}
        self.timers = {item for item in wrappers if isinstance(item, QTimer) and item.isActive()}
        self.python_threads = {
            thread
            for thread in threading.enumerate()
            if not isinstance(thread, threading._DummyThread)
        }

    def since(self, before: QtResources) -> list[object]:
        return [
            *(self.widgets - before.widgets),
            *(self.threads - before.threads),
            *(self.timers - before.timers),
            *(self.python_threads - before.python_threads),
        ]


PATIENCE_MS = 10_000


def _is_leak(widget: QWidget) -> bool:
    """Plots keep parentless context menus that go with the plot; a shown one is a leak."""
    return widget.parent() is None and (widget.isVisible() or not isinstance(widget, QMenu))


def _settle() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def no_qt_leaks(qapp: QApplication, own_folders: Path) -> Iterator[None]:
    """Set up before, and so torn down after, everything else of a window test."""
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(own_folders / "config"))
    before = QtResources()
    yield
    # Background work that was under way ends by itself, with the threads that it started.
    QThreadPool.globalInstance().waitForDone(PATIENCE_MS)
    _settle()
    leaks = QtResources().since(before)
    if leaks:
        gc.collect()
        _settle()
        leaks = QtResources().since(before)
    for leak in leaks:
        if isinstance(leak, QWidget):
            leak.close()
            leak.deleteLater()
    if leaks:
        pytest.fail("left behind: " + ", ".join(repr(leak) for leak in leaks), pytrace=False)
