"""The clips that a run got wrong, to be listened to."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QWidget

from workbench.audio.files import Samples, probe, read_audio
from workbench.cancel import CancelToken
from workbench.data.task import Clip, Split
from workbench.errors import WorkbenchError
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.player import Player
from workbench.gui.formatting import count, percent
from workbench.gui.itemmodels.columns import RAW_ROLE, RECORD_ROLE, Column, ColumnTable
from workbench.gui.pages.compare_data import RunRow, part_title
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.filling_column import FillingColumn
from workbench.gui.widgets.table_twin import CopyTable
from workbench.training.replay import Mistake, Replay, open_run, replay

PARTS = {"test": Split.TEST, "val": Split.VAL}

SPEAKER_LETTERS = 9
LEAST_LETTERS = 40


class MistakesCard(Card):
    """Lists the wrong clips of one run, most confident errors first; Enter or a double click plays one.

    Attributes:
        failed: Carries a WorkbenchError of the loudspeaker.
    """

    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Mistakes"), parent)
        self._run: RunRow | None = None
        self._mistakes: tuple[Mistake, ...] = ()
        self._pair: tuple[str, str] | None = None
        self._token = CancelToken()
        self._background = Background(self)
        self.player = Player(self)
        self.rows = ColumnTable[Mistake](_columns(self), self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(RAW_ROLE)
        self._sorted.setSourceModel(self.rows)
        self.table = CopyTable(self._sorted, self)
        self.note = QLabel(self)
        self.play_button = PushButton(self.tr("Play"), self.play_or_stop, "", self)
        self._lay_out()
        self._connect()

    def minimumSizeHint(self) -> QSize:
        """So wide that what was said and heard can be read side by side."""
        least = LEAST_LETTERS * self.fontMetrics().averageCharWidth()
        return super().minimumSizeHint().expandedTo(QSize(least, 0))

    def show_run(self, run: RunRow | None) -> None:
        """Find the mistakes of a run in the background."""
        if run is not None and self._run is not None and run.key == self._run.key:
            return
        self._token.stop()
        self._run, self._mistakes, self._pair = run, (), None
        self._fill()
        if run is None:
            self._say(self.tr("Choose a run to hear what it gets wrong."))
            return
        self._say(self.tr("Listening to the {0}…").format(part_title(run.part)))
        self._token = CancelToken()
        self.destroyed.connect(self._token.stop)
        work = partial(_find, run.place, PARTS[run.part], self._token)
        self._background.start(work, partial(self._take, run), partial(self._tell, run))

    def show_pair(self, pair: tuple[str, str] | None) -> None:
        """Show only clips of one label that were heard as another; None shows all."""
        self._pair = pair
        self._fill()
        self._say_number()

    def play_or_stop(self) -> None:
        """Play the chosen clip, or fall silent."""
        if self.player.is_playing:
            self.player.stop()
            return
        index = self.table.currentIndex()
        if index.isValid():
            self._play(index)

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
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self.note, 1)
        foot.addWidget(self.play_button)
        self.add(self.table, 1)
        self.body.addLayout(foot)

    def _connect(self) -> None:
        self.table.activated.connect(self._play)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_button())
        self.player.started.connect(self._show_button)
        self.player.stopped.connect(self._show_button)
        self.player.failed.connect(self.failed)

    def _take(self, run: RunRow, found: Replay) -> None:
        if run is self._run:
            self._mistakes = found.mistakes
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
        self._show_button()

    def _say_number(self) -> None:
        if self._run is None:
            return
        shown = self.tr("{0} of {1} {2}").format(
            count(len(self.rows.records)), count(self._run.n), part_title(self._run.part)
        )
        if self._pair is not None:
            shown = self.tr("{0}: said {1}, heard {2}").format(shown, *self._pair)
        self._say(shown)

    def _say(self, text: str, role: str = "small") -> None:
        theme.set_role(self.note, role)
        self.note.setText(text)

    def _show_button(self) -> None:
        playing = self.player.is_playing
        self.play_button.setText(self.tr("Stop") if playing else self.tr("Play"))
        self.play_button.setEnabled(playing or self.table.selectionModel().hasSelection())

    def _play(self, index: QModelIndex) -> None:
        mistake = index.data(RECORD_ROLE)
        assert isinstance(mistake, Mistake)
        self._background.start(
            partial(_load, mistake.clip), lambda sound: self.player.play(*sound), self.failed.emit
        )


def _find(place: Path, part: Split, token: CancelToken) -> Replay:
    return replay(open_run(place), part, token)


def _load(clip: Clip) -> tuple[Samples, int]:
    rate_hz = probe(clip.path).rate_hz
    return read_audio(clip.path, rate_hz, clip.start_s, clip.duration_s), rate_hz


def _columns(card: MistakesCard) -> list[Column[Mistake]]:
    return [
        Column("said", card.tr("Said"), "", lambda m: m.truth, is_number=False),
        Column("heard", card.tr("Heard"), "", lambda m: m.predicted, is_number=False),
        Column(
            "confidence",
            card.tr("Sure"),
            card.tr("Probability that was given to the wrong answer"),
            lambda m: m.confidence,
            lambda m: percent(m.confidence, 0),
        ),
        Column("speaker", card.tr("Speaker"), "", lambda m: m.clip.speaker, is_number=False),
    ]
