"""What a sweep has found: one row for each method and budget, its runs under several seeds taken together."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from workbench.evaluation.metrics import seeds_interval, wilson
from workbench.evaluation.pareto import Offer, dominated
from workbench.studies.plan import SweepJob

PARTS = ("test", "val")
"""Clips that runs are judged by: the test clips, or the validation clips where there are none."""


@dataclass(frozen=True)
class Spread:
    """Accuracies of runs that differ only in the seed.

    Attributes:
        accuracy: Mean, 0 to 1.
        low, high: 95 % interval of it.
        over: What the interval is over: ``seeds`` (Student's t), or ``clips`` (Wilson) where there is one run.
        n: Clips that each run was measured on.
    """

    accuracy: float
    low: float
    high: float
    over: str
    n: int


def spread(accuracies: Sequence[float], n: int) -> Spread:
    """Mean and interval of the accuracies of one or more runs on the same ``n`` clips."""
    mean = statistics.mean(accuracies)
    if len(accuracies) == 1:
        return Spread(mean, *wilson(round(mean * n), n), "clips", n)
    return Spread(mean, *seeds_interval(accuracies), "seeds", n)


@dataclass(frozen=True)
class SummaryRow:
    """One method at one budget; costs are means over the seeds.

    Attributes:
        runs: Names of the runs behind it.
        part: ``test`` or ``val``.
        changed: What the papers count; ``stored`` adds the norms' statistics and the head.
        worth_storage, worth_multiplies: Nothing else here is as accurate and stores, or computes, less.
    """

    title: str
    method: str
    budget: float | None
    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    part: str
    accuracies: tuple[float, ...]
    spread: Spread
    changed: float
    stored: float
    file_bytes: float
    multiplies: float
    backbone_multiplies: float
    seconds: float
    worth_storage: bool = True
    worth_multiplies: bool = True

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


def summarise(
    jobs: Sequence[SweepJob], records: Mapping[str, Mapping[str, Any]]
) -> tuple[SummaryRow, ...]:
    """Rows of what has finished and was measured, in the order of the plan's methods and budgets."""
    groups: dict[tuple[str, float | None], list[SweepJob]] = {}
    for job in jobs:
        if job.name in records and measured_part(records[job.name]):
            groups.setdefault((job.cell.method, job.cell.budget), []).append(job)
    rows = [_row(group, [records[job.name] for job in group]) for group in groups.values()]
    out = dominated([Offer(row.stored, row.spread.accuracy) for row in rows])
    slow = dominated([Offer(row.multiplies, row.spread.accuracy) for row in rows])
    return tuple(
        replace(row, worth_storage=not a, worth_multiplies=not b)
        for row, a, b in zip(rows, out, slow, strict=True)
    )


def measured_part(record: Mapping[str, Any]) -> str | None:
    """The clips that a run is judged by; None when it was not measured."""
    return next((part for part in PARTS if record.get(f"n_{part}")), None)


def _row(jobs: Sequence[SweepJob], records: Sequence[Mapping[str, Any]]) -> SummaryRow:
    part = measured_part(records[0])
    assert part is not None
    accuracies = tuple(float(record[f"{part}_accuracy"]) for record in records)

    def mean(*keys: str) -> float:
        return float(statistics.mean(sum(record[key] for key in keys) for record in records))

    cell = jobs[0].cell
    return SummaryRow(
        title=cell.title,
        method=cell.method,
        budget=cell.budget,
        runs=tuple(job.name for job in jobs),
        seeds=tuple(job.cell.seed for job in jobs),
        part=part,
        accuracies=accuracies,
        spread=spread(accuracies, records[0][f"n_{part}"]),
        changed=mean("stored_params"),
        stored=mean("stored_params", "stat_params", "head_params"),
        file_bytes=mean("file_bytes"),
        multiplies=mean("multiplies"),
        backbone_multiplies=mean("backbone_multiplies"),
        seconds=statistics.mean(sum(record["seconds"].values()) for record in records),
    )
