"""What the chosen settings would change and cost, before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.backbones.base import LayerInfo
from workbench.budget.cost import Cost, head_row
from workbench.budget.policy import adaptable, shares, weight_count
from workbench.errors import WorkbenchError
from workbench.gui.plots.layer_bars import LayerBar
from workbench.gui.plots.layer_marks import HEAD
from workbench.methods.base import MethodConfig
from workbench.methods.registry import get
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.policy_net import PolicyNet
from workbench.methods.swr.preview import decide, read_policy
from workbench.training.known_policy import POLICY_FILE


@dataclass(frozen=True)
class Plan:
    """Layers and cost of settings that were not trained yet.

    Attributes:
        bars: All adaptable layers in network order, then the head.
        is_estimate: No trained policy stands behind the choice of layers.
        budget: Share of the convolution weights that was asked for; None for methods without a budget.
        norms_change: Scale or shift of norms learn as well.
    """

    bars: tuple[LayerBar, ...]
    cost: Cost
    is_estimate: bool
    budget: float | None = None
    norms_change: bool = False

    @property
    def stored_share(self) -> float:
        """Share of the convolution weights that is stored, 0 to 1."""
        return sum(bar.share for bar in self.bars if bar.changed)

    @property
    def changed(self) -> int:
        """Changed layers, the head not counted."""
        return sum(bar.changed for bar in self.bars if bar.kind != HEAD)

    @property
    def left(self) -> tuple[str, ...]:
        """Layers that left the set as the budget grew."""
        return tuple(bar.name for bar in self.bars if bar.left)


def load_policy(folder: Path, layers: Sequence[LayerInfo]) -> PolicyNet | None:
    """The policy network that a finished run kept; None when there is none to be read that fits these layers."""
    path = folder / POLICY_FILE
    if not path.is_file():
        return None
    try:
        return read_policy(path, len(adaptable(layers)))
    except WorkbenchError:
        return None


def make_plan(
    layers: Sequence[LayerInfo],
    method_name: str,
    config: MethodConfig,
    *,
    classes: int,
    policy: PolicyNet | None,
    before: Plan | None = None,
) -> Plan:
    """Work out the layers and the cost of settings.

    Args:
        layers: Layer table of the backbone.
        method_name: Registry name.
        config: Validated settings of the method.
        classes: Number of classes of the task.
        policy: Trained policy network, if there is one for this backbone and task.
        before: Plan at the budget shown before; layers that a larger budget drops are marked.

    Raises:
        WorkbenchError: for settings that this backbone does not allow.
    """
    method = get(method_name)
    norms_change = method.trains_norms(config)
    if isinstance(config, SwrConfig):
        decided = decide(policy, layers, config.budget, config, classes)
        bars = _bars(layers, decided.probabilities, decided.chosen, decided.cost)
        plan = Plan(bars, decided.cost, decided.is_estimate, config.budget, norms_change)
        return _mark_left(plan, before)
    cost = method.predicted_cost(layers, config, classes)
    changed = method.may_change(layers, config)
    chosen = [row.name in changed for row in adaptable(layers)]
    bars = _bars(layers, [float(on) for on in chosen], chosen, cost)
    return Plan(bars, cost, method.capabilities.chooses_layers, norms_change=norms_change)


def _bars(
    layers: Sequence[LayerInfo],
    probabilities: Sequence[float],
    chosen: Sequence[bool],
    cost: Cost,
) -> tuple[LayerBar, ...]:
    rows = zip(adaptable(layers), shares(layers), probabilities, chosen, strict=True)
    bars = [
        LayerBar(row.name, str(row.kind), row.group, weight_count(row), share, p, on)
        for row, share, p, on in rows
    ]
    head, stored = head_row(layers), cost.head_params > 0
    bars.append(
        LayerBar(head.name, HEAD, head.group, weight_count(head), 0.0, float(stored), stored)
    )
    return tuple(bars)


def _mark_left(plan: Plan, before: Plan | None) -> Plan:
    """Mark layers that were changed at a smaller cost and no longer are."""
    grown = (
        before is not None
        and len(before.bars) == len(plan.bars)
        and before.is_estimate == plan.is_estimate
        and before.cost.stored_params < plan.cost.stored_params
    )
    if before is None or not grown:
        return plan
    bars = tuple(
        replace(bar, left=old.changed and not bar.changed)
        for bar, old in zip(plan.bars, before.bars, strict=True)
    )
    return replace(plan, bars=bars)
