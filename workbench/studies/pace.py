"""How long a grid of runs still takes, from the runs of the same kind that are known."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple


class Kind(NamedTuple):
    """Runs of one kind take about equally long.

    Attributes:
        reuses: Uses the policy of another run, so that only the last stage is trained.
    """

    method: str
    reuses: bool


class Pace:
    """Seconds that runs take, by their kind."""

    def __init__(self) -> None:
        self._known: defaultdict[Kind, list[float]] = defaultdict(list)

    def learn(self, kind: Kind, seconds: float) -> None:
        """Take note of a run that has been measured, or of what one under way will have taken."""
        self._known[kind].append(seconds)

    def copy(self) -> Pace:
        """A pace that knows the same and can learn more."""
        other = Pace()
        for kind, known in self._known.items():
            other._known[kind] = list(known)
        return other

    def seconds(self, kind: Kind) -> float | None:
        """Mean of the kind, else of all kinds; None when nothing is known."""
        if kind in self._known:
            return statistics.mean(self._known[kind])
        means = [statistics.mean(known) for known in self._known.values()]
        return statistics.mean(means) if means else None

    def left(
        self, running: Collection[tuple[Kind, float]], waiting: Sequence[Kind], at_once: int
    ) -> float | None:
        """Seconds until all runs are done when ``at_once`` go side by side.

        Args:
            running: Kind of each run under way, and the share of it that is done, 0 to 1.
            waiting: Kinds of the runs that have not begun.
            at_once: Runs side by side.
        """
        rests = [(1 - share) * (self.seconds(kind) or 0.0) for kind, share in running]
        rests += [self.seconds(kind) or 0.0 for kind in waiting]
        if not self._known:
            return None
        return max([sum(rests) / at_once, *rests[: len(running)]])
