"""Learn one labelling of the plane, then another while only biases, scales or the last layer may change."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from math import cos, pi

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from workbench.cancel import CancelToken
from workbench.studies.disc_network import DiscNetwork, trained_names
from workbench.studies.disc_task import (
    HALF_SIDE,
    DiscConfig,
    DiscEvent,
    Labelling,
    Looked,
    Mode,
    PhaseStarted,
    grid_points,
    labels,
)

LOOK_EVERY = 15
"""Steps between two looks at the decision map."""


def run(config: DiscConfig, token: CancelToken) -> Iterator[DiscEvent]:
    """Run a study; the same settings give the same events.

    Raises:
        Cancelled: when a stop was requested; looked at once per step.
    """
    generator = torch.Generator().manual_seed(config.seed)
    points = HALF_SIDE * (2 * torch.rand((config.points, 2), generator=generator) - 1)
    start = DiscNetwork(config.width, generator)
    if config.pretrained:
        yield from learn(start, config.first, None, points, config, token)
    for mode in config.modes:
        yield from learn(deepcopy(start), config.second, mode, points, config, token)


def learn(
    network: DiscNetwork,
    labelling: Labelling,
    mode: Mode | None,
    points: Tensor,
    config: DiscConfig,
    token: CancelToken,
) -> Iterator[DiscEvent]:
    """Train a network in place: sigmoid and cross-entropy over both logits, Adam, all points in each step."""
    names = trained_names(network, mode)
    trained = [tensor for name, tensor in network.named_parameters() if name in names]
    for name, tensor in network.named_parameters():
        tensor.requires_grad_(name in names)
    yield PhaseStarted(mode, sum(tensor.numel() for tensor in trained), network.numbers())
    inside = torch.from_numpy(labels(labelling, points.numpy()))
    targets = torch.stack([~inside, inside], dim=1).float()
    optimizer = torch.optim.Adam(trained)
    for step in range(config.steps):
        token.check()
        rate = config.learning_rate * (1 + cos(pi * step / config.steps)) / 2
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = binary_cross_entropy_with_logits(network(points), targets)
        loss.backward()
        optimizer.step()
        if (step + 1) % LOOK_EVERY == 0 or step + 1 == config.steps:
            yield _look(network, labelling, mode, step + 1, config, loss.item())


@torch.no_grad()
def _look(
    network: DiscNetwork,
    labelling: Labelling,
    mode: Mode | None,
    step: int,
    config: DiscConfig,
    loss: float,
) -> Looked:
    grid = grid_points(config.grid)
    logits = network(torch.from_numpy(grid))
    decided = (logits[:, 1] > logits[:, 0]).numpy()
    inside = torch.sigmoid(logits[:, 1] - logits[:, 0]).reshape(config.grid, config.grid)
    accuracy = float((decided == labels(labelling, grid)).mean())
    return Looked(mode, step, config.steps, loss, accuracy, inside.numpy())
