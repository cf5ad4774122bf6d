"""Architectures against their published numbers, key names and equations."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.unit.backbones.fixtures import SOUND
from workbench.backbones.base import LayerInfo, LayerKind
from workbench.backbones.bcresnet import BCResNet
from workbench.backbones.registry import build, count_parameters
from workbench.backbones.res import RES_SHAPES
from workbench.errors import WorkbenchError

# Parameters with 12 classes and multiply-accumulates of one second, counted on the public programs.
BCRESNET_PARAMETERS = {1: 9232, 1.5: 17154, 2: 27284, 3: 54168, 6: 187812, 8: 321068}
BCRESNET_MULTIPLIES_M = {1: 2.48, 1.5: 4.61, 2: 7.32, 3: 14.52, 6: 50.28, 8: 85.92}
RES_PARAMETERS = {
    "res15": 237_882,
    "res15-narrow": 42_648,
    "res8": 110_307,
    "res8-narrow": 19_905,
    "res26": 438_357,
    "res26-narrow": 78_387,
}
LONGER_CLIP_FRAMES = 225


def rows_of(layers: tuple[LayerInfo, ...], kind: LayerKind) -> list[LayerInfo]:
    return [row for row in layers if row.kind is kind and row.group != "head"]


def weights(rows: list[LayerInfo]) -> int:
    return sum(torch.Size(row.weight_shape).numel() for row in rows)


def official_bcresnet_shapes(base: int, classes: int) -> dict[str, tuple[int, ...]]:
    """State dict of the reference implementation, spelled out from its constructor."""
    c = [base * 2, base, int(base * 1.5), base * 2, int(base * 2.5), base * 4]
    shapes: dict[str, tuple[int, ...]] = {"cnn_head.0.weight": (c[0], 1, 5, 5)}
    shapes |= norm_shapes("cnn_head.1", c[0])
    for stage, repeats in enumerate((2, 2, 4, 4)):
        for block in range(repeats):
            name = f"BCBlocks.{stage}.{block}"
            c_in, c_out = c[stage] if block == 0 else c[stage + 1], c[stage + 1]
            at = 0
            if c_in != c_out:
                shapes[f"{name}.f2.0.block.0.weight"] = (c_out, c_in, 1, 1)
                shapes |= norm_shapes(f"{name}.f2.0.block.1", c_out)
                at = 1
            shapes[f"{name}.f2.{at}.block.0.weight"] = (c_out, 1, 3, 1)
            shapes |= norm_shapes(f"{name}.f2.{at}.block.1.ssnorm", 5 * c_out)
            shapes[f"{name}.f1.0.block.0.weight"] = (c_out, 1, 1, 3)
            shapes |= norm_shapes(f"{name}.f1.0.block.1", c_out)
            shapes[f"{name}.f1.1.weight"] = (c_out, c_out, 1, 1)
    shapes["classifier.0.weight"] = (c[4], 1, 5, 5)
    shapes["classifier.1.weight"] = (c[5], c[4], 1, 1)
    shapes |= norm_shapes("classifier.2", c[5])
    return shapes | {"classifier.5.weight": (classes, c[5], 1, 1), "classifier.5.bias": (classes,)}


def norm_shapes(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    leaves = ("weight", "bias", "running_mean", "running_var")
    return {f"{name}.{leaf}": (channels,) for leaf in leaves} | {f"{name}.num_batches_tracked": ()}


@pytest.mark.parametrize("tau", BCRESNET_PARAMETERS)
def test_bcresnet_counts(tau: float) -> None:
    network = build(f"bcresnet{tau:g}", 12)
    assert count_parameters(network) == BCRESNET_PARAMETERS[tau]
    layers = network.layers()
    assert sum(row.parameters for row in layers) == BCRESNET_PARAMETERS[tau]
    multiplies = sum(row.multiplies for row in layers)
    assert round(multiplies / 1e6, 2) == BCRESNET_MULTIPLIES_M[tau]


@pytest.mark.parametrize("tau", BCRESNET_PARAMETERS)
def test_bcresnet_has_the_official_keys_and_shapes(tau: float) -> None:
    state = build(f"bcresnet{tau:g}", 7).state_dict()
    official = official_bcresnet_shapes(int(8 * tau), 7)
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == official


@pytest.mark.parametrize("frames", [101, LONGER_CLIP_FRAMES])
def test_bcresnet_takes_clips_of_any_length(frames: int) -> None:
    network = build("bcresnet1", 12).eval()
    assert network(torch.randn(2, 1, 40, frames)).shape == (2, 12)


def test_bcresnet8_split_by_kind() -> None:
    layers = build("bcresnet8", 12).layers()
    conv, pointwise, depthwise, norms = (
        rows_of(layers, kind)
        for kind in (LayerKind.CONV, LayerKind.POINTWISE, LayerKind.DEPTHWISE, LayerKind.NORM)
    )
    assert (len(conv), len(pointwise), len(depthwise), len(norms)) == (1, 17, 25, 30)
    assert weights(conv) == 3200
    assert weights(pointwise) == 282_624
    assert weights(depthwise) == 12_832
    assert weights(conv) + weights(pointwise) + weights(depthwise) == 298_656
    assert sum(row.parameters for row in norms) == 19_328
    assert sum(row.statistics for row in norms) == 19_328
    (head,) = [row for row in layers if row.group == "head"]
    assert head.parameters == 3084


def test_bcresnet8_multiplies_by_kind() -> None:
    layers = build("bcresnet8", 12).layers()
    shown = [
        round(sum(row.multiplies for row in rows_of(layers, kind)) / 1e6, 2)
        for kind in (LayerKind.POINTWISE, LayerKind.CONV, LayerKind.DEPTHWISE)
    ]
    assert shown[0] == pytest.approx(75.5, abs=0.05)
    assert shown[1] == pytest.approx(6.5, abs=0.05)
    assert shown[2] == pytest.approx(3.95, abs=0.01)


def test_bcresnet8_layer_order_and_largest_shares() -> None:
    rows = [r for r in build("bcresnet8", 12).layers() if r.is_conv and r.group != "head"]
    assert len(rows) == 43
    assert rows[0].name == "cnn_head.0"
    assert (rows[41].name, rows[41].kind) == ("classifier.0", LayerKind.DEPTHWISE)
    assert (rows[42].name, rows[42].kind) == ("classifier.1", LayerKind.POINTWISE)
    share = {row.name: weights([row]) / 298_656 for row in rows}
    largest = sorted(share.values(), reverse=True)
    assert largest[0] == share["classifier.1"] == pytest.approx(0.137, abs=5e-4)
    assert largest[1:5] == pytest.approx([0.0857] * 4, abs=5e-5)
    assert share["classifier.0"] == pytest.approx(0.0134, abs=5e-5)
    in_blocks = [
        share[r.name]
        for r in rows
        if r.kind is LayerKind.DEPTHWISE and r.name.startswith("BCBlocks")
    ]
    assert 0.0006 <= min(in_blocks) <= max(in_blocks) <= 0.00165


def test_bcresnet_norms_each_channel_in_five_bands() -> None:
    torch.manual_seed(0)
    network = build("bcresnet1", 2)
    norm = network.get_submodule("BCBlocks.0.1.f2.0.block.1")
    x = torch.randn(3, 8, 20, 9)
    expected = torch.empty_like(x)
    for channel in range(8):
        for band in range(5):
            part = x[:, channel, 4 * band : 4 * band + 4]
            spread = torch.sqrt(part.var(unbiased=False) + 1e-5)
            expected[:, channel, 4 * band : 4 * band + 4] = (part - part.mean()) / spread
    assert torch.allclose(norm.train()(x), expected, atol=1e-5)


def test_bcresnet_dilation_and_stride_by_stage() -> None:
    network = build("bcresnet2", 2)
    assert isinstance(network, BCResNet)
    for stage, blocks in enumerate(network.BCBlocks):
        for index, block in enumerate(blocks):  # type: ignore[arg-type]
            over_time = block.f1[0].block[0]
            assert over_time.dilation == (1, 2**stage)
            assert over_time.padding == (0, 2**stage)
            over_mel = block.f2[-1].block[0]
            assert over_mel.stride == ((2, 1) if stage in (1, 2) and index == 0 else (1, 1))


def test_bcresnet_block_adds_both_branches_and_the_input_only_where_widths_agree() -> None:
    torch.manual_seed(1)
    network = build("bcresnet1", 2).eval()
    for name, c_in, keeps in (("BCBlocks.1.0", 8, False), ("BCBlocks.1.1", 12, True)):
        block = network.get_submodule(name)
        x = torch.randn(2, c_in, 20, 11)
        spectral = block.get_submodule("f2")(x)
        temporal = block.get_submodule("f1")(spectral.mean(2, keepdim=True))
        expected = F.relu(spectral + temporal + (x if keeps else 0))
        assert torch.equal(block(x.clone()), expected)


@pytest.mark.parametrize("name", RES_PARAMETERS)
def test_res_counts(name: str) -> None:
    network = build(name, 12)
    assert count_parameters(network) == RES_PARAMETERS[name]
    assert network(torch.randn(2, 1, 101, 40)).shape == (2, 12)


def test_res15_with_thirty_classes() -> None:
    assert count_parameters(build("res15", 30)) == 238_710
    assert count_parameters(build("res15-narrow", 30)) == 43_008


def test_res15_parts_and_multiplies() -> None:
    layers = build("res15", 12).layers()
    conv = rows_of(layers, LayerKind.CONV)
    assert weights(conv) == 405 + 13 * 18_225
    assert len(conv) == 14
    assert sum(row.statistics for row in rows_of(layers, LayerKind.NORM)) == 2 * 13 * 45
    multiplies = sum(row.multiplies for row in layers)
    # 101 x 40 positions, as the padded program computes them; the published count leaves the padding out.
    assert round(multiplies / 1e6, 1) == 958.8
    assert weights(conv) * 99 * 38 + 12 * 45 == pytest.approx(892.8e6, abs=0.05e6)


@pytest.mark.parametrize("name", [name for name in RES_SHAPES if name.startswith("res15")])
def test_res15_dilations(name: str) -> None:
    network = build(name, 2)
    convs = [network.get_submodule(f"conv{i}") for i in range(1, 14)]
    expected = [1, 1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8, 16]
    assert [conv.dilation for conv in convs] == [(d, d) for d in expected]
    assert [conv.padding for conv in convs] == [(d, d) for d in expected]


@pytest.mark.parametrize("name", ["res8", "res26"])
def test_pooled_res_are_not_dilated(name: str) -> None:
    convs = [m for m in build(name, 2).modules() if isinstance(m, nn.Conv2d)]
    assert {conv.dilation for conv in convs} == {(1, 1)}


@pytest.mark.parametrize("name", RES_SHAPES)
def test_res_norms_have_no_affine_tensors(name: str) -> None:
    network = build(name, 2)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(norm.weight is None and norm.bias is None for norm in norms)
    assert sum(row.parameters for row in rows_of(network.layers(), LayerKind.NORM)) == 0


def test_res_skip_carries_the_sum_from_before_the_norm() -> None:
    """A norm that outputs zero everywhere silences the next layers' branch but not the skip path."""
    torch.manual_seed(2)
    network = build("res8", 2).eval()
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> object:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            seen[f"{name} in"], seen[f"{name} out"] = inputs[0].clone(), output.clone()

        return hook

    names = ("conv1", "bn2", "conv3", "conv4", "bn4")
    handles = [network.get_submodule(n).register_forward_hook(keep(n)) for n in names]  # type: ignore[arg-type]
    network.get_submodule("bn2").running_mean = torch.full((45,), 0.7)
    network(torch.randn(1, 1, 101, 40))
    for handle in handles:
        handle.remove()
    first_skip, second_skip = seen["conv1 in"], seen["bn2 in"]
    assert torch.equal(seen["conv3 in"], seen["bn2 out"])
    assert torch.equal(seen["bn4 in"], F.relu(seen["conv4 out"]) + second_skip)
    assert (second_skip - first_skip).abs().max() > 0
    assert not torch.allclose(seen["bn2 out"], second_skip)


def test_composing_variant_pools_after_the_first_layer() -> None:
    pooled = sum(row.multiplies for row in build("res15-narrow-pool", 12).layers())
    plain = sum(row.multiplies for row in build("res15-narrow", 12).layers())
    assert count_parameters(build("res15-narrow-pool", 12)) == 42_648
    assert 3.8 < plain / pooled < 4.2


@pytest.mark.parametrize("name", SOUND)
def test_features_and_head_make_the_whole(name: str) -> None:
    network = build(name, 3).eval()
    x = torch.randn(2, *network.input_spec.shape)
    embedding = network.features(x)
    assert embedding.dim() == 2
    assert torch.equal(network.head(embedding), network(x))
    groups = list(dict.fromkeys(row.group for row in network.layers()))
    assert groups[0] == "stem"
    assert groups[-1] == "head"


def test_unknown_architecture_suggests_near_ones() -> None:
    with pytest.raises(WorkbenchError, match="bcresnet8"):
        build("bcresnet9", 2)
