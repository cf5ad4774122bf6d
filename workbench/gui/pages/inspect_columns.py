"""Columns of the tables behind the map of the Inspect station."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from workbench.gui.formatting import count, decimal, percent, short_count, size
from workbench.gui.itemmodels.columns import Column
from workbench.gui.plots.layer_map import MapCell, MapColumn, purpose_title
from workbench.gui.plots.layer_marks import kind_title
from workbench.gui.plots.layer_rows import MapRow
from workbench.methods.swr.preview import BudgetPreview


@dataclass(frozen=True)
class MapRecord:
    """A row of the twin: the layer, and its cell in each run."""

    row: MapRow
    cells: tuple[MapCell, ...]


def run_columns(card: QWidget, runs: Sequence[MapColumn]) -> list[Column[MapRecord]]:
    columns: list[Column[MapRecord]] = [
        Column("layer", card.tr("Layer"), "", lambda r: r.row.name, is_number=False),
        Column("stage", card.tr("Stage"), "", lambda r: r.row.group, is_number=False),
        Column("kind", card.tr("Kind"), "", lambda r: kind_title(r.row.kind), is_number=False),
        Column(
            "parameters",
            card.tr("Parameters"),
            "",
            lambda r: r.row.parameters,
            lambda r: count(r.row.parameters),
        ),
        Column(
            "multiplies",
            card.tr("Multiplies"),
            "",
            lambda r: r.row.multiplies,
            lambda r: short_count(r.row.multiplies),
        ),
    ]
    for i, run in enumerate(runs):
        columns += _cell_columns(card, i, run.title)
    return columns


def _cell_columns(card: QWidget, i: int, title: str) -> list[Column[MapRecord]]:
    """Probability, size of change, and what is stored, of one run."""
    return [
        Column(
            f"{title} probability",
            card.tr("{0}: probability").format(title),
            card.tr("What the policy gave to changing the layer, 0 to 1"),
            lambda r: r.cells[i].probability,
            lambda r: decimal(r.cells[i].probability, 2),
        ),
        Column(
            f"{title} change",
            card.tr("{0}: change").format(title),
            card.tr("Norm of the change over that of the pretrained weight"),
            lambda r: r.cells[i].relative_norm if r.cells[i].changed else None,
            lambda r: percent(r.cells[i].relative_norm) if r.cells[i].changed else "–",
        ),
        Column(
            f"{title} stored",
            card.tr("{0}: stored").format(title),
            card.tr("Elements that the patch stores for the layer"),
            lambda r: r.cells[i].stored,
            lambda r: (
                f"{purpose_title(r.cells[i].how)}: {count(r.cells[i].stored)}"
                if r.cells[i].stored
                else "–"
            ),
        ),
    ]


def budget_columns(card: QWidget) -> list[Column[BudgetPreview]]:
    return [
        Column("budget", card.tr("Budget"), "", lambda p: p.budget, lambda p: percent(p.budget, 0)),
        Column("layers", card.tr("Layers changed"), "", lambda p: sum(p.chosen)),
        Column(
            "stored_share",
            card.tr("Stored share"),
            card.tr("Share of the convolution weights"),
            lambda p: p.stored_share,
            lambda p: percent(p.stored_share, 2),
        ),
        Column(
            "stored_params",
            card.tr("Changed weights"),
            "",
            lambda p: p.cost.stored_params,
            lambda p: count(p.cost.stored_params),
        ),
        Column(
            "stored_bytes",
            card.tr("Bytes"),
            card.tr("Changed weights, statistics and head"),
            lambda p: p.cost.stored_bytes,
            lambda p: size(p.cost.stored_bytes),
        ),
    ]
