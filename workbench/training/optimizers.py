"""The optimizer of adaptation runs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer

from workbench.training.job import TrainingConfig
from workbench.training.stage_loop import OptimizerFactory

Rates = dict[nn.Parameter, float]
"""Parameters that learn at a multiple of the run's rate."""


def adam(training: TrainingConfig, rates: Callable[[], Rates]) -> OptimizerFactory:
    """Adam with a group for each learning rate; ``rates`` are asked for at each stage's start."""

    def optimizer_of(parameters: list[nn.Parameter]) -> Optimizer:
        known = rates()
        groups: dict[float, list[nn.Parameter]] = {}
        for parameter in parameters:
            groups.setdefault(known.get(parameter, 1.0), []).append(parameter)
        return torch.optim.Adam(
            [{"params": group, "rate": rate} for rate, group in groups.items()],
            training.learning_rate,
        )

    return optimizer_of
