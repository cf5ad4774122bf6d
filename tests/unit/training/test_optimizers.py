"""Optimizers step as their formulas say, each group at its own multiple of the rate; smoothed labels cost theirs."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from workbench.methods.base import Batch
from workbench.training.job import TrainingConfig
from workbench.training.optimizers import MOMENTUM, optimizer_factory

RATE = 0.1


def stepped(optimizer_name: str, steps: int) -> tuple[float, float]:
    """Where two numbers are that both have the slope 1, the second at twice the rate."""
    numbers = [nn.Parameter(torch.zeros(())) for _ in range(2)]
    training = TrainingConfig(optimizer=optimizer_name, learning_rate=RATE)
    optimizer = optimizer_factory(training, lambda: {numbers[1]: 2.0})(numbers)
    for group in optimizer.param_groups:
        group["lr"] = RATE * group["rate"]
    for _ in range(steps):
        for number in numbers:
            number.grad = torch.ones(())
        optimizer.step()
    first, second = (float(number.detach()) for number in numbers)
    return first, second


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_sgd_moves_by_the_sum_of_its_momenta(steps: int) -> None:
    velocity = place = 0.0
    for _ in range(steps):
        velocity = MOMENTUM * velocity + 1
        place -= RATE * velocity
    assert stepped("sgd", steps) == pytest.approx((place, 2 * place))


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_adam_moves_by_its_rate_where_the_slope_stays(steps: int) -> None:
    assert stepped("adam", steps) == pytest.approx((-RATE * steps, -2 * RATE * steps), rel=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_a_smoothed_label_is_spread_over_all_classes(smoothing: float) -> None:
    logits = torch.tensor([[2.0, 0.0, -1.0]])
    total = math.log(sum(math.exp(x) for x in (2.0, 0.0, -1.0)))
    surprise = [total - x for x in (2.0, 0.0, -1.0)]
    wanted = (1 - smoothing) * surprise[1] + smoothing * sum(surprise) / 3
    batch = Batch(torch.tensor([1]), lambda: torch.empty(0), smoothing)
    assert float(batch.loss(logits)) == pytest.approx(wanted, rel=1e-6)
