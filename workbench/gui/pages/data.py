"""The Data station: words, clips, recorder; import, check, undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QInputDialog, QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.input_devices import InputDevices
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.formatting import short_count
from workbench.gui.itemmodels.clip_choice import ClipChoice
from workbench.gui.pages.data_clip import ClipCard
from workbench.gui.pages.data_doctor import Doctor
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_findings import FindingsBar
from workbench.gui.pages.data_groups import GroupsCard
from workbench.gui.pages.data_header import DataHeader
from workbench.gui.pages.data_import import ImportBar
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.pages.data_list import ClipListCard
from workbench.gui.pages.data_listen import Listening, Sound
from workbench.gui.pages.data_recorder import RecorderCard
from workbench.gui.pages.data_recording import TakeKeeper
from workbench.gui.pages.data_tasks import TaskButton
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.drop_area import DropArea, DropFrame
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.turning_panes import TurningPanes
from workbench.gui.widgets.vertical_scroll import VerticalScroll
from workbench.project.clip_rows import Change, ClipRow

GROUPS_SHARE = 0.6


class DataPage(QWidget):
    """Everything that happens to clips before training."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._needs_attention = False
        self.library = ClipLibrary(session, self)
        self.edits = ClipEdits(session, self)
        self.microphone = Microphone(InputDevices(self), self)
        self.listening = Listening(self)
        self.header = DataHeader(self)
        self.import_bar = ImportBar(session, self)
        self.findings = FindingsBar(self)
        self.doctor = Doctor(session, self.library, self.edits, self.findings)
        self.groups = GroupsCard(self)
        self.clip = ClipCard(self)
        self.list = ClipListCard(self)
        self.recorder = RecorderCard(self.microphone, self)
        self.tasks = TaskButton(session, self.import_bar, self.recorder, self)
        self.header.add_beside_title(self.tasks)
        self._keeper = TakeKeeper(session, self.recorder, self.library, self.edits, self.listening)
        self._lay_out()
        self._connect()
        self._show_library()

    def import_from(self, source: Path) -> None:
        """Import a folder, zip or manifest into the task; a project without tasks gets one."""
        try:
            task_id = self.library.ensure_task(source.stem)
        except WorkbenchError as error:
            self._session.notices.error(error, key="import")
            return
        self.import_bar.start(source, task_id)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.doctor.set_active(True)
        self.recorder.microphone_row.device.list_devices()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing records or plays on a page that nobody sees."""
        self.doctor.set_active(False)
        self.recorder.recorder.stop()
        self.microphone.stop()
        self.listening.player.stop()
        super().hideEvent(event)

    def _lay_out(self) -> None:
        self.no_project = EmptyState(
            self.tr("Open a project to collect recordings of your words."),
            (self.tr("Open the demo"), self._session.demo_requested.emit),
            (self.tr("New project…"), self._new_project),
            self,
        )
        self.no_clips = EmptyState(
            self.tr(
                "No clips yet. Record your words, or drop a folder with one sub-folder of "
                "recordings per word here. A zip or a manifest.csv will do as well."
            ),
            (self.tr("Record words"), self.recorder.ask_word),
            (self.tr("Import a folder…"), self.header.choose_folder),
            self,
        )
        self._browser = self._browser_panes()
        self._centre = QStackedWidget(self)
        self._drop = DropFrame(self.no_clips, self)
        self._centre.addWidget(self._drop)
        self._centre.addWidget(self._browser)
        self._reading = QLabel(self.tr("Reading the clips…"), self)
        self._reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._reading, "muted")
        self._centre.addWidget(self._reading)
        self.drop_area = DropArea(self)
        column = QVBoxLayout(self.drop_area)
        column.setContentsMargins(MARGIN, GRID, MARGIN, GRID)
        column.setSpacing(GRID)
        for widget in (self.header, self.import_bar, self.findings):
            column.addWidget(widget)
        column.addWidget(self._centre, 1)
        column.addWidget(self.recorder)
        self._outer = QStackedWidget(self)
        self._outer.addWidget(self.no_project)
        self._page = VerticalScroll(self.drop_area, self)
        self._outer.addWidget(self._page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._outer)

    def _browser_panes(self) -> TurningPanes:
        clips = QSplitter(Qt.Orientation.Vertical, self)
        clips.addWidget(self.clip)
        clips.addWidget(self.list)
        clips.setStretchFactor(0, 5)
        clips.setStretchFactor(1, 5)
        clips.setChildrenCollapsible(False)
        clips.setHandleWidth(GRID)
        return TurningPanes((self.groups, clips), (2, 7), GRID, GROUPS_SHARE, self)

    def _connect(self) -> None:
        table, clip, edits = self.list.table, self.clip, self.edits
        self.library.changed.connect(self._show_library)
        self.library.edited.connect(self._take)
        self._session.tasks_changed.connect(self._show_task_name)
        self.header.import_wanted.connect(self.import_from)
        self.drop_area.dropped.connect(self.import_from)
        self.header.check_wanted.connect(self.doctor.check_now)
        self.import_bar.imported.connect(edits.imported)
        self.groups.chosen.connect(self._show_group)
        self.groups.add_wanted.connect(self.recorder.ask_word)
        self.groups.rename_wanted.connect(self._rename)
        table.current_changed.connect(lambda: self.listening.show(table.current_clip()))
        table.selection_changed.connect(self._describe_selection)
        table.play_wanted.connect(self.listening.toggle)
        table.record_wanted.connect(self._record_shown_word)
        table.remove_wanted.connect(self._remove_selected)
        clip.play_wanted.connect(self.listening.toggle)
        clip.play_from_wanted.connect(self.listening.play_from)
        clip.remove_wanted.connect(self._remove_selected)
        clip.restore_wanted.connect(lambda: edits.restore(table.selected_clips()))
        clip.word_wanted.connect(lambda word: edits.relabel(table.selected_clips(), word))
        clip.speaker_wanted.connect(lambda who: edits.set_speaker(table.selected_clips(), who))
        clip.split_wanted.connect(lambda split: edits.set_split(table.selected_clips(), split))
        self.groups.split_wanted.connect(lambda: edits.split_again(self._present))
        self.recorder.began.connect(lambda _: self.groups.choose(self.recorder.chosen_word))
        self._connect_sound()
        self._connect_doctor()

    def _connect_sound(self) -> None:
        notices = self._session.notices
        self.listening.loaded.connect(self._show_sound)
        self.listening.position.connect(self.clip.show_position)
        self.listening.playing.connect(self.list.table.show_playing)
        self.listening.playing.connect(lambda clip_id: self.clip.show_playing(clip_id is not None))
        self.listening.failed.connect(lambda error: notices.error(error, key="sound"))
        self.microphone.failed.connect(lambda error: notices.error(error, key="microphone"))
        self.microphone.changed.connect(self._session.microphone_changed)

    def _connect_doctor(self) -> None:
        self.doctor.progressed.connect(self.header.show_checking)
        self.doctor.examined.connect(self._on_examined)
        self.doctor.show_wanted.connect(self.list.show_ids)
        self.doctor.record_wanted.connect(self.recorder.ask_word)
        self.doctor.room_wanted.connect(self.recorder.record_room)

    def _show_library(self) -> None:
        has_project = self._session.project is not None
        self._outer.setCurrentWidget(self._page if has_project else self.no_project)
        self._show_task_name()
        self._show_counts()
        self._show_group()

    def _take(self, changes: Sequence[Change]) -> None:
        """Show what an edit changed."""
        was_trash = self.groups.shows_removed
        self._show_counts()
        if self.groups.shows_removed is was_trash:
            self._count_groups()
            self.list.take(changes)
            self._describe_selection()

    def _show_counts(self) -> None:
        library, clips = self.library, self.library.clips
        has_clips = bool(clips.present.rows or clips.removed.rows)
        without = self._reading if library.is_reading else self._drop
        self._centre.setCurrentWidget(self._browser if has_clips else without)
        self.header.show_clips(clips.present)
        self.clip.offer_words(library.words)
        self.recorder.offer_words(library.words)
        if not clips.removed.rows:
            self.groups.removed_button.setChecked(False)
        self._show_number()

    def _show_task_name(self) -> None:
        self.header.show_name(self.library.task_name)

    def _show_group(self) -> None:
        clips, groups = self.library.clips, self.groups
        self._count_groups()
        trash = groups.shows_removed
        choice = ClipChoice(groups.chosen_word, groups.chosen_speaker, removed=trash)
        self.list.show_clips((clips.removed if trash else clips.present).rows, clips.get, choice)
        self.recorder.suggest_word(groups.chosen_word)
        self._describe_selection()

    def _count_groups(self) -> None:
        clips, groups = self.library.clips, self.groups
        shown = clips.removed if groups.shows_removed else clips.present
        groups.show_clips(shown, len(clips.removed.rows))

    def _describe_selection(self) -> None:
        clips = self.list.table.selected_clips()
        self.clip.describe(clips, removed=self.groups.shows_removed)

    def _show_sound(self, sound: Sound) -> None:
        self.clip.show_sound(sound.samples, sound.rate_hz, sound.picture)

    def _remove_selected(self) -> None:
        clips = self.list.table.selected_clips()
        if clips and not self.groups.shows_removed:
            self.edits.remove(clips)

    def _record_shown_word(self) -> None:
        clip = self.list.table.current_clip()
        if clip is not None:
            self.recorder.word.setEditText(clip.label)
        self.recorder.record_many()

    def _rename(self, word: str) -> None:
        title, label = self.tr("Rename a word"), self.tr("New word")
        name, accepted = QInputDialog.getText(self, title, label, text=word)
        clips = [clip for clip in self._present if clip.label == word]
        if accepted and name.strip() and clips:
            self.edits.rename_class(clips, name.strip())
            self.groups.choose(name.strip())

    @property
    def _present(self) -> list[ClipRow]:
        return self.library.clips.present.rows

    def _new_project(self) -> None:
        action = self.window().findChild(QAction, "new_project")
        if action is not None:
            action.trigger()

    def _on_examined(self, needs_attention: bool) -> None:
        self._needs_attention = needs_attention
        self._show_number()

    def _show_number(self) -> None:
        number = len(self._present)
        state = StationState.EMPTY
        if number:
            state = StationState.WARNING if self._needs_attention else StationState.READY
        text = short_count(number) if number else ""
        self._session.set_station_number(Station.DATA, text, state)
