"""Before a run: which layers the chosen budget would change, live while the slider moves."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.formatting import count, decimal, percent, short_count, size
from workbench.gui.itemmodels.table import TextTable
from workbench.gui.pages.adapt_plan import Plan
from workbench.gui.plots.layer_bars import LayerBars
from workbench.gui.plots.layer_marks import HEAD, kind_title
from workbench.gui.tokens import GRID
from workbench.gui.widgets.budget_bar import BudgetBar
from workbench.gui.widgets.table_twin import ChartCard

MOST_NAMES = 3


class PreviewPanel(QWidget):
    """Summary in one sentence, where it comes from, and the layers as bars or as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = QLabel(self)
        self.source = QLabel(self)
        self.left = QLabel(self)
        theme.set_role(self.summary, "title")
        theme.set_role(self.source, "muted")
        theme.set_role(self.left, "warning")
        for label in (self.summary, self.source, self.left):
            label.setWordWrap(True)
        self.used = BudgetBar(self)
        self.bars = LayerBars(self)
        titles = (
            self.tr("Layer"),
            self.tr("Kind"),
            self.tr("Stage"),
            self.tr("Weights"),
            self.tr("Share"),
            self.tr("Probability"),
            self.tr("State"),
        )
        self._rows = TextTable(titles, self)
        self.card = ChartCard(self.tr("Layers at this budget"), self.bars, self._rows, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.summary)
        column.addWidget(self.source)
        column.addWidget(self.used)
        column.addWidget(self.left)
        column.addWidget(self.card, 1)
        column.addStretch()

    def show_plan(self, plan: Plan, policy_name: str | None) -> None:
        """Show a plan.

        Args:
            plan: What the settings would change and cost.
            policy_name: Run whose trained policy decided; None for an estimate or a method without policy.
        """
        adaptable = sum(bar.kind != HEAD for bar in plan.bars)
        self.summary.setText(
            self.tr("{0} of {1} layers change, {2} stored, {3} multiplies").format(
                plan.changed,
                adaptable,
                size(plan.cost.stored_bytes),
                short_count(plan.cost.multiplies),
            )
        )
        self.card.show()
        self.card.set_title(
            self.tr("Layers") if plan.budget is None else self.tr("Layers at this budget")
        )
        norms = self.tr("Scale or shift of the norms change as well.") if plan.norms_change else ""
        self.source.setText(f"{self._source_text(plan, policy_name)} {norms}".strip())
        self.left.setText(self.tr("Left the set as the budget grew: {0}").format(_some(plan.left)))
        self.left.setVisible(bool(plan.left))
        self.used.setVisible(plan.budget is not None)
        if plan.budget is not None:
            self.used.show_share(plan.stored_share, plan.budget)
        self.bars.show_bars(plan.bars)
        self._rows.set_rows(
            [
                (
                    bar.name,
                    kind_title(bar.kind),
                    bar.group,
                    count(bar.weights),
                    percent(bar.share),
                    decimal(bar.probability, 3),
                    self.tr("changed") if bar.changed else self.tr("frozen"),
                )
                for bar in plan.bars
            ]
        )

    def show_together(self, tasks: int) -> None:
        """Say what a run over several tasks will show; its layers are those of every task's patch."""
        self.summary.setText(
            self.tr("{0} tasks learn together on one backbone").format(tasks)
            if tasks > 1
            else self.tr("Several tasks learn together on one backbone")
        )
        self.source.setText(
            self.tr(
                "Each ends with a patch of its own; how each one does is shown while they learn."
            )
        )
        self._hide_plan()

    def show_refused(self, reason: str) -> None:
        """Say why these settings change nothing on this backbone."""
        self.summary.setText(self.tr("There is no plan for these settings"))
        self.source.setText(reason)
        self._hide_plan()

    def _hide_plan(self) -> None:
        self.left.hide()
        self.used.hide()
        self.card.hide()

    def table_text(self) -> str:
        """The table twin as tab-separated text."""
        return self.card.as_text()

    def _source_text(self, plan: Plan, policy_name: str | None) -> str:
        if plan.is_estimate and plan.budget is None:
            return self.tr("At most: the run decides which of these layers it changes.")
        if plan.is_estimate:
            return self.tr(
                "Estimate: cheap layers first. The run itself learns which layers matter for this task."
            )
        if policy_name is not None:
            return self.tr("Decided by the policy that {0} learned for this task.").format(
                policy_name
            )
        if plan.cost.head_params == 0:
            return self.tr("The head stays random; it is drawn again from the seed.")
        return self.tr("The head is always stored; it belongs to the task.")


def _some(names: tuple[str, ...]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" + {more}" if more > 0 else "")
