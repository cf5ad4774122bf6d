"""What the Inspect station shows, read from finished runs off the window's thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from workbench.backbones.base import LayerInfo
from workbench.errors import WorkbenchError
from workbench.gui.itemmodels.layers import mark_kind, shape_text
from workbench.gui.plots.budget_map import BudgetColumn
from workbench.gui.plots.layer_map import MapCell
from workbench.gui.plots.layer_marks import LINEAR, NORM
from workbench.gui.plots.layer_rows import MapRow
from workbench.gui.plots.target_cost import CostLine
from workbench.methods.ledger import Ledger, ledger_of
from workbench.methods.registry import get
from workbench.methods.stored_where import LayerStorage, stored_beside, stored_in_layers
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.preview import BudgetPreview, leavers, preview
from workbench.training.known_policy import POLICY_FILE
from workbench.training.replay import OpenedRun, open_runs

BUDGETS = tuple(percent / 100 for percent in range(1, 101))
NOTHING_STORED = LayerStorage("", 0)
FROZEN = MapCell(False, 0.0, 0.0, 0.0, "", 0)


@dataclass(frozen=True)
class InspectedRun:
    """A finished run with what the map and the ledger need.

    Attributes:
        layers: Whole layer table of its backbone.
        rows: Its adaptable layers, and others where its method changes them.
        cells: What the run did to each of them.
        stored_share: Share of the convolution weights that belong to changed layers, 0 to 1.
        beside: Elements that it stores outside the layers, by purpose.
    """

    run: OpenedRun
    layers: tuple[LayerInfo, ...]
    rows: tuple[MapRow, ...]
    cells: tuple[MapCell, ...]
    ledger: Ledger
    stored_share: float
    beside: dict[str, int]

    @property
    def budget(self) -> float | None:
        value = self.run.patch.card.config.get("budget")
        return float(value) if value is not None else None

    @property
    def backbone_sha(self) -> str:
        return self.run.loaded.card.sha256

    @property
    def changed(self) -> int:
        """Changed layers, norms aside."""
        return sum(
            cell.changed and row.kind != NORM
            for row, cell in zip(self.rows, self.cells, strict=True)
        )

    @property
    def changeable(self) -> int:
        """Layers that it may have changed, norms aside."""
        return sum(row.kind != NORM for row in self.rows)

    @property
    def has_gates(self) -> bool:
        return get(self.run.patch.card.method).capabilities.has_gates

    @property
    def policy_file(self) -> Path | None:
        path = self.run.folder / POLICY_FILE
        return path if path.is_file() else None


@dataclass(frozen=True)
class PolicyView:
    """What a kept policy would do at each of ``BUDGETS`` under the run's own rule, and both rules as lines."""

    previews: tuple[BudgetPreview, ...]
    columns: tuple[BudgetColumn, ...]
    lines: tuple[CostLine, ...]


def inspect_runs(
    places: Sequence[Path],
) -> tuple[tuple[InspectedRun, ...], tuple[WorkbenchError, ...]]:
    """Open finished runs; what cannot be opened is told and left out."""
    opened, problems = open_runs(places)
    tables: dict[str, tuple[LayerInfo, ...]] = {}
    inspected = []
    for run in opened:
        sha = run.loaded.card.sha256
        if sha not in tables:
            tables[sha] = run.loaded.backbone.layers()
        inspected.append(_inspected(run, tables[sha]))
    return tuple(inspected), problems


def view_policy(run: InspectedRun, names: tuple[str, str]) -> PolicyView:
    """Ask a run's kept policy for every budget.

    Args:
        run: A run with a ``policy_file``.
        names: Of the lines: exact budget, the paper's threshold.

    Raises:
        WorkbenchError: when the policy cannot be read.
    """
    card = run.run.patch.card
    config = SwrConfig.model_validate(card.config)
    by_rule = {
        exact: preview(
            run.policy_file,
            run.layers,
            BUDGETS,
            config.model_copy(update={"exact_budget": exact}),
            len(card.classes),
        )
        for exact in (True, False)
    }
    shown = by_rule[config.exact_budget]
    gone = [(), *(leavers(before, after) for before, after in pairwise(shown))]
    columns = tuple(
        BudgetColumn(one.budget, one.chosen, one.probabilities, left)
        for one, left in zip(shown, gone, strict=True)
    )
    lines = tuple(
        CostLine(name, not exact, tuple((one.budget, one.stored_share) for one in by_rule[exact]))
        for name, exact in zip(names, (True, False), strict=True)
    )
    return PolicyView(shown, columns, lines)


def _inspected(run: OpenedRun, layers: tuple[LayerInfo, ...]) -> InspectedRun:
    decisions = run.patch.card.decisions
    stored = stored_in_layers(run.patch, {d.name for d in decisions})
    cells = tuple(
        MapCell(
            d.changed,
            d.probability,
            d.delta_norm,
            d.relative_norm,
            *stored.get(d.name, NOTHING_STORED),
        )
        for d in decisions
    )
    return InspectedRun(
        run,
        layers,
        map_rows(layers, {d.name: d.share for d in decisions}),
        cells,
        ledger_of(run.patch, run.patch_file.stat().st_size, layers),
        sum(d.share for d in decisions if d.changed and d.kind not in (NORM, LINEAR)),
        stored_beside(run.patch),
    )


def rows_together(runs: Sequence[InspectedRun]) -> tuple[MapRow, ...]:
    """Rows of runs on one backbone side by side, in network order: every layer that any of them has."""
    found = {row.name: row for run in runs for row in run.rows}
    return tuple(found[layer.name] for layer in runs[0].layers if layer.name in found)


def cells_on(run: InspectedRun, rows: Sequence[MapRow]) -> tuple[MapCell, ...]:
    """What a run did to each row; a layer that its method never touches is frozen."""
    by_name = {row.name: cell for row, cell in zip(run.rows, run.cells, strict=True)}
    return tuple(by_name.get(row.name, FROZEN) for row in rows)


def in_common(columns: Sequence[Sequence[MapCell]]) -> tuple[int, int]:
    """How many layers every one of several runs changed, and how many exactly one of them did."""
    changing = [sum(cell.changed for cell in cells) for cells in zip(*columns, strict=True)]
    return changing.count(len(columns)), changing.count(1)


def map_rows(layers: Sequence[LayerInfo], shares: Mapping[str, float]) -> tuple[MapRow, ...]:
    """Layers as rows of a map.

    Args:
        layers: Whole layer table.
        shares: Share in the convolution weights of each layer that shall have a row.
    """
    return tuple(
        MapRow(
            layer.name,
            mark_kind(layer),
            layer.group,
            shape_text(layer.weight_shape),
            layer.parameters,
            layer.multiplies,
            shares[layer.name],
        )
        for layer in layers
        if layer.name in shares
    )
