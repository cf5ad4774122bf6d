"""The last line: exceptions that nobody foresaw, from any thread, are logged and shown."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDialog

from workbench import locations
from workbench.errors import WorkbenchError
from workbench.gui.dialogs.crash import CrashDialog
from workbench.notices import NoticeBus

LOG_NAME = "workbench.log"
_log = logging.getLogger("workbench.crash")


def start_log() -> Path | None:
    """Write warnings and worse to a file in the log folder.

    Returns:
        Its path; None when it cannot be written and they go to the terminal.
    """
    path = locations.log_dir() / LOG_NAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _log_to(logging.FileHandler(path, encoding="utf-8"))
    except OSError:
        _log_to(logging.StreamHandler())
        return None
    return path


def _log_to(handler: logging.Handler) -> None:
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def show_crash(report: str, log_file: Path | None) -> None:
    """Show the dialog; quits when the user says so."""
    if (
        CrashDialog(report, log_file, QApplication.activeWindow()).exec()
        != QDialog.DialogCode.Accepted
    ):
        QApplication.exit(1)


class CrashGuard(QObject):
    """Hooks ``sys`` and ``threading``; one dialog at a time.

    A WorkbenchError that reaches the hook is not a bug: it goes to the message bar.
    """

    _caught = Signal(object)

    def __init__(
        self,
        notices: NoticeBus,
        log_file: Path | None,
        show: Callable[[str, Path | None], None] = show_crash,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._notices, self._log_file, self._show = notices, log_file, show
        self._showing = False
        self._previous = (sys.excepthook, threading.excepthook)
        self._caught.connect(self._tell)

    def install(self) -> None:
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def uninstall(self) -> None:
        sys.excepthook, threading.excepthook = self._previous

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        self._caught.emit(error.with_traceback(trace))

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _tell(self, error: BaseException) -> None:
        if isinstance(error, WorkbenchError):
            self._notices.error(error)
            return
        report = "".join(traceback.format_exception(error))
        _log.error("%s", report)
        if self._showing:
            return
        self._showing = True
        try:
            self._show(report, self._log_file)
        finally:
            self._showing = False
