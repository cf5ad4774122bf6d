"""Brings the data doctor, its findings and their remedies together."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.data.findings import Finding
from workbench.data.task import Task
from workbench.gui.bridge.check_work import CheckWork
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_findings import FindingsBar
from workbench.gui.pages.data_fixes import Remedy, records_of, remedies, reunited
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.session import Session


class Doctor(QObject):
    """Examines the clips when they have changed, and applies remedies.

    Attributes:
        progressed: Clips examined and their total.
        examined: Carries whether something needs attention.
        show_wanted: Clips to look at; carries their ids.
        record_wanted: More takes are wanted; carries the word, or an empty text.
        room_wanted: Background noise is wanted.
    """

    progressed = Signal(int, int)
    examined = Signal(bool)
    show_wanted = Signal(object)
    record_wanted = Signal(str)
    room_wanted = Signal()

    def __init__(
        self, session: Session, library: ClipLibrary, edits: ClipEdits, bar: FindingsBar
    ) -> None:
        super().__init__(bar)
        self._library, self._edits, self._bar = library, edits, bar
        self._active = False
        self._requested: Task | None = None
        self._examined: Task | None = None
        self._work = CheckWork(self)
        self._work.progressed.connect(self.progressed)
        self._work.done.connect(self._show)
        self._work.failed.connect(lambda error: session.notices.error(error, key="doctor"))
        bar.fix_wanted.connect(self._apply)
        library.changed.connect(self._request)

    def check_now(self) -> None:
        """Examine at once."""
        self._requested = self._library.task()
        self._work.start_now(self._requested)

    def set_active(self, active: bool) -> None:
        """Examine while somebody looks; elsewhere the processor is needed for other things."""
        self._active = active
        if active:
            self._request()
        else:
            self._work.cancel()

    def _request(self) -> None:
        task = self._library.task()
        if task.clips and self._active and task != self._examined:
            self._requested = task
            self._work.request(task)
        elif not task.clips:
            self._examined = None
            self._work.cancel()
            self._bar.show_findings([])
            self.examined.emit(False)

    def _show(self, findings: tuple[Finding, ...]) -> None:
        self._examined = self._requested
        records = self._library.records
        self._bar.show_findings([(one, remedies(one, records)) for one in findings])
        self.examined.emit(bool(findings))

    def _apply(self, how: Remedy, finding: Finding) -> None:
        records = records_of(finding, self._library.records)
        if how is Remedy.MOVE:
            moves = reunited(finding, self._library.records)
            self._edits.set_splits(moves, self.tr("move torn speakers to one part"))
        elif how is Remedy.REMOVE_COPIES:
            self._edits.remove(records[1:])
        elif how is Remedy.REMOVE:
            self._edits.remove(records)
        elif how is Remedy.SHOW:
            self.show_wanted.emit([record.id for record in records])
        elif how is Remedy.RECORD:
            self.record_wanted.emit(records[0].clip.label if records else "")
        elif how is Remedy.MAKE_NOISE:
            self._edits.make_silence()
        else:
            self.room_wanted.emit()
