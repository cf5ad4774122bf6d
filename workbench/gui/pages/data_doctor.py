"""Brings the data doctor, its findings and their remedies together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from workbench.data.findings import Finding
from workbench.data.task import Task
from workbench.gui.bridge.check_work import CheckWork
from workbench.gui.formatting import count
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_findings import FindingsBar
from workbench.gui.pages.data_fixes import Remedy, remedies, reunited, rows_of, with_sources
from workbench.gui.pages.data_library import ClipLibrary, task_of
from workbench.gui.session import Session
from workbench.project.clip_rows import ClipRow


class Doctor(QObject):
    """Examines the clips when they have changed, and applies remedies.

    Attributes:
        progressed: Clips examined and their total.
        examined: Carries whether something needs attention.
        show_wanted: Clips to look at; carries their ids.
        record_wanted: More takes are wanted; carries the word, or an empty text.
        add_wanted: More pictures are wanted; carries the class, or an empty text.
        room_wanted: Background noise is wanted.
    """

    progressed = Signal(int, int)
    examined = Signal(bool)
    show_wanted = Signal(object)
    record_wanted = Signal(str)
    add_wanted = Signal(str)
    room_wanted = Signal()

    def __init__(
        self, session: Session, library: ClipLibrary, edits: ClipEdits, bar: FindingsBar
    ) -> None:
        super().__init__(bar)
        self._library, self._edits, self._bar = library, edits, bar
        self._active = self._was_asked = False
        self._session = session
        self._requested: list[ClipRow] = []
        self._examined: list[ClipRow] = []
        self._work = CheckWork(self)
        self._work.progressed.connect(self.progressed)
        self._work.done.connect(self._show)
        self._work.failed.connect(lambda error: session.notices.error(error, key="doctor"))
        bar.fix_wanted.connect(self._apply)
        library.changed.connect(self._request)
        library.edited.connect(self._request)

    def check_now(self) -> None:
        """Examine at once, and say so where nothing is found."""
        self._was_asked = True
        self._work.start_now(self._snapshot())

    def set_active(self, active: bool) -> None:
        """Examine while somebody looks; elsewhere the processor is needed for other things."""
        self._active = active
        if active:
            self._request()
        else:
            self._give_up()

    def _give_up(self) -> None:
        self._work.cancel()
        self.progressed.emit(1, 1)

    def _snapshot(self) -> Callable[[], Task]:
        """The clips as they are now; making a task of them is left to the other thread."""
        name, rows = self._library.task_name, list(self._library.clips.present.rows)
        self._requested = rows
        return lambda: task_of(name, rows)

    def _request(self) -> None:
        rows = self._library.clips.present.rows
        if rows and self._active and rows != self._examined:
            self._work.request(self._snapshot())
        elif not rows:
            self._examined = []
            self._give_up()
            self._bar.show_findings([])
            self.examined.emit(False)

    def _show(self, findings: tuple[Finding, ...]) -> None:
        self._examined = self._requested
        speakers = len(self._library.clips.present.speakers.keys() - {""})
        medium = self._library.medium
        texts = with_sources([one.text for one in findings], self._requested)
        named = [replace(one, text=text) for one, text in zip(findings, texts, strict=True)]
        self._bar.show_findings([(one, remedies(one, speakers, medium)) for one in named])
        self.examined.emit(bool(findings))
        if self._was_asked and not findings:
            text = self.tr("Nothing was found that needs attention among {0} clips.")
            self._session.notices.info(text.format(count(len(self._examined))), key="doctor")
        self._was_asked = False

    def _apply(self, how: Remedy, finding: Finding) -> None:
        rows = self._library.clips.present.rows
        clips = rows_of(finding, rows)
        if how is Remedy.MOVE:
            self._edits.divide(
                list(rows),
                lambda now: reunited(finding, now),
                self.tr("move torn speakers to one part"),
            )
        elif how is Remedy.REMOVE_COPIES:
            self._edits.remove(clips[1:])
        elif how is Remedy.REMOVE:
            self._edits.remove(clips)
        elif how is Remedy.SHOW:
            self.show_wanted.emit([clip.id for clip in clips])
        elif how is Remedy.RECORD:
            self.record_wanted.emit(clips[0].label if clips else "")
        elif how is Remedy.ADD:
            self.add_wanted.emit(clips[0].label if clips else "")
        elif how is Remedy.MAKE_NOISE:
            self._edits.make_silence(rows)
        else:
            self.room_wanted.emit()
