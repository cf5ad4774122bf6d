"""The norms of a network: their scale and shift, and the statistics that a task stores."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


def norms(module: nn.Module) -> Iterator[tuple[str, nn.BatchNorm2d]]:
    for name, child in module.named_modules():
        if isinstance(child, nn.BatchNorm2d):
            yield name, child


def affine_names(network: nn.Module) -> tuple[str, ...]:
    """Names of the scales and shifts of all norms that have them."""
    return tuple(
        f"{name}.{leaf}"
        for name, norm in norms(network)
        if norm.affine
        for leaf in ("weight", "bias")
    )


def affine_of(norm: nn.BatchNorm2d) -> Tensor:
    """Scale and shift of a norm, one after the other, (2 * feature); 1 and 0 where it has neither."""
    if not norm.affine:
        return torch.cat([torch.ones(norm.num_features), torch.zeros(norm.num_features)])
    return torch.cat([norm.weight.detach(), norm.bias.detach()])


def statistics(network: nn.Module, prefix: str = "") -> dict[str, Tensor]:
    """Running means and variances by patch name; ``prefix`` leads from the backbone to ``network``."""
    found = {}
    for name, norm in norms(network):
        for leaf in ("running_mean", "running_var"):
            found[f"stat/{prefix}{name}.{leaf}"] = getattr(norm, leaf)
    return found
