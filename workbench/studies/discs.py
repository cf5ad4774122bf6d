"""Learn one labelling of the plane, then another while only biases, scales or the last layer may change."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from workbench.cancel import CancelToken
from workbench.studies.disc_network import DiscNetworks, trained_names
from workbench.studies.disc_task import (
    HALF_SIDE,
    DiscConfig,
    DiscEvent,
    Labelling,
    Looked,
    Mode,
    StageStarted,
    View,
    grid_points,
    labels,
)
from workbench.training.stage_loop import cosine

LOOK_EVERY = 15
"""Steps between two looks at the decision maps."""


def run(config: DiscConfig, token: CancelToken) -> Iterator[DiscEvent]:
    """Run a study; the same settings give the same events.

    Raises:
        Cancelled: when a stop was requested; looked at once per step.
    """
    generator = torch.Generator().manual_seed(config.seed)
    points = HALF_SIDE * (2 * torch.rand((config.points, 2), generator=generator) - 1)
    networks = DiscNetworks(config.width, generator)
    if config.pretrained:
        yield from learn(networks, config.first, (), points, config, token)
    networks.multiply(len(config.modes))
    yield from learn(networks, config.second, config.modes, points, config, token)


def learn(
    networks: DiscNetworks,
    labelling: Labelling,
    modes: tuple[Mode, ...],
    points: Tensor,
    config: DiscConfig,
    token: CancelToken,
) -> Iterator[DiscEvent]:
    """Train in place: sigmoid and cross-entropy over both logits, Adam, all points in each step.

    Args:
        networks: One copy per mode.
        labelling: What to learn.
        modes: What each copy may change; empty for one copy that may change its weights and biases.
        points: Training points (point, 2).
        config: Steps, learning rates and grid.
        token: Looked at once per step.
    """
    steps, rate = (config.steps, config.rate) if modes else (config.first_steps, config.first_rate)
    sets = [trained_names(networks, mode) for mode in modes or (None,)]
    yield StageStarted(modes, tuple(map(networks.count, sets)), networks.numbers())
    optimizer = torch.optim.Adam(networks.parameters())
    targets = _targets(labelling, points).expand(networks.copies, -1, -1)
    masks = _masks(networks, sets)
    for step in range(1, steps + 1):
        token.check()
        # Copies are summed, so that each learns as fast as it would alone.
        optimizer.param_groups[0]["lr"] = rate * cosine((step - 1) / steps)
        optimizer.zero_grad()
        raw = binary_cross_entropy_with_logits(networks(points), targets, reduction="none")
        losses = raw.mean(dim=(1, 2))
        torch.autograd.backward(losses.sum())
        for tensor, mask in masks:
            tensor.grad = tensor.grad * mask if tensor.grad is not None else None
        optimizer.step()
        if step % LOOK_EVERY == 0 or step == steps:
            yield Looked(step, steps, _views(networks, labelling, config.grid, losses))


def _targets(labelling: Labelling, points: Tensor) -> Tensor:
    inside = torch.from_numpy(labels(labelling, points.numpy()))
    return torch.stack([~inside, inside], dim=1).float()


def _masks(networks: DiscNetworks, sets: list[frozenset[str]]) -> list[tuple[Tensor, Tensor]]:
    """Each parameter with 1 for the copies that may change it and 0 for the others.

    A gradient that was always 0 leaves Adam's step exactly 0.
    """
    masks: list[tuple[Tensor, Tensor]] = []
    for name, tensor in networks.named_parameters():
        allowed = torch.tensor([float(name in names) for names in sets])
        masks.append((tensor, allowed.view(-1, *[1] * (tensor.dim() - 1))))
    return masks


@torch.no_grad()
def _views(
    networks: DiscNetworks, labelling: Labelling, side: int, losses: Tensor
) -> tuple[View, ...]:
    points = grid_points(side)
    logits = networks(torch.from_numpy(points))
    margins = logits[..., 1] - logits[..., 0]
    right = (margins > 0) == torch.from_numpy(labels(labelling, points))
    accuracies = right.float().mean(dim=1)
    maps = torch.sigmoid(margins).reshape(-1, side, side).numpy()
    return tuple(
        View(float(loss), float(accuracy), inside)
        for loss, accuracy, inside in zip(losses, accuracies, maps, strict=True)
    )
