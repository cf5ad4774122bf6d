"""The gates of the Inspect station: live while a run of the task learns them, else of the run that is looked at."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.bridge.background import Background
from workbench.gui.bridge.run_log import RunLog, read_log
from workbench.gui.pages.gates_card import GatesCard
from workbench.gui.pages.inspect_film import learning_run
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.training.events import GatesLogged, RunEvent

if TYPE_CHECKING:
    from workbench.project.project import RunRecord


class InspectedGates(GatesCard):
    """The gate map of one run; a run that learns goes before one that is finished.

    Attributes:
        has_gates: Whether there is anything to show; without it the card is hidden.
        appeared: Gates of another run are shown.
    """

    appeared = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(self)
        self._read: dict[Path, RunLog] = {}
        self._run: RunRecord | None = None
        self._name = ""
        self.has_gates = False
        # The map of layers above needs the room; the table, when it is asked for, scrolls.
        self.table.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        session.run_event.connect(self._on_event)
        self.hide()

    def show_run(self, run: RunRecord | None, name: str = "") -> None:
        """Show a finished run with gates under its name; None for no run, or one without."""
        self._run, self._name = run, name
        learning = self._learning()
        if learning is not None:
            title = self.tr("Gates of {0} as it learns")
            own = run_title(learning)
            self._show(self._session.queue.log(learning.id), title.format(own))
        elif run is None:
            self._show(RunLog(), "")
        else:
            self._show(self._log_of(run), self.tr("Gates of {0}").format(name))

    def _learning(self) -> RunRecord | None:
        """The run of the open task that trains now, once it has said how its gates stand."""
        run = learning_run(self._session)
        return run if run is not None and self._session.queue.log(run.leader).gates else None

    def _log_of(self, run: RunRecord) -> RunLog:
        """What a finished run has said; nothing until it is read."""
        if self._session.queue.knows(run.id):
            return self._session.queue.log(run.id)
        if run.folder not in self._read:
            self._read[run.folder] = RunLog()
            self._background.start(
                partial(read_log, run.folder),
                partial(self._take, run.folder),
                self._session.notices.error,
            )
        return self._read[run.folder]

    def _take(self, folder: Path, log: RunLog) -> None:
        self._read[folder] = log
        if self._run is not None and self._run.folder == folder:
            self.show_run(self._run, self._name)

    def _show(self, log: RunLog, title: str) -> None:
        self.has_gates = bool(log.gates)
        self.setVisible(self.has_gates)
        self.set_title(title)
        if self.shows(log):
            self.refresh()
        else:
            self.show_log(log)
        self.appeared.emit()

    def _on_event(self, run_id: str, event: RunEvent) -> None:
        if not isinstance(event, GatesLogged):
            return
        if self.shows(self._session.queue.log(run_id)):
            self.refresh()
        else:
            self.show_run(self._run, self._name)
