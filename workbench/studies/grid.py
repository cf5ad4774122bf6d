"""The cells of a grid of runs: every method with every budget that it takes, under every seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.backbones.base import LayerInfo
from workbench.errors import WorkbenchError
from workbench.methods.base import MethodConfig
from workbench.methods.registry import get
from workbench.methods.swr.config import SwrConfig

_ANY_CLASSES = 2
"""How many there are decides on no method."""


@dataclass(frozen=True)
class Cell:
    """One run of a grid.

    Attributes:
        budget: None for methods without one.
    """

    method: str
    budget: float | None
    seed: int

    @property
    def name(self) -> str:
        """Folder of the run; equal cells have equal names in every grid."""
        budget = "" if self.budget is None else f"-{self.budget:g}"
        return f"{self.method}{budget}-seed{self.seed}"

    @property
    def title(self) -> str:
        """For people; the same for all seeds."""
        return self.method if self.budget is None else f"{self.method} {100 * self.budget:g} %"


def grid(
    methods: Sequence[str], budgets: Sequence[float], seeds: Sequence[int]
) -> tuple[Cell, ...]:
    """All cells, one seed after the other, so that a grid that is half done compares whole methods.

    A method that takes a budget has its default one where none is asked for.
    """
    return tuple(
        Cell(method, budget, seed)
        for seed in seeds
        for method in methods
        for budget in _budgets(method, budgets)
    )


def refusal(
    method: str, layers: Sequence[LayerInfo], config: MethodConfig
) -> WorkbenchError | None:
    """Why a backbone does not allow a method with these settings; None when it does."""
    try:
        get(method).predicted_cost(layers, config, _ANY_CLASSES)
    except WorkbenchError as error:
        return error
    return None


def takes_budget(method: str) -> bool:
    return "budget" in get(method).Config.model_fields


def shares_policy(config: MethodConfig) -> bool:
    """Whether runs that differ only in the budget can use one policy, so that it is trained once."""
    return isinstance(config, SwrConfig) and config.staged


def _budgets(method: str, budgets: Sequence[float]) -> Sequence[float | None]:
    if not takes_budget(method):
        return (None,)
    return budgets or (get(method).Config.model_fields["budget"].default,)
