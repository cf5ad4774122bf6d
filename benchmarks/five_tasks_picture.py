"""The drawing of ``five_tasks.py``: mean accuracy against what the tasks cost besides the shared encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sections.five_tasks import mean_of, name_of, total

from workbench.evaluation.pareto import Offer, dominated
from workbench.methods.task_adapter.price import FLOPS
from workbench.studies.picture import picture_svg
from workbench.studies.summary import SummaryRow

TITLE = "Five audio tasks on one encoder: mean accuracy and task-specific cost"
NOTES = (
    "Cost of all tasks besides the shared encoder: adapters and last layers; single-task networks share nothing.",
    "Bars are 95 % intervals of the mean. Grey: another network is as accurate at a lower cost.",
)


def drawing(rows: Sequence[dict[str, Any]]) -> str:
    found = [_summary(row) for row in rows]
    out = dominated([Offer(row.stored, row.spread.accuracy) for row in found])
    slow = dominated([Offer(row.multiplies, row.spread.accuracy) for row in found])
    marked = [
        replace(row, worth_storage=not a, worth_multiplies=not b)
        for row, a, b in zip(found, out, slow, strict=True)
    ]
    return picture_svg(marked, TITLE, NOTES)


def _summary(row: dict[str, Any]) -> SummaryRow:
    """The row as a picture of a sweep takes it; colours tell scenarios apart."""
    spread, params = mean_of(row), total(row, "params")
    return SummaryRow(
        title=name_of(row),
        method=row["scenario"],
        budget=row.get("price"),
        runs=(),
        seeds=(),
        part="val",
        accuracies=(spread.accuracy,),
        spread=spread,
        changed=params,
        stored=params,
        file_bytes=0,
        multiplies=total(row, "flops") / FLOPS,
        backbone_multiplies=0,
        seconds=row["seconds"],
    )
