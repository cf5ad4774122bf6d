"""The policy network: from a budget to a decision per layer."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PolicyNet(nn.Module):
    """h: R -> R^(L x 2), a three-layer perceptron fed the budget alone (SWR, section 3.2).

    Index 0 of the last dimension means "reparametrize".
    """

    def __init__(self, layers: int, hidden: int) -> None:
        super().__init__()
        self.layers = layers
        self.body = nn.Sequential(
            nn.Linear(1, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2 * layers),
        )

    def forward(self, budget: float) -> Tensor:
        """Logits (layer, 2) for a budget in 0..1."""
        return self.body(torch.tensor([budget])).view(self.layers, 2)  # type: ignore[no-any-return]

    @torch.no_grad()
    def probabilities(self, budget: float) -> tuple[float, ...]:
        """Probability of reparametrizing each layer at temperature 1, as used when deployed."""
        return tuple(F.softmax(self(budget), dim=-1)[:, 0].tolist())


def soft_cost(logits: Tensor, temperature: float, layer_shares: Tensor) -> Tensor:
    """Expected cost ``sum_l r_l p_l`` with noise-free probabilities (SWR, eq. 5); a scalar tensor."""
    return (layer_shares * F.softmax(logits / temperature, dim=-1)[:, 0]).sum()


def temperature_at(progress: float, start: float, end: float) -> float:
    """Cosine from ``start`` to ``end`` as ``progress`` goes from 0 to 1."""
    return end + 0.5 * (start - end) * (1 + math.cos(math.pi * progress))
