"""The Backbone station: which pretrained network to adapt, and what it is made of."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)
from safetensors import SafetensorError

from workbench.backbones.checkpoint_files import SUFFIXES
from workbench.backbones.filters import Filters, first_filters
from workbench.backbones.registry import CARD_FILE, backbone_folder, read_card
from workbench.backbones.summary import BackboneSummary, summaries, summarise
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.dialogs.checkpoint_dialog import CheckpointDialog
from workbench.gui.dialogs.public_weights import PublicWeightsDialog
from workbench.gui.formatting import short_count
from workbench.gui.pages.backbone_cards import BackboneList
from workbench.gui.pages.backbone_layers import BackboneDetails
from workbench.gui.session import Session
from workbench.gui.stations import Station, StationState
from workbench.gui.tokens import GRID, MARGIN
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.empty_state import EmptyState
from workbench.gui.widgets.turning_panes import TurningPanes
from workbench.gui.widgets.vertical_scroll import VerticalScroll

LIST_WIDTH = 310
LIST_SHARE = 0.6


class BackbonePage(QWidget):
    """Cards on the left, the layers of the chosen one on the right."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        theme.set_role(self, "page")
        self._session = session
        self._background = Background(self)
        self._summaries: dict[str, BackboneSummary] = {}
        self.list = BackboneList(self)
        self.details = BackboneDetails(self)
        self.load_button = PushButton(self.tr("Load checkpoint…"), self.choose_checkpoint, "", self)
        self.get_button = PushButton(
            self.tr("Get public weights…"), self.get_public_weights, "", self
        )
        self._looking = EmptyState(self.tr("Looking for backbones…"), parent=self)
        self._empty = EmptyState(
            self.tr("No backbone is installed. Load a checkpoint to adapt it to your words."),
            (self.tr("Load checkpoint…"), self.choose_checkpoint),
            parent=self,
        )
        self._lay_out()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Read the list of installed backbones anew, off the window's thread."""
        work = partial(_known, self._session.backbone)
        self._background.start(work, self._show_list, self._session.notices.error)

    def choose_checkpoint(self) -> None:
        """Ask for a file and show its matching report."""
        pattern = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Load checkpoint"), "", self.tr("Checkpoints ({0})").format(pattern)
        )
        if name:
            self.open_checkpoint(Path(name))

    def open_checkpoint(self, path: Path) -> CheckpointDialog:
        """Show the matching report of a file; importing makes it the backbone in use."""
        dialog = CheckpointDialog(path, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.imported.connect(self._use_imported)
        dialog.open()
        return dialog

    def get_public_weights(self) -> PublicWeightsDialog:
        """Offer published weights; those that are downloaded become the backbone in use."""
        dialog = PublicWeightsDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.installed.connect(self._use_imported)
        dialog.file_wanted.connect(self.choose_checkpoint)
        dialog.open()
        return dialog

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Backbone"), self)
        theme.set_role(title, "title")
        header = QHBoxLayout()
        header.addWidget(title, 1)
        header.addWidget(self.get_button)
        header.addWidget(self.load_button)
        self.panes = TurningPanes(
            (VerticalScroll(self.list, self), self.details), (0, 1), GRID, LIST_SHARE, self
        )
        self.panes.split.setSizes([LIST_WIDTH, LIST_WIDTH * 3])
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(GRID)
        column.addLayout(header)
        column.addWidget(self.panes, 1)
        self._stack = QStackedLayout(self)
        for one in (self._looking, self._empty, content):
            self._stack.addWidget(one)
        self._content = content

    def _connect(self) -> None:
        self._session.backbone_changed.connect(self._on_backbone)
        self.list.chosen.connect(self._session.set_backbone)
        self.details.csv_button.clicked.connect(self._save_csv)

    def _show_list(
        self, known: tuple[dict[str, BackboneSummary], tuple[WorkbenchError, ...]]
    ) -> None:
        found, problems = known
        for problem in problems:
            self._session.notices.error(problem)
        self._summaries = found
        self.list.show_backbones(found)
        if not found:
            self._session.set_station_number(Station.BACKBONE, "", StationState.EMPTY)
        elif self._session.backbone not in found:
            self._choose_another(found)
        self._stack.setCurrentWidget(self._content if found else self._empty)
        self._show_current()

    def _choose_another(self, found: dict[str, BackboneSummary]) -> None:
        """The backbone in use is none of those that were looked for; it may have been chosen meanwhile."""
        if (Path(self._session.backbone) / CARD_FILE).is_file():
            self.refresh()
        else:
            self._session.set_backbone(next(iter(found)))

    def _on_backbone(self, key: str) -> None:
        """Another backbone is in use; one that is not listed yet is looked for."""
        if key in self._summaries:
            self._show_current()
        else:
            self.refresh()

    def _show_current(self) -> None:
        key = self._session.backbone
        self.list.set_current(key)
        summary = self._summaries.get(key)
        if summary is None:
            return
        self.details.show_summary(summary)
        self._background.start(
            partial(_filters, key), partial(self._show_filters, key), self._session.notices.error
        )
        self._session.set_station_number(Station.BACKBONE, short_count(summary.parameters))

    def _show_filters(self, key: str, filters: Filters | None) -> None:
        if key == self._session.backbone:
            self.details.filters.show_filters(filters)

    def _use_imported(self, name: str) -> None:
        self._session.set_backbone(name)
        self._session.notices.info(self.tr("{0} was imported and is in use.").format(name))

    def _save_csv(self) -> None:
        name = f"{Path(self._session.backbone).name}-layers.csv"
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save layers"), name, self.tr("Tables (*.csv)")
        )
        if not chosen:
            return
        try:
            self.details.save_csv(Path(chosen))
        except WorkbenchError as error:
            self._session.notices.error(error)


def _filters(name: str) -> Filters | None:
    """Without weights there are none to show; whoever loads the backbone says so."""
    try:
        return first_filters(backbone_folder(name))
    except (OSError, SafetensorError, WorkbenchError):
        return None


def _known(in_use: str) -> tuple[dict[str, BackboneSummary], tuple[WorkbenchError, ...]]:
    """Installed backbones by name, and the one in use when that is a folder elsewhere."""
    found, problems = summaries()
    folder = Path(in_use)
    if in_use not in found and (folder / CARD_FILE).is_file():
        found[in_use] = summarise(read_card(folder))
    return found, problems
