"""The Data station: words, clips, recorder, or classes and a contact sheet; import, check, undo."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QHideEvent, QShowEvent
from PySide6.QtWidgets import QInputDialog, QStackedWidget, QVBoxLayout, QWidget

from workbench.data.task import Medium
from workbench.errors import WorkbenchError
from workbench.gui.bridge.input_devices import InputDevices
from workbench.gui.bridge.microphone import Microphone
from workbench.gui.bridge.outlines import Outlines
from workbench.gui.formatting import short_count
from workbench.gui.itemmodels.clip_choice import ClipChoice
from workbench.gui.itemmodels.clips import ClipsModel
from workbench.gui.pages.data_browser import ClipBrowser
from workbench.gui.pages.data_centre import Centre
from workbench.gui.pages.data_clip import ClipCard
from workbench.gui.pages.data_doctor import Doctor
from workbench.gui.pages.data_edits import ClipEdits
from workbench.gui.pages.data_empty import NoClips, NoPictures, NoProject
from workbench.gui.pages.data_findings import FindingsBar
from workbench.gui.pages.data_groups import GroupsCard
from workbench.gui.pages.data_header import DataHeader
from workbench.gui.pages.data_import import ImportBar
from workbench.gui.pages.data_intake import PictureIntake
from workbench.gui.pages.data_library import ClipLibrary
from workbench.gui.pages.data_list import ClipListCard
from workbench.gui.pages.data_listen import Listening, Sound
from workbench.gui.pages.data_pictures import PictureBrowser
from workbench.gui.pages.data_recorder import RecorderCard
from workbench.gui.pages.data_recording import TakeKeeper
from workbench.gui.pages.data_tasks import TaskButton
from workbench.gui.pages.data_unlisted import UnlistedOffer
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.clip_table import ClipTable
from workbench.gui.widgets.drop_area import DropAreaForPictures
from workbench.gui.widgets.turning_panes import TurningPanes
from workbench.gui.widgets.vertical_scroll import VerticalScroll
from workbench.images.suffixes import is_single_picture
from workbench.project.clip_rows import Change, ClipRow

GROUPS_SHARE = 0.6


class DataPage(QWidget):
    """Everything that happens to clips before training; what a task holds decides which parts are shown.

    Attributes:
        browser: The parts in use: ``sounds``, or ``pictures``.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._needs_attention = False
        self._shown_medium = Medium.SOUND
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
        model = ClipsModel(Outlines(self), self)
        self.list = ClipListCard(Medium.SOUND, model, ClipTable(model, self), self)
        self.sounds = ClipBrowser(self.clip, self.list, self.edits, self)
        self.pictures = PictureBrowser(self.edits, self)
        self.browser: ClipBrowser = self.sounds
        self.recorder = RecorderCard(self.microphone, self)
        self.tasks = TaskButton(session, self.import_bar, self.recorder, self)
        self.header.add_beside_title(self.tasks)
        self.intake = PictureIntake(session, self.library, self.groups, self.import_bar, self)
        self.unlisted = UnlistedOffer(session, self.library, self.edits, self)
        self._keeper = TakeKeeper(session, self.recorder, self.library, self.edits, self.listening)
        self._lay_out()
        self._connect()
        self._show_library()

    def import_from(self, source: Path) -> None:
        """Import a folder, zip, manifest or picture into the task; a project without tasks gets one."""
        if is_single_picture(source):
            self.intake.add_files((source,))
            return
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
        self.no_project = NoProject(self._session.demo_requested.emit, self._new_project, self)
        self.no_clips = NoClips(self.recorder.ask_word, self.header, self)
        self.no_pictures = NoPictures(self.header, self)
        self._browsers = QStackedWidget(self)
        for browser in (self.sounds, self.pictures):
            self._browsers.addWidget(browser)
        self._panes = TurningPanes((self.groups, self._browsers), (2, 7), GRID, GROUPS_SHARE, self)
        without = {Medium.SOUND: self.no_clips, Medium.PICTURE: self.no_pictures}
        self._centre = Centre(self._panes, without, self)
        self.drop_area = DropAreaForPictures(self)
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
        outer.setSpacing(0)
        outer.addWidget(self.unlisted)
        outer.addWidget(self._outer)

    def _connect(self) -> None:
        self.library.changed.connect(self._show_library)
        self.library.edited.connect(self._take)
        self._session.tasks_changed.connect(self._show_task_name)
        self._session.backbone_changed.connect(self._show_library)
        self.header.import_wanted.connect(self.import_from)
        self.header.pictures_wanted.connect(self.intake.add_files)
        self.drop_area.dropped.connect(self.import_from)
        self.drop_area.pictures_dropped.connect(self.intake.add_files)
        self.header.check_wanted.connect(self.doctor.check_now)
        self.import_bar.imported.connect(self.edits.imported)
        self.groups.chosen.connect(self._show_group)
        self.groups.add_wanted.connect(self._add_class)
        self.groups.rename_wanted.connect(self._rename)
        self.groups.split_wanted.connect(lambda: self.edits.split_again(self._present))
        self._connect_sound()
        self._connect_doctor()

    def _connect_sound(self) -> None:
        notices, table = self._session.notices, self.list.table
        table.current_changed.connect(lambda: self.listening.show(table.current_clip()))
        table.play_wanted.connect(self.listening.toggle)
        table.record_wanted.connect(self._record_shown_word)
        self.clip.play_wanted.connect(self.listening.toggle)
        self.clip.play_from_wanted.connect(self.listening.play_from)
        self.recorder.wanted.connect(lambda _: self.groups.choose(self.recorder.chosen_word))
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
        self.doctor.show_wanted.connect(self._show_ids)
        self.doctor.add_wanted.connect(self._add_class)
        self.doctor.record_wanted.connect(self.recorder.ask_word)
        self.doctor.room_wanted.connect(self._keeper.record_room)

    def _show_library(self) -> None:
        self._show_medium()
        has_project = self._session.project is not None
        self._outer.setCurrentWidget(self._page if has_project else self.no_project)
        self._show_task_name()
        self._show_counts()
        self._show_group()

    def _take(self, changes: Sequence[Change]) -> None:
        """Show what an edit changed."""
        if self.library.medium is not self._shown_medium:
            self._show_library()
            return
        was_trash = self.groups.shows_removed
        self._show_counts()
        if self.groups.shows_removed is was_trash:
            self._count_groups()
            self.browser.take(changes)

    def _show_counts(self) -> None:
        library, clips = self.library, self.library.clips
        self._centre.show_clips(bool(clips.present.rows or clips.removed.rows), library.is_reading)
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
        shown = clips.removed if trash else clips.present
        self.browser.show_clips(shown.rows, clips.get, choice)
        self.recorder.suggest_word(groups.chosen_word)

    def _count_groups(self) -> None:
        clips, groups = self.library.clips, self.groups
        shown = clips.removed if groups.shows_removed else clips.present
        groups.show_clips(shown, len(clips.removed.rows))
        self.browser.offer_classes(groups.classes)

    def _show_sound(self, sound: Sound) -> None:
        self.clip.show_sound(sound.samples, sound.rate_hz, sound.picture)

    def _record_shown_word(self) -> None:
        clip = self.list.table.current_clip()
        if clip is not None:
            self.recorder.word.setEditText(clip.label)
        self.recorder.record_many()

    def _rename(self, word: str) -> None:
        if self._shown_medium is Medium.SOUND:
            title, label = self.tr("Rename a word"), self.tr("New word")
        else:
            title, label = self.tr("Rename a class"), self.tr("New name")
        name, accepted = QInputDialog.getText(self, title, label, text=word)
        clips = [clip for clip in self._present if clip.label == word]
        if accepted and name.strip() and clips:
            self.edits.rename_class(clips, name.strip())
            self.groups.choose(name.strip())

    def _show_ids(self, ids: Collection[str]) -> None:
        self.browser.list.show_ids(ids)

    def _add_class(self, label: str = "") -> None:
        """More takes of a word, or more pictures of a class."""
        if self._shown_medium is Medium.SOUND:
            self.recorder.ask_word(label)
            return
        self.groups.choose(label or None)
        self.header.choose_pictures()

    def _show_medium(self) -> None:
        """Show the parts for sounds or those for pictures."""
        medium = self.library.medium
        is_sound = medium is Medium.SOUND
        self.no_project.show_medium(medium)
        if medium is self._shown_medium:
            return
        self._shown_medium = medium
        self.edits.medium = medium
        self.groups.show_medium(medium)
        self.header.show_medium(medium)
        self._centre.show_medium(medium)
        self.browser.show_clips((), lambda _: None, ClipChoice())
        self.browser = self.sounds if is_sound else self.pictures
        self._browsers.setCurrentWidget(self.browser)
        self.recorder.setVisible(is_sound)
        if not is_sound:
            self.recorder.recorder.stop()
            self.microphone.stop()

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
