"""The task model of SWR: delta weights, a policy network, and the decision that is in force."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.budget.policy import exact_policy, stored_share, threshold_policy
from workbench.methods.base import draw_parameters
from workbench.methods.injected import DeltaWeight, InjectedModel
from workbench.methods.norms import statistics
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.policy_net import PolicyNet


class SwrModel(InjectedModel[DeltaWeight]):
    """Backbone whose convolutions carry switchable delta weights.

    Attributes:
        decision: (layer,) 1 where the layer is changed; what a patch stores.
        probability: (layer,) policy probabilities behind the decision.
    """

    decision: Tensor
    probability: Tensor

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: SwrConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed, DeltaWeight)
        self.policy = PolicyNet(len(self.rows), config.hidden)
        draw_parameters((m for m in self.policy.body if isinstance(m, nn.Linear)), seed + 2)
        self.register_buffer("decision", torch.zeros(len(self.rows)))
        self.register_buffer("probability", torch.zeros(len(self.rows)))

    def stored(self) -> dict[str, Tensor]:
        """What is stored whichever layers are chosen, and whatever the settings."""
        return statistics(self.backbone) | super().stored()

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
        for delta, value in zip(self.injected.values(), values, strict=True):
            delta.switch = value

    def switch_to_decision(self) -> None:
        self.switch([1.0 if on else None for on in self.chosen])

    def restore_statistics(self) -> None:
        """Running statistics of the pretrained backbone."""
        for name, buffer in self.backbone.named_buffers():
            if name in self.pretrained_statistics:
                buffer.copy_(self.pretrained_statistics[name])
