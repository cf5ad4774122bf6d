"""One layer of one run: its weights, what was added to them, and what that was good for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.cancel import CancelToken
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import Evaluation
from workbench.gui import theme
from workbench.gui.bridge.background import Background
from workbench.gui.formatting import count, percent, significant
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.pages.inspect_data import InspectedRun
from workbench.gui.plots.layer_rows import MapRow
from workbench.gui.plots.weight_histogram import WeightHistogram
from workbench.gui.tokens import GRID
from workbench.gui.widgets.buttons import PushButton
from workbench.gui.widgets.table_twin import ChartCard
from workbench.methods.inspection import LayerWeights, layer_weights
from workbench.training.replay import replay


@dataclass(frozen=True)
class _Comparison:
    """Validation examples with every change, and with one layer's taken out."""

    with_change: Evaluation
    without: Evaluation


class LayerCard(ChartCard):
    """Histograms of the chosen layer; a button measures what its change is worth."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self.histogram = WeightHistogram()
        self._rows = TextTable(_titles())
        chart = QWidget()
        super().__init__(_tr("Weights of the layer"), chart, self._rows, parent)
        self._rows.setParent(self)
        self._run: InspectedRun | None = None
        self._row: MapRow | None = None
        self._token = CancelToken()
        self._background = Background(self)
        self._hint = QLabel(self.tr("Choose a layer in the map to see its weights."), self)
        self._about = QLabel(self)
        self.why = QLabel(self)
        self.why_button = PushButton(self.tr("What is this change worth?"), self.ask_why, "", self)
        self._lay_out(chart)
        self.show_layer(None, None)

    def show_layer(self, run: InspectedRun | None, row: MapRow | None) -> None:
        """Show a layer of a run, or the hint when there is none."""
        self._token.stop()
        self._run, self._row = run, row
        self.set_title(row.name if row else self.tr("Layer"))
        self._hint.setVisible(row is None)
        self._full.setVisible(row is not None)
        self.toggle.setVisible(row is not None)
        if run is not None and row is not None:
            self.why.setText("")
            work = partial(layer_weights, run.run.patch, run.run.loaded, row.name)
            self._background.start(work, partial(self._show_weights, run, row), self._show_error)

    def ask_why(self) -> None:
        """Score the validation examples once with the change and once without it."""
        run, row = self._run, self._row
        if run is None or row is None:
            return
        self.why_button.setEnabled(False)
        self._say(self.tr("Scoring the validation examples…"), "muted")
        self._token = CancelToken()
        self.destroyed.connect(self._token.stop)
        work = partial(_compare, run, row.name, self._token)
        self._background.start(work, partial(self._show_worth, run, row), self._show_error)

    def _lay_out(self, chart: QWidget) -> None:
        for label in (self._hint, self._about, self.why):
            label.setWordWrap(True)
        theme.set_role(self._hint, "muted")
        theme.set_role(self._about, "small")
        self.why_button.setToolTip(
            self.tr("Score the validation examples once more with this layer as it was pretrained")
        )
        self._full = QWidget(chart)
        column = QVBoxLayout(self._full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._about)
        column.addWidget(self.histogram, 1)
        column.addWidget(self.why)
        column.addWidget(self.why_button)
        pages = QVBoxLayout(chart)
        pages.setContentsMargins(0, 0, 0, 0)
        pages.addWidget(self._hint)
        pages.addWidget(self._full)

    def _show_weights(self, run: InspectedRun, row: MapRow, weights: LayerWeights) -> None:
        if (run, row) != (self._run, self._row):
            return
        self.histogram.show_weights(weights, row.kind)
        changed = weights.delta is not None
        size = (
            self.tr("changed by {0} of its norm").format(percent(weights.relative_norm))
            if changed
            else self.tr("left as it was")
        )
        self._about.setText(
            self.tr("{0}, {1} parameters, {2}").format(row.shape, count(row.parameters), size)
        )
        self.why_button.setVisible(changed)
        self.why_button.setEnabled(True)
        self._rows.set_rows(_table_rows(weights))

    def _show_worth(self, run: InspectedRun, row: MapRow, found: _Comparison) -> None:
        if (run, row) != (self._run, self._row):
            return
        self.why_button.setEnabled(True)
        with_change, without = found.with_change, found.without
        lost = round((with_change.accuracy - without.accuracy) * with_change.n)
        text = self.tr("Without this change {0} instead of {1} of {2} validation examples: {3}.")
        if lost == 0:
            verdict = self.tr("no difference")
        elif lost > 0:
            verdict = self.tr("examples lost: {0}").format(lost)
        else:
            verdict = self.tr("examples won: {0}").format(-lost)
        accuracies = (percent(one.accuracy) for one in (without, with_change))
        self._say(text.format(*accuracies, count(with_change.n), verdict), "")

    def _show_error(self, error: WorkbenchError) -> None:
        self.why_button.setEnabled(True)
        self._say(str(error), "error")

    def _say(self, text: str, role: str) -> None:
        theme.set_role(self.why, role)
        self.why.setText(text)


def _titles() -> tuple[str, ...]:
    return _tr("From"), _tr("To"), _tr("Pretrained"), _tr("Change")


def _tr(text: str) -> str:
    return QCoreApplication.translate("LayerCard", text)


def _compare(run: InspectedRun, layer: str, token: CancelToken) -> _Comparison:
    return _Comparison(
        replay(run.run, Split.VAL, token).evaluation,
        replay(run.run, Split.VAL, token, without=(layer,)).evaluation,
    )


def _table_rows(weights: LayerWeights) -> list[tuple[str, ...]]:
    edges = [significant(edge, 4) for edge in weights.edges]
    change = weights.delta if weights.delta is not None else [None] * len(weights.pretrained)
    return [
        (low, high, count(base), "–" if added is None else count(added))
        for low, high, base, added in zip(
            edges, edges[1:], weights.pretrained, change, strict=False
        )
    ]
