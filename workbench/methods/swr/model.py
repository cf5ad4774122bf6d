"""The task model of SWR: delta weights, a policy network, and the decision that is in force."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.budget.policy import adaptable, exact_policy, shares, stored_share, threshold_policy
from workbench.methods.base import TaskModel, draw_parameters, norms
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.layer import DeltaWeight
from workbench.methods.swr.policy_net import PolicyNet


class SwrModel(TaskModel):
    """Backbone whose convolutions carry switchable delta weights.

    Attributes:
        deltas: Delta weight of each adaptable layer by name, in network order.
        decision: (layer,) 1 where the layer is changed; what a patch stores.
        probability: (layer,) policy probabilities behind the decision.
    """

    decision: Tensor
    probability: Tensor

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: SwrConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed)
        self.rows = adaptable(self.layer_table)
        self.shares = shares(self.layer_table)
        for parameter in self.backbone.parameters():
            parameter.requires_grad_(False)
        self.deltas = {
            row.name: DeltaWeight(self.backbone.get_submodule(row.name))  # type: ignore[arg-type]
            for row in self.rows
        }
        self.policy = PolicyNet(len(self.rows), config.hidden)
        draw_parameters((m for m in self.policy.body if isinstance(m, nn.Linear)), seed + 2)
        self.register_buffer("decision", torch.zeros(len(self.rows)))
        self.register_buffer("probability", torch.zeros(len(self.rows)))
        self.affine_names = tuple(
            f"{name}.{leaf}"
            for name, norm in norms(self.backbone)
            if norm.affine
            for leaf in ("weight", "bias")
        )

    def decide(self, config: SwrConfig, budget: float | None = None) -> tuple[bool, ...]:
        """Binarize the policy for a budget and remember the result."""
        budget = config.budget if budget is None else budget
        probabilities = self.policy.probabilities(budget)
        if config.exact_budget:
            chosen = exact_policy(probabilities, self.shares, budget)
        else:
            chosen = threshold_policy(probabilities)
        self.probability.copy_(torch.tensor(probabilities))
        self.decision.copy_(torch.tensor(chosen, dtype=torch.float32))
        return chosen

    @property
    def chosen(self) -> tuple[bool, ...]:
        return tuple(bool(value) for value in self.decision)

    @property
    def hard_cost(self) -> float:
        return stored_share(self.chosen, self.shares)

    def switch(self, values: Sequence[Tensor | float | None]) -> None:
        """Set what multiplies each delta weight from the next forward pass on."""
        for delta, value in zip(self.deltas.values(), values, strict=True):
            delta.switch = value

    def switch_to_decision(self) -> None:
        self.switch([1.0 if on else None for on in self.chosen])

    @torch.no_grad()
    def settle(self) -> None:
        """Detach every weight from the last step's graph, so that the model can be copied."""
        for delta in self.deltas.values():
            delta.refresh()

    def restore_statistics(self) -> None:
        """Running statistics of the pretrained backbone."""
        for name, buffer in self.backbone.named_buffers():
            if name in self.pretrained_statistics:
                buffer.copy_(self.pretrained_statistics[name])
