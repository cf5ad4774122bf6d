"""The policy film of a run, as a heat map and as a table."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from workbench.gui.bridge.run_log import RunLog
from workbench.gui.formatting import percent
from workbench.gui.itemmodels.film import FilmTable
from workbench.gui.plots.film import FilmView
from workbench.gui.plots.kind_legend import KindLegend
from workbench.gui.plots.layer_marks import kind_title
from workbench.gui.widgets.table_twin import ChartCard
from workbench.training.events import LayerDecisions, RunStarted

NOT_STARTED = RunStarted("", (), (), (), ())


class FilmCard(ChartCard):
    """How likely each layer is to be changed over time; the table goes where the cursor goes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        self._log = RunLog()
        self.film = FilmView()
        self._moments = FilmTable()
        title = QCoreApplication.translate("FilmCard", "Policy film")
        super().__init__(title, self.film, self._moments, parent)
        self.add_header_widget(KindLegend(self), first=True)
        # All of a film's numbers would take long to measure.
        self.table.horizontalHeader().setResizeContentsPrecision(0)
        self.table.horizontalHeader().setStretchLastSection(False)
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
        film = self.film
        film.start(started)
        kinds = zip(film.kinds, film.shares, strict=True)
        text = self.tr("{0}, {1} of the weights")
        tips = [text.format(kind_title(kind), percent(share)) for kind, share in kinds]
        self._moments.start(film.store, film.names, tips)

    def add_frame(self, decisions: LayerDecisions) -> None:
        """Take in what the run in view has decided last."""
        self.film.add(decisions, self._log.position(decisions.stage, 0))
        if len(self.film.store) < self._moments.rowCount():
            # A resumed run repeats what it has told: the table must not ask for rows that are gone.
            self._moments.follow()

    def _show_frame(self, frame: int) -> None:
        self._moments.follow()
        self.table.selectRow(frame)
