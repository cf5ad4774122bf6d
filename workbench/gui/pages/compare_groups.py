"""Runs that differ only in the seed as one point with error bars."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from workbench.evaluation.pareto import Offer, dominated, front
from workbench.gui.formatting import count
from workbench.gui.pages.compare_data import RunRow, part_title
from workbench.gui.plots.scatter import ScatterPoint
from workbench.gui.selection import RunSelection
from workbench.studies.summary import Spread, spread

STORED, MULTIPLIES = "stored", "multiplies"
"""What accuracy is drawn against."""


@dataclass(frozen=True)
class RunGroup:
    """Runs that differ only in the seed, often a single one.

    Attributes:
        rows: In the order in which they were made.
        key: Id of the run that stands for them: the one nearest to their mean accuracy.
    """

    rows: tuple[RunRow, ...]
    key: str
    title: str
    spread: Spread

    @property
    def keys(self) -> tuple[str, ...]:
        """Ids of the runs, the one that stands for them last."""
        return (*(row.key for row in self.rows if row.key != self.key), self.key)

    def cost(self, axis: str) -> float:
        """Mean of what the runs store, or of what they compute."""
        return float(statistics.mean(getattr(row, axis) for row in self.rows))


def group_runs(rows: Sequence[RunRow]) -> tuple[RunGroup, ...]:
    """Groups in the order of their first runs; a run that was repeated with its seed begins a group of its own."""
    groups: list[list[RunRow]] = []
    for row in rows:
        fitting = (
            group
            for group in groups
            if group[0].alike == row.alike and all(one.seed != row.seed for one in group)
        )
        found = next(fitting, None)
        if found is None:
            groups.append([row])
        else:
            found.append(row)
    return tuple(map(_group, groups))


def scatter_points(
    groups: Sequence[RunGroup], axis: str, selection: RunSelection
) -> tuple[tuple[ScatterPoint, ...], tuple[Offer, ...]]:
    """Groups as points, and the front of those that nothing dominates.

    Args:
        groups: Of runs.
        axis: ``STORED`` or ``MULTIPLIES``.
        selection: Tells colours, and what is selected.
    """
    offers = [Offer(group.cost(axis), group.spread.accuracy) for group in groups]
    points = tuple(
        ScatterPoint(
            key=group.key,
            title=group.title,
            method=group.rows[0].method,
            color=selection.color(group.key),
            cost=offer.cost,
            accuracy=group.spread.accuracy,
            low=group.spread.low,
            high=group.spread.high,
            over=interval_over(group),
            is_dominated=out,
            is_selected=any(key in selection.ids for key in group.keys),
            is_current=selection.current in group.keys,
        )
        for group, offer, out in zip(groups, offers, dominated(offers), strict=True)
    )
    return points, front(offers)


def interval_over(group: RunGroup) -> str:
    """What the interval is over: ``3 seeds``, or ``400 test examples``."""
    if group.spread.over == "seeds":
        return _tr("{0} seeds").format(len(group.rows))
    return f"{count(group.spread.n)} {part_title(group.rows[0].part)}"


def _group(rows: Sequence[RunRow]) -> RunGroup:
    if len(rows) == 1:
        row = rows[0]
        one = Spread(row.accuracy, row.low, row.high, "clips", row.n)
        return RunGroup((row,), row.key, row.title, one)
    together = spread([row.accuracy for row in rows], rows[0].n)
    middle = min(rows, key=lambda row: abs(row.accuracy - together.accuracy))
    title = _tr("{0} · {1} seeds").format(rows[0].common, len(rows))
    return RunGroup(tuple(rows), middle.key, title, together)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)
