"""What is said when a run has finished: that it has, and which words it lost against the run before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.cancel import RunState
from workbench.evaluation.regression import LostWord, lost_words
from workbench.gui.formatting import percent
from workbench.gui.run_names import variant_of
from workbench.gui.session import Session

if TYPE_CHECKING:
    from workbench.project.project import RunRecord

MOST_NAMED = 4


class RunEnds(QObject):
    """Watches the runs of a session."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        session.run_state_changed.connect(self._on_state)

    def _on_state(self, run_id: str, state: RunState) -> None:
        if state is not RunState.FINISHED:
            return
        lost, key = self._lost(run_id), f"run-{run_id}"
        if lost:
            self._session.notices.warn(self._tell(lost), key=key)
        else:
            self._session.notices.info(self.tr("The run has finished."), key=key)

    def _lost(self, run_id: str) -> tuple[LostWord, ...]:
        """Words lost against the newest run before that was asked for in the same way."""
        project = self._session.project
        runs = sorted(project.runs(), key=lambda run: run.created) if project is not None else []
        run = next((one for one in runs if one.id == run_id), None)
        if run is None or run.record is None:
            return ()
        earlier = [
            one
            for one in runs
            if one.created < run.created
            and one.state == RunState.FINISHED
            and one.record is not None
            and _kind(one) == _kind(run)
        ]
        return lost_words(earlier[-1].record or {}, run.record) if earlier else ()

    def _tell(self, lost: tuple[LostWord, ...]) -> str:
        one_word = self.tr("{0} ({1} of {2}, before {3} of {4})")
        named = [
            one_word.format(
                one.word, percent(one.after, 0), one.n_after, percent(one.before, 0), one.n_before
            )
            for one in lost[:MOST_NAMED]
        ]
        if len(lost) > MOST_NAMED:
            named.append(self.tr("and {0} more").format(len(lost) - MOST_NAMED))
        return self.tr(
            "The run has finished. Validation words recognised less often than by the run before: {0}."
        ).format(", ".join(named))


def _kind(run: RunRecord) -> tuple[object, ...]:
    backbone = (run.record or {}).get("backbone")
    return run.task_id, run.method, run.budget, variant_of(run), backbone
