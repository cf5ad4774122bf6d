"""The drawings of ``five_tasks.py``: mean accuracy against what the tasks cost besides the shared encoder.

Each scenario has a drawing of its own, for what their encoders cost is not on the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sections.five_tasks import mean_of, total

from workbench.methods.task_adapter.price import FLOPS
from workbench.studies.picture import picture_svg
from workbench.studies.summary import SummaryRow

NOTES = (
    "Cost of all tasks besides the shared encoder: adapters and last layers.",
    "Bars are 95 % intervals of the mean. Grey: another network is as accurate at a lower cost.",
)


def drawing(scenario: str, rows: Sequence[dict[str, Any]]) -> str:
    found = [_summary(row) for row in rows if row["scenario"] == scenario]
    title = f"Five audio tasks on one encoder, {scenario}: mean accuracy and task-specific cost"
    return picture_svg(found, title, NOTES)


def _summary(row: dict[str, Any]) -> SummaryRow:
    """The row as a picture of a sweep takes it; colours tell what is priced."""
    spread, params = mean_of(row), total(row, "params")
    return SummaryRow(
        title=row["title"],
        method=row["unit"] or row["title"],
        budget=row["price"],
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
