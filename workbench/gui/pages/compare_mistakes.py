"""The clips that a run got wrong, to be listened to, or the pictures, to be looked at."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QWidget

from workbench.audio.files import Samples, probe, read_audio
from workbench.cancel import CancelToken
from workbench.data.task import Clip, Medium, Split
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.picture_reader import PictureReader, WholePicture
from workbench.gui.bridge.player import Player
from workbench.gui.formatting import count, percent
from workbench.gui.itemmodels.columns import RAW_ROLE, RECORD_ROLE, Column, ColumnTable
from workbench.gui.pages.compare_data import RunRow, part_title
from workbench.gui.plots.picture_view import PictureView
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.filling_column import FillingColumn
from workbench.gui.widgets.table_twin import CopyTable
from workbench.training.replay import Mistake, Replay, open_run, replay

PARTS = {"test": Split.TEST, "val": Split.VAL}

SPEAKER_LETTERS = 9
LEAST_LETTERS = 40
PICTURE_SIDE = 20 * GRID


class MistakesCard(Card):
    """Lists what one run got wrong, most confident errors first.

    Enter or a double click plays a clip; a picture is shown as soon as it is chosen.

    Attributes:
        failed: Carries a WorkbenchError of the loudspeaker, or of a file.
    """

    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Mistakes"), parent)
        self._run: RunRow | None = None
        self._mistakes: tuple[Mistake, ...] = ()
        self._pair: tuple[str, str] | None = None
        self._token = CancelToken()
        self._background = Background(self, self._stop)
        self.player = Player(self)
        self.view = PictureView(self)
        self.reader = PictureReader(self)
        self.rows = ColumnTable[Mistake](_columns(self, Medium.SOUND), self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(RAW_ROLE)
        self._sorted.setSourceModel(self.rows)
        self.table = CopyTable(self._sorted, self)
        self.note = QLabel(self)
        self.play_button = PushButton(self.tr("Play"), self.play_or_stop, "", self)
        self._lay_out()
        self._connect()

    def minimumSizeHint(self) -> QSize:
        """So wide that the right answer and the given one can be read side by side."""
        least = LEAST_LETTERS * self.fontMetrics().averageCharWidth()
        return super().minimumSizeHint().expandedTo(QSize(least, 0))

    def show_run(self, run: RunRow | None) -> None:
        """Find the mistakes of a run in the background."""
        if run is not None and self._run is not None and run.key == self._run.key:
            return
        self._stop()
        self._run, self._mistakes, self._pair = run, (), None
        self._fill()
        if run is None:
            self._say(self.tr("Choose a run to see what it gets wrong."))
            return
        self._say(self.tr("Going through the {0}…").format(part_title(run.part)))
        self._token = CancelToken()
        self.destroyed.connect(self._token.stop)
        work = partial(_find, run.place, PARTS[run.part], self._token)
        self._background.start(work, partial(self._take, run), partial(self._tell, run))

    def show_pair(self, pair: tuple[str, str] | None) -> None:
        """Show only what has one label and was answered as another; None shows all."""
        self._pair = pair
        self._fill()
        self._say_number()

    def play_or_stop(self) -> None:
        """Play the chosen clip, or fall silent."""
        if self.player.is_playing:
            self.player.stop()
            return
        self._play(self.table.currentIndex())

    def _lay_out(self) -> None:
        theme.set_role(self.note, "small")
        self.note.setWordWrap(True)
        self.table.setAccessibleName(self.tr("Mistakes"))
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        FillingColumn(self.table, self.rows.column_of("speaker"), SPEAKER_LETTERS)
        self.play_button.setEnabled(False)
        self.view.setFixedHeight(PICTURE_SIDE)
        self.view.hint = self.tr("Choose one to look at it.")
        self.view.hide()
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.play_button)
        self.add(self.table, 1)
        self.add(self.view)
        self.body.addLayout(foot)

    def _connect(self) -> None:
        self.table.activated.connect(self._play)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._on_chosen())
        self.player.started.connect(self._show_button)
        self.player.stopped.connect(self._show_button)
        self.player.failed.connect(self.failed)
        self.reader.read.connect(self._show_picture)
        self.reader.failed.connect(self._on_unreadable)

    def _stop(self) -> None:
        """Go through no more clips."""
        self._token.stop()

    def _take(self, run: RunRow, found: Replay) -> None:
        if run is self._run:
            self._mistakes = found.mistakes
            self._show_medium()
            self._fill()
            self._say_number()

    def _tell(self, run: RunRow, error: WorkbenchError) -> None:
        if run is self._run:
            self._say(f"{error.message} {error.hint}", "error")

    def _fill(self) -> None:
        pair = self._pair
        self.rows.show_records(
            [one for one in self._mistakes if pair is None or (one.truth, one.predicted) == pair]
        )
        self._on_chosen()

    def _say_number(self) -> None:
        if self._run is None:
            return
        shown = self.tr("{0} of {1} {2}").format(
            count(len(self.rows.records)), count(self._run.n), part_title(self._run.part)
        )
        if self._pair is not None:
            shown = self.tr("{0}: {1} answered as {2}").format(shown, *self._pair)
        self._say(shown)

    def _say(self, text: str, role: str = "small") -> None:
        theme.set_role(self.note, role)
        self.note.setText(text)

    def _show_medium(self) -> None:
        if not self._mistakes:
            return
        medium = self._mistakes[0].clip.medium
        self.rows.columns = tuple(_columns(self, medium))
        self.play_button.setVisible(medium is Medium.SOUND)
        self.view.setVisible(medium is Medium.PICTURE)

    def _on_chosen(self) -> None:
        self._show_button()
        chosen = self.table.selectionModel().selectedRows()
        clip = chosen[0].data(RECORD_ROLE).clip if chosen else None
        is_picture = clip is not None and clip.medium is Medium.PICTURE
        if not is_picture:
            self.view.show_picture(None)
        self.reader.want(clip if is_picture else None)

    def _show_picture(self, picture: WholePicture) -> None:
        self.view.show_picture(picture.pixels)

    def _on_unreadable(self, error: WorkbenchError) -> None:
        self.view.show_picture(None)
        self.failed.emit(error)

    def _show_button(self) -> None:
        playing = self.player.is_playing
        self.play_button.setText(self.tr("Stop") if playing else self.tr("Play"))
        self.play_button.setEnabled(playing or self.table.selectionModel().hasSelection())

    def _play(self, index: QModelIndex) -> None:
        mistake = index.data(RECORD_ROLE) if index.isValid() else None
        if not isinstance(mistake, Mistake) or mistake.clip.medium is Medium.PICTURE:
            return
        self._background.start(
            partial(_load, mistake.clip), lambda sound: self.player.play(*sound), self.failed.emit
        )


def _find(place: Path, part: Split, token: CancelToken) -> Replay:
    return replay(open_run(place), part, token)


def _load(clip: Clip) -> tuple[Samples, int]:
    rate_hz = probe(clip.path).rate_hz
    return read_audio(clip.path, rate_hz, clip.start_s, clip.duration_s), rate_hz


def _columns(card: MistakesCard, medium: Medium) -> list[Column[Mistake]]:
    speaker = card.tr("Speaker") if medium is Medium.SOUND else card.tr("Group")
    return [
        Column("true", card.tr("True"), "", lambda m: m.truth, is_number=False),
        Column("answered", card.tr("Answered"), "", lambda m: m.predicted, is_number=False),
        Column(
            "confidence",
            card.tr("Sure"),
            card.tr("Probability that was given to the wrong answer"),
            lambda m: m.confidence,
            lambda m: percent(m.confidence, 0),
        ),
        Column("speaker", speaker, "", lambda m: m.clip.speaker, is_number=False),
    ]
