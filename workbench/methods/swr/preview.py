"""Which layers a budget would change, for many budgets at once and without training.

This is the one place that answers "what does the slider mean": the Adapt station repaints its layer preview from
it and the Inspect station draws budgets side by side from it. A call for one budget takes about a millisecond, so it
may run in the thread of the window; pass the ``layers()`` table of the backbone, which is worth keeping.

    shown, = preview(run_folder / "policy.safetensors", layers, [0.1], SwrConfig(), classes=12)
    shown.chosen          # one bool per row of ``budget.policy.adaptable(layers)``
    shown.cost.stored_bytes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from workbench.backbones.base import LayerInfo
from workbench.budget.cost import Cost
from workbench.budget.policy import (
    adaptable,
    estimated_probabilities,
    exact_policy,
    shares,
    stored_share,
    threshold_policy,
)
from workbench.errors import WorkbenchError
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.method import Swr
from workbench.methods.swr.policy_net import PolicyNet


@dataclass(frozen=True)
class BudgetPreview:
    """What one budget would change.

    Attributes:
        budget: Asked share of the convolution weights, 0..1.
        probabilities: Policy probability of each adaptable layer, in network order.
        chosen: Whether each of them would be changed.
        stored_share: Share of the convolution weights that would be stored, 0..1.
        cost: As counted on the patch later written; ``cost.stored_bytes`` are the bytes of its tensors.
        is_estimate: No policy was trained yet; cheap layers come first.
    """

    budget: float
    probabilities: tuple[float, ...]
    chosen: tuple[bool, ...]
    stored_share: float
    cost: Cost
    is_estimate: bool


def preview(
    policy_file: Path | None,
    layers: Sequence[LayerInfo],
    budgets: Sequence[float],
    config: SwrConfig,
    classes: int,
) -> tuple[BudgetPreview, ...]:
    """Decide and price several budgets.

    Args:
        policy_file: ``policy.safetensors`` of a run on this backbone; None gives the labelled estimate.
        layers: Whole layer table of the backbone.
        budgets: Shares of the convolution weights, each 0..1.
        config: Says whether the budget is exact and how tensors are stored; its own budget is not used.
        classes: Classes of the task, which size the head.

    Raises:
        WorkbenchError: when the policy cannot be read or belongs to another architecture.
    """
    policy = read_policy(policy_file, len(adaptable(layers))) if policy_file else None
    return tuple(decide(policy, layers, budget, config, classes) for budget in budgets)


def decide(
    policy: PolicyNet | None,
    layers: Sequence[LayerInfo],
    budget: float,
    config: SwrConfig,
    classes: int,
) -> BudgetPreview:
    """Decide and price one budget.

    Args:
        policy: Trained policy network for these layers; None gives the labelled estimate.
        layers, config, classes: As for ``preview``.
        budget: Share of the convolution weights, 0..1.
    """
    layer_shares = shares(layers)
    probabilities = policy.probabilities(budget) if policy else estimated_probabilities(layers)
    if config.exact_budget or policy is None:
        chosen = exact_policy(probabilities, layer_shares, budget)
    else:
        chosen = threshold_policy(probabilities)
    cost = Swr().cost_of_choice(layers, config, classes, chosen)
    share = stored_share(chosen, layer_shares)
    return BudgetPreview(budget, probabilities, chosen, share, cost, policy is None)


def read_policy(policy_file: Path, layers: int) -> PolicyNet:
    """The policy network of a finished run.

    Args:
        policy_file: ``policy.safetensors`` in a run's folder.
        layers: Adaptable layers of the backbone it must belong to.

    Raises:
        WorkbenchError: when it cannot be read or decides about another number of layers.
    """
    try:
        tensors = load_file(policy_file)
    except (OSError, SafetensorError) as error:
        raise WorkbenchError(
            f"{policy_file} is not a readable policy network.",
            data="The run's patch is intact.",
            hint="Choose another run, or adapt again to train a policy.",
        ) from error
    return _policy_of(tensors, layers, policy_file)


def _policy_of(tensors: dict[str, Tensor], layers: int, policy_file: Path) -> PolicyNet:
    first, last = tensors.get("body.0.weight"), tensors.get("body.4.bias")
    if first is None or last is None or last.numel() != 2 * layers:
        raise WorkbenchError(
            f"{policy_file} decides about other layers than this backbone has.",
            hint="Choose a run on the same backbone.",
        )
    policy = PolicyNet(layers, first.shape[0])
    policy.load_state_dict(tensors)
    return policy


def leavers(earlier: BudgetPreview, later: BudgetPreview) -> tuple[int, ...]:
    """Positions of adaptable layers that are changed at the smaller budget but not at the larger one."""
    pairs = zip(earlier.chosen, later.chosen, strict=True)
    return tuple(i for i, (before, after) in enumerate(pairs) if before and not after)
