"""Tensors that an adapted network may have beyond its plain architecture, where the architecture leaves them out."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone


def give_affine(backbone: Backbone) -> None:
    """Give each norm without scale and shift a scale of 1 and a shift of 0, which compute the same."""
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d) and not module.affine:
            _give_affine(module)


def make_room(backbone: Backbone, tensors: Mapping[str, Tensor]) -> None:
    """Add the scales, shifts and biases that stored tensors have and the plain architecture lacks.

    Args:
        backbone: Of the plain architecture.
        tensors: By state-dict name; what has no place even so is left for the caller to refuse.
    """
    modules = dict(backbone.named_modules())
    for name in tensors.keys() - backbone.state_dict().keys():
        parent, _, leaf = name.rpartition(".")
        module = modules.get(parent)
        if isinstance(module, nn.BatchNorm2d) and not module.affine:
            _give_affine(module)
        elif isinstance(module, nn.Conv2d) and leaf == "bias":
            module.bias = nn.Parameter(torch.zeros(module.out_channels))


def _give_affine(norm: nn.BatchNorm2d) -> None:
    norm.affine = True
    norm.weight = nn.Parameter(torch.ones(norm.num_features))
    norm.bias = nn.Parameter(torch.zeros(norm.num_features))
