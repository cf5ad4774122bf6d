"""Masks follow from the seed alone, and drop as ``nn.Dropout2d`` does."""

from __future__ import annotations

import torch
from torch import nn

from workbench.backbones.dropout import ChannelDropout, seed_dropout
from workbench.backbones.registry import build


def test_other_draws_of_the_process_change_nothing() -> None:
    layer, x = ChannelDropout(0.5), torch.ones(8, 16, 1, 5)
    seed_dropout(layer, 3)
    alone = layer(x), layer(x)
    seed_dropout(layer, 3)
    first = layer(x)
    torch.rand(7)
    assert torch.equal(first, alone[0])
    assert torch.equal(layer(x), alone[1])
    assert not torch.equal(*alone)


def test_layers_of_a_network_have_masks_of_their_own() -> None:
    two, x = nn.Sequential(ChannelDropout(0.5), ChannelDropout(0.5)), torch.ones(8, 64, 1, 1)
    seed_dropout(two, 0)
    assert not torch.equal(two[0](x), two[1](x))


def test_whole_channels_are_dropped_and_the_mean_stays() -> None:
    layer, x = ChannelDropout(0.1), torch.ones(400, 100, 1, 3)
    seed_dropout(layer, 0)
    y = layer(x)
    assert torch.equal(y[..., 0], y[..., 2])
    # nn.Dropout2d's definition: zero with probability 0.1, else divided by 0.9.
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 1 / 0.9]))
    share = float((y == 0).float().mean())
    assert abs(share - 0.1) < 4 * (0.1 * 0.9 / 40_000) ** 0.5
    assert torch.equal(layer.eval()(x), x)


def test_a_seeded_training_pass_repeats_while_networks_are_built() -> None:
    network, x = build("bcresnet1", 4).train(), torch.randn(16, 1, 40, 101)
    seed_dropout(network, 1)
    alone = network(x)
    seed_dropout(network, 1)
    build("bcresnet1", 4)
    assert torch.equal(network(x), alone)
