"""The policy film of the Inspect station, while a run of the task learns which layers to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.cancel import RunState
from workbench.gui.pages.film_card import FilmCard
from workbench.gui.run_names import run_title
from workbench.gui.session import Session
from workbench.training.events import LayerDecisions, RunEvent

if TYPE_CHECKING:
    from workbench.project.project import RunRecord


def learning_run(session: Session) -> RunRecord | None:
    """The run of the open task that trains now."""
    queue, project = session.queue, session.project
    if project is None or queue.current is None:
        return None
    runs = project.runs(session.task_id)
    return next((run for run in runs if run.leader == queue.current), None)


class LearningFilm(FilmCard):
    """Hidden unless a policy is being learned; afterwards the map of layers tells what came of it.

    Attributes:
        has_film: Whether there is anything to show.
        appeared: That changed.
    """

    appeared = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.has_film = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        session.run_event.connect(self._on_event)
        session.run_state_changed.connect(self._on_state)
        self.hide()

    def refresh(self) -> None:
        """Follow the run that trains now, if it has a policy; channels with gates have a map of their own."""
        before, run = self.has_film, learning_run(self._session)
        log = self._session.queue.log(run.leader) if run is not None else None
        self.has_film = log is not None and bool(log.film) and not log.gates
        if run is not None and log is not None and self.has_film and not self.shows(log):
            title = self.tr("Policy of {0} as it learns")
            self.set_title(title.format(run_title(run)))
            self.show_log(log)
        self.setVisible(self.has_film)
        if self.has_film != before:
            self.appeared.emit()

    def _on_state(self, run_id: str, _state: RunState) -> None:
        """Runs that wait come and go by the dozen; none of them learns anything yet."""
        if self._session.queue.current in (run_id, None):
            self.refresh()

    def _on_event(self, run_id: str, event: RunEvent) -> None:
        if not isinstance(event, LayerDecisions):
            return
        if self.has_film and self.shows(self._session.queue.log(run_id)):
            self.add_frame(event)
        else:
            self.refresh()
