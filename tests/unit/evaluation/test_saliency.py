"""Grad-CAM against the class activation map, which it equals where a linear layer reads averages of the last maps."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.helpers.tiny import tiny_backbone
from workbench.backbones.picture_parts import pooled
from workbench.errors import WorkbenchError
from workbench.evaluation.saliency import grad_cam

SIDES = {
    "mobilenet_v2-0.25": 96,
    "resnet18": 96,
    "resnet50": 96,
    "inception_v3": 139,
    "resnet20": 32,
    "densenet40-12": 32,
    "densenet100-bc": 32,
}
"""Pixels a side for which the last map has several positions."""


class Averaging(nn.Module):
    """Convolution, average over places, linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 5, 3, padding=1)
        self.last = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.conv(x).mean(dim=(2, 3)))


@pytest.fixture
def network() -> Averaging:
    torch.manual_seed(0)
    made = Averaging().eval()
    made.requires_grad_(False)
    return made


@pytest.mark.parametrize("label", range(3))
def test_it_is_the_class_activation_map(network: Averaging, label: int) -> None:
    x = torch.randn(1, 2, 6, 8, generator=torch.Generator().manual_seed(1))
    maps = network.conv(x)[0]
    wanted = F.relu(torch.einsum("c,chw->hw", network.last.weight[label], maps))
    torch.testing.assert_close(grad_cam(network, x, label), _scaled(wanted))


@pytest.mark.parametrize("architecture", SIDES)
def test_it_reads_the_whole_map_that_a_picture_network_averages(
    architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = tiny_backbone(tmp_path / "tiny", architecture=architecture)
    x = torch.rand(1, 3, *[SIDES[architecture]] * 2, generator=torch.Generator().manual_seed(2))
    averaged: list[Tensor] = []

    def watched(maps: Tensor) -> Tensor:
        averaged.append(maps.detach().clone())
        return pooled(maps)

    monkeypatch.setattr(sys.modules[type(loaded.backbone).__module__], "pooled", watched)
    heats = []
    for label in range(loaded.backbone.classes):
        heat = grad_cam(loaded.backbone, x, label)
        maps = averaged[-1][0]
        rows = loaded.backbone.head_layer.weight.detach()
        assert len(maps) == loaded.backbone.embedding_width
        assert maps.shape[1:].numel() > 1
        wanted = F.relu(torch.einsum("c,chw->hw", rows[label], maps))
        wanted = F.interpolate(
            wanted[None, None], x.shape[2:], mode="bilinear", align_corners=False
        )[0, 0]
        torch.testing.assert_close(heat, _scaled(wanted), rtol=1e-4, atol=1e-4)
        heats.append(heat)
    assert any(heat.any() for heat in heats)


def test_the_place_of_what_matters_is_the_hottest(network: Averaging) -> None:
    with torch.no_grad():
        network.conv.weight.zero_()
        network.conv.weight[0, 0, 1, 1] = 1
        network.conv.bias.zero_()
        network.last.weight.zero_()
        network.last.weight[1, 0] = 1
    x = torch.zeros(1, 2, 6, 8)
    x[0, 0, 4, 2] = 1
    heat = grad_cam(network, x, 1)
    assert heat.shape == (6, 8)
    assert divmod(int(heat.argmax()), 8) == (4, 2)
    assert float(heat.sum()) == pytest.approx(1)


def test_nothing_that_speaks_for_a_class_is_cold_everywhere(network: Averaging) -> None:
    with torch.no_grad():
        network.last.weight[2] = 0
    assert not grad_cam(network, torch.randn(1, 2, 6, 8), 2).any()


def test_the_network_is_left_as_it_was(network: Averaging) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    grad_cam(network, torch.randn(1, 2, 6, 8), 0)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not network.conv._forward_hooks
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())


def test_a_network_without_places_is_refused() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(96, 3))
    with pytest.raises(WorkbenchError, match="no layer"):
        grad_cam(network, torch.zeros(1, 2, 6, 8), 0)


def _scaled(heat: Tensor) -> Tensor:
    spread = heat.max() - heat.min()
    return (heat - heat.min()) / spread if spread else torch.zeros_like(heat)
