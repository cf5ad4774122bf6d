"""The policy film of a run, as a heat map and as a table."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from workbench.gui.bridge.run_log import RunLog
from workbench.gui.formatting import percent
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.plots.film import FilmView
from workbench.gui.plots.kind_legend import KindLegend
from workbench.gui.plots.layer_marks import kind_title
from workbench.gui.widgets.table_twin import ChartCard
from workbench.training.events import LayerDecisions, RunStarted

NOT_STARTED = RunStarted("", (), (), (), ())


class FilmCard(ChartCard):
    """How likely each layer is to be changed over time; the table holds the moment under the cursor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._log = RunLog()
        self.film = FilmView()
        self._rows = TextTable(_titles())
        super().__init__(_tr("Policy film"), self.film, self._rows, parent)
        self.add_header_widget(KindLegend(self), first=True)
        self.film.cursor_moved.connect(self._show_frame)

    def show_log(self, log: RunLog) -> None:
        """Show a run from what it has said so far."""
        self._log = log
        self.start(log.started or NOT_STARTED)
        for decisions in log.film:
            self.add_frame(decisions)

    def shows(self, log: RunLog) -> bool:
        """Whether this is the run in view."""
        return self._log is log

    def start(self, started: RunStarted) -> None:
        """The run in view has announced its layers."""
        self.film.start(started)
        self._rows.set_rows([])

    def add_frame(self, decisions: LayerDecisions) -> None:
        """Take in what the run in view has decided last."""
        self.film.add(decisions, self._log.position(decisions.stage, 0))

    def _show_frame(self, frame: int) -> None:
        film = self.film
        layers = zip(film.names, film.kinds, film.shares, strict=True)
        self._rows.set_rows(
            [
                (name, kind_title(kind), percent(share), f"{film.value(frame, i):.4f}")
                for i, (name, kind, share) in enumerate(layers)
            ]
        )


def _titles() -> tuple[str, ...]:
    return _tr("Layer"), _tr("Kind"), _tr("Share"), _tr("Probability")


def _tr(text: str) -> str:
    return QCoreApplication.translate("FilmCard", text)
