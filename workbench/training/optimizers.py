"""The optimizers of adaptation runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from workbench.training.job import TrainingConfig
from workbench.training.stage_loop import OptimizerFactory

Rates = dict[nn.Parameter, float]
"""Parameters that learn at a multiple of the run's rate."""

MOMENTUM = 0.9


def optimizer_factory(training: TrainingConfig, rates: Callable[[], Rates]) -> OptimizerFactory:
    """The optimizer that was asked for with a group for each learning rate; ``rates`` are asked for at each stage's
    start."""

    def optimizer_of(parameters: list[nn.Parameter]) -> Optimizer:
        known = rates()
        by_rate: dict[float, list[nn.Parameter]] = {}
        for parameter in parameters:
            by_rate.setdefault(known.get(parameter, 1.0), []).append(parameter)
        groups: list[dict[str, Any]] = [
            {"params": group, "rate": rate} for rate, group in by_rate.items()
        ]
        if training.optimizer == "sgd":
            return torch.optim.SGD(groups, training.learning_rate, MOMENTUM)
        return torch.optim.Adam(groups, training.learning_rate)

    return optimizer_of
