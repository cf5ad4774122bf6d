"""The Try it station for pictures: show one, a folder or a camera to one or several patches."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from workbench.backbones.registry import takes_pictures
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.camera import Camera
from workbench.gui.bridge.picture_looker import Explained, PictureLooker, Seen
from workbench.gui.formatting import decimal
from workbench.gui.pages.try_it_choices import PatchChoice
from workbench.gui.pages.try_it_patches import PatchToggles
from workbench.gui.pages.try_it_scorers import OpenScorers
from workbench.gui.pages.try_it_sharing import SharingNote
from workbench.gui.pages.try_pictures_answers import AnswerColumn
from workbench.gui.pages.try_pictures_folder import FolderTable
from workbench.gui.pages.try_pictures_source import PictureSource
from workbench.gui.plots.picture_view import PictureView
from workbench.gui.run_files import is_for_pictures
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.drop_area import DropArea
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.reflow_row import ReflowRow
from workbench.gui.widgets.titled_group import TitledGroup
from workbench.gui.widgets.vertical_scroll import VerticalScroll

FILES_HEIGHT = 180


class TryPicturesPage(QWidget):
    """The picture on the left, answers on the right, below them with what and at what to look."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "page")
        self._session = session
        self._seen: Seen | None = None
        self.patches = PatchToggles(session, self, for_pictures=True)
        self.sharing = SharingNote(self, for_pictures=True)
        self.scorers = OpenScorers(session, self)
        self.camera = Camera(self)
        self.looker = PictureLooker(self)
        self.source = PictureSource(self.camera, self)
        self.view = PictureView(self)
        self.answers = AnswerColumn(self)
        self.timing = QLabel(self)
        self.folder = FolderTable(self)
        self._lay_out()
        self._connect()
        self._show_choices()
        self._apply()

    def look_at(self, path: Path) -> None:
        """Show a file, or all pictures of a folder, to the patches that are on."""
        if path.is_dir():
            self.folder.show_folder(path)
        else:
            self.looker.look_at_file(path)

    def shut_down(self) -> None:
        """Stop the camera, and listing a folder."""
        self._stop_camera()
        self.folder.shut_down()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.source.list_devices()
        self.patches.switch_first()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody is watched behind their back."""
        if not event.spontaneous():
            self._stop_camera()
        super().hideEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.shut_down()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        theme.set_role(self.timing, "muted")
        seen = Card("", self)
        seen.setAccessibleName(self.tr("Picture"))
        seen.add(self.view, 1)
        seen.add(self.timing)
        seen.add(self.folder)
        self.picture_card = seen
        top = ReflowRow((seen, VerticalScroll(self.answers, self)), (5, 3), MARGIN, self)
        controls = Card("", self)
        controls.setAccessibleName(self.tr("Looking"))
        groups = (
            TitledGroup(self.tr("Patches"), self.patches, self.sharing),
            TitledGroup(self.tr("Pictures"), self.source),
        )
        controls.add(ReflowRow(groups, (1, 1), 3 * GRID, self))
        self.drop_area = DropArea(self)
        column = QVBoxLayout(self.drop_area)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(MARGIN)
        column.addWidget(top, 1)
        column.addWidget(controls)
        self._empty = EmptyState(
            self.tr(
                "Adapt a backbone to your pictures, or tick classes in the word library (Ctrl+L); then try it here."
            ),
            (self.tr("Go to Adapt"), lambda: self._session.show_station(Station.ADAPT)),
            (self.tr("Open a patch file…"), self.patches.choose_file),
            self,
        )
        self._outer = QStackedWidget(self)
        self._main = VerticalScroll(self.drop_area, self)
        self._outer.addWidget(self._main)
        self._outer.addWidget(self._empty)
        frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(self._outer)

    def _connect(self) -> None:
        session, notices = self._session, self._session.notices
        session.active_patch_changed.connect(self._on_active_patch)
        self.patches.toggled.connect(self._on_patches)
        self.patches.listed.connect(self._show_choices)
        self.scorers.changed.connect(self._apply)
        self.scorers.refused.connect(lambda path: self.patches.switch(path, False))
        self.drop_area.dropped.connect(self.look_at)
        for chosen in (self.source.file_chosen, self.source.folder_chosen):
            chosen.connect(self.look_at)
        self.source.pasted.connect(lambda one: self.looker.look_at(one, self.tr("pasted")))
        self.source.camera_wanted.connect(self._switch_camera)
        self.camera.taken.connect(lambda one: self.looker.look_at(one, self.tr("camera")))
        self.camera.failed.connect(lambda error: notices.error(error, key="camera"))
        self.looker.seen.connect(self._on_seen)
        self.looker.explained.connect(self._on_explained)
        self.looker.failed.connect(lambda error: notices.error(error, key="picture"))
        self.answers.why_wanted.connect(self._explain)
        self.folder.chosen.connect(self.look_at)
        self.folder.failed.connect(lambda error: notices.error(error, key="picture"))

    def _switch_camera(self, is_on: bool) -> None:
        if is_on:
            self.camera.start(self.source.device.currentText())
        else:
            self.camera.stop()
        self.source.show_camera(self.camera.is_on)

    def _stop_camera(self) -> None:
        self.camera.stop()
        self.source.show_camera(False)

    def _on_seen(self, seen: Seen) -> None:
        self._seen = seen
        self.view.show_picture(seen.picture)
        self.picture_card.set_title(seen.name)
        self._show_answers(seen)
        self._session.set_station_number(Station.TRY_IT, "", StationState.READY)
        if self.camera.is_on:
            self.camera.want()

    def _show_answers(self, seen: Seen) -> None:
        colors = {choice.name: self.patches.color(choice) for choice in self.patches.choices}
        answers = tuple(one for one in seen.look.answers if one.patch in colors)
        self.answers.show_answers(answers, colors)
        height, width = seen.picture.shape[:2]
        text = self.tr("{0} × {1} pixels").format(width, height)
        if answers:
            took = self.tr("{0}, {1} ms for all patches")
            text = took.format(text, decimal(1000 * seen.look.seconds, 1))
        self.timing.setText(text)

    def _explain(self, patch: str) -> None:
        """Lay over the picture what speaks for the likeliest answer of a patch; a second time, take it away."""
        seen, choice = self._seen, self._active.get(patch)
        if self.view.has_heat:
            self.view.show_heat(None)
        elif seen is not None and choice is not None:
            answer = next(one for one in seen.look.answers if one.patch == patch)
            label = answer.best(1)[0][0]
            self.looker.explain(choice.path, self._session.backbone, seen.picture, label)

    def _on_explained(self, explained: Explained) -> None:
        if self._seen is not None and explained.picture is self._seen.picture:
            self.view.show_heat(explained.heat)

    @property
    def _active(self) -> dict[str, PatchChoice]:
        return {choice.name: choice for choice in self.patches.active}

    def _on_patches(self) -> None:
        active = self.patches.active
        self._session.set_active_patch(active[0].path if active else None)
        self.scorers.want([(choice.path, choice.name) for choice in active])

    def _apply(self) -> None:
        """Look again with the patches that are open now."""
        self.view.hint = self._hint()
        self.view.update()
        known = len(self.scorers.ready) > 1 and self.scorers.is_sharing_known
        self.sharing.show_sharing(self.scorers.together.sharing if known else None)
        self.looker.use(self.scorers.together)
        self.folder.use(self.scorers.together)

    def _hint(self) -> str:
        if self.scorers.ready:
            return self.tr("Drop a picture or a folder here, paste one, or choose one below.")
        if self.scorers.is_opening:
            return self.tr("The patch is being opened.")
        return self.tr("Switch on a patch below.")

    def _on_active_patch(self, path: Path | None) -> None:
        """Another station chose a patch to try. The first that is on was announced from here."""
        known = [choice.path for choice in self.patches.active[:1]]
        if path is None or path in known or not is_for_pictures(path):
            return
        try:
            self.patches.switch_to(path)
        except WorkbenchError as error:
            self._session.notices.error(error, key="patch")

    def _show_choices(self) -> None:
        has_choices = bool(self.patches.choices)
        self._outer.setCurrentWidget(self._main if has_choices else self._empty)
        if takes_pictures(self._session.backbone):
            state = StationState.READY if has_choices else StationState.EMPTY
            self._session.set_station_number(Station.TRY_IT, "", state)
