"""The second toy: a small network learns one labelling of the plane, then another, with little that may change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QVBoxLayout, QWidget

from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.gui.bridge.background import Background
from workbench.gui.bridge.throttle import Throttle
from workbench.gui.formatting import count, percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.pages.last_layer_choices import DiscChoices, labelling_name, mode_name
from workbench.gui.pages.last_layer_tiles import MapTiles
from workbench.gui.plots.mode_curves import ModeCurves
from workbench.gui.tokens import GRID, MARGIN, RUN_COLORS
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.card import Card
from workbench.gui.widgets.reflow_row import ReflowRow
from workbench.gui.widgets.table_twin import ChartCard, CopyTable
from workbench.studies.disc_task import DiscConfig, DiscEvent, Looked, Mode, StageStarted

Runner = Callable[[DiscConfig, CancelToken], Iterator[DiscEvent]]
RESULTS_WIDTH = 280
MODE_INKS = dict(zip(Mode, RUN_COLORS, strict=False))


def engine_runner(config: DiscConfig, token: CancelToken) -> Iterator[DiscEvent]:
    """The engine's study; imported on first use, in the worker's thread."""
    from workbench.studies.discs import run

    return run(config, token)


class DiscsCard(Card):
    """Choices, maps that change while the networks learn, curves, and a table of what was reached."""

    def __init__(self, runner: Runner = engine_runner, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("A small network learns a second task"))
        self._runner = runner
        self._background = Background(self)
        self._throttle = Throttle(self._show_newest, self)
        self._token = CancelToken()
        self._stage = StageStarted((), (), 0)
        self._looks: list[Looked] = []
        self.choices = DiscChoices(self)
        self.tiles = MapTiles(self)
        self.curves = ModeCurves()
        self._steps = TextTable((self.tr("Step"), self.tr("May change"), self.tr("Right")), self)
        self.curves_card = ChartCard(self.tr("Accuracy over steps"), self.curves, self._steps, self)
        self.results = TextTable(
            (self.tr("May change"), self.tr("Numbers"), self.tr("Right")), self
        )
        self.table = CopyTable(self.results, self)
        self.button = PushButton(self.tr("Start"), self.start_or_stop, "primary", self)
        self.status = QLabel(self)
        self._lay_out()
        for changed in (self.choices.changed, self.tiles.changed):
            changed.connect(self._forget)
        self._background.idle.connect(self._show_state)
        self._forget()

    @property
    def is_running(self) -> bool:
        return self._background.is_busy and not self._token.is_stopped

    def start_or_stop(self) -> None:
        """Start with the choices as they are, or stop what runs."""
        if self.is_running:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Learn; what an earlier start showed is forgotten."""
        self._forget()
        config = self.choices.config(self.tiles.modes)
        token = self._token = CancelToken()
        self.destroyed.connect(token.stop)

        def told(event: DiscEvent) -> None:
            if not token.is_stopped:
                self._take(event)

        self.status.setText(self.tr("Starting…"))
        self._background.follow(lambda: self._runner(config, token), told, self._show_error)
        self._show_state()

    def stop(self) -> None:
        """End what runs; what was reached stays to be seen."""
        if self.is_running:
            self._throttle.flush()
            self._token.stop()
            self.status.setText(self.tr("Stopped."))
            self._show_state()

    def _lay_out(self) -> None:
        about = QLabel(
            self.tr(
                "Each map is the whole plane as one network sees it: blue is inside, orange outside, faded is "
                "doubt; the line is what it should say. All modes start from the same network and learn at once."
            ),
            self,
        )
        about.setWordWrap(True)
        self.table.setAccessibleName(self.tr("What each mode reached"))
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        act = QHBoxLayout()
        act.setSpacing(GRID)
        act.addWidget(self.button)
        act.addWidget(self.status, 1)
        self.status.setWordWrap(True)
        results = QWidget(self)
        results.setMinimumWidth(RESULTS_WIDTH)
        column = QVBoxLayout(results)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.curves_card, 1)
        column.addWidget(self.table, 1)
        self.add(about)
        self.add(self.choices)
        self.body.addLayout(act)
        self.add(ReflowRow((self.tiles, results), (3, 2), MARGIN, self), 1)

    def _forget(self) -> None:
        """The choices changed: what was shown answers another question."""
        self._token.stop()
        self._stage, self._looks = StageStarted((), (), 0), []
        config = self.choices.config(self.tiles.modes)
        self.tiles.forget(config.first, config.second, pretrained=config.pretrained)
        self.curves.show_names([], [], config.steps)
        self.results.set_rows([])
        self._steps.set_rows([])
        self.status.setText(
            self.tr("Press Start to see the maps change, the curves and the table.")
        )
        self._show_state()

    def _take(self, event: DiscEvent) -> None:
        if isinstance(event, StageStarted):
            self._throttle.flush()
            self._stage, self._looks = event, []
            if event.modes:
                inks = [MODE_INKS[mode] for mode in event.modes]
                self.curves.show_names(event.modes, inks, self.choices.config(()).steps)
        else:
            self._looks.append(event)
            self._throttle.request()

    def _show_newest(self) -> None:
        if not self._looks:
            return
        newest, stage = self._looks[-1], self._stage
        if not stage.modes:
            self.tiles.before.show_view(newest.views[0])
        for mode, view in zip(stage.modes, newest.views, strict=False):
            self.tiles.tiles[mode].show_view(view)
        if stage.modes:
            self._show_curves()
            self._show_results(newest)
        self._show_progress(newest)

    def _show_curves(self) -> None:
        shares = [[view.accuracy for view in look.views] for look in self._looks]
        self.curves.show_accuracies([look.step for look in self._looks], shares)
        self._steps.set_rows(
            [
                (count(look.step), f"{mode}  {mode_name(mode)}", percent(view.accuracy))
                for look in self._looks
                for mode, view in zip(self._stage.modes, look.views, strict=True)
            ]
        )

    def _show_results(self, newest: Looked) -> None:
        stage = self._stage
        self.results.set_rows(
            [
                (
                    f"{mode}  {mode_name(mode)}",
                    self.tr("{0} of {1}").format(count(trained), count(stage.total)),
                    percent(view.accuracy),
                )
                for mode, view, trained in zip(
                    stage.modes, newest.views, stage.trained, strict=True
                )
            ]
        )

    def _show_progress(self, newest: Looked) -> None:
        config = self.choices.config(())
        learned = config.second if self._stage.modes else config.first
        if self._stage.modes and newest.step == newest.steps:
            self.status.setText(self._verdict(newest))
            return
        text = self.tr("Learning {0}: step {1} of {2}")
        self.status.setText(
            text.format(labelling_name(learned), count(newest.step), count(newest.steps))
        )

    def _verdict(self, newest: Looked) -> str:
        """What was measured, in one sentence."""
        found = dict(zip(self._stage.modes, newest.views, strict=True))
        if Mode.LOGITS not in found or Mode.BOTH not in found:
            return self.tr("Done.")
        shares = (percent(found[mode].accuracy, 0) for mode in (Mode.LOGITS, Mode.BOTH))
        return self.tr("The last layer alone: {0} right. Biases and scales below it: {1}.").format(
            *shares
        )

    def _show_state(self) -> None:
        running = self.is_running
        self.button.setText(self.tr("Stop") if running else self.tr("Start"))
        self.button.setEnabled(running or bool(self.tiles.modes))

    def _show_error(self, error: WorkbenchError) -> None:
        self.status.setText(str(error))
