"""Fresh layers start as torch's own constructors start them, without touching the process-wide generator."""

from __future__ import annotations

import torch
from torch import nn

from workbench.backbones.registry import build
from workbench.methods.base import draw_parameters, replace_head


def test_layers_are_what_torch_would_have_drawn() -> None:
    torch.manual_seed(5)
    expected = [nn.Linear(7, 3), nn.Conv2d(4, 6, 1)]
    found = [nn.Linear(7, 3), nn.Conv2d(4, 6, 1)]
    draw_parameters(found, 5)  # type: ignore[arg-type]
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours.weight, theirs.weight, rtol=0, atol=0)
        torch.testing.assert_close(ours.bias, theirs.bias, rtol=0, atol=0)


def test_a_head_follows_from_its_seed_alone() -> None:
    one, other = build("bcresnet1", 4), build("bcresnet1", 4)
    replace_head(one, 9, 2)
    torch.rand(3)
    replace_head(other, 9, 2)
    for ours, theirs in zip(
        one.head_layer.parameters(), other.head_layer.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)
