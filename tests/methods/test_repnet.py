"""Rep-Net (methods.md 5.5): what the side network reads, where it adds, and that the backbone rests."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.methods.conftest import make_case, take_steps
from workbench.backbones.registry import build
from workbench.methods.registry import get
from workbench.methods.repnet.layer import SideNet, StandardizedConv, boundaries, side_shapes
from workbench.methods.repnet.model import RepNetModel


def test_boundaries_of_bcresnet() -> None:
    """Shapes worked out by hand from the architecture: mel 40 is halved by the stem and by stages 2 and 3."""
    layers = build("bcresnet1", 12).layers()
    assert [boundary.shape for boundary in boundaries(layers)] == [
        *((1, 40, 101), (16, 20, 101), (8, 20, 101)),
        *((12, 10, 101), (16, 5, 101), (20, 5, 101)),
    ]
    sides = side_shapes(layers)
    assert [side.kernel for side in sides] == [5, 5, 5, 3, 3, 3]
    assert sides[-1].reads == sides[-1].writes == (20, 5, 101)


def test_the_side_network_of_resnet50_has_the_published_size() -> None:
    """That of the public code; with five of them beside it a ResNet-50 grows to 7.79 times (SWR's Table 3: 7.85)."""
    layers = build("resnet50", 1000).layers()
    side = SideNet(layers, expand=1.0)
    assert sum(p.numel() for p in side.parameters()) == 34_724_200
    repnet = get("repnet")
    cost = repnet.predicted_cost(layers, repnet.Config(), 1000)
    assert cost.stored_params == 34_724_200
    assert 1 + 5 * cost.ratio == pytest.approx(7.79, abs=0.01)
    assert [(shape.pooled, shape.kernel) for shape in side_shapes(layers)] == [
        *(((56, 56), 5), ((28, 28), 5), ((28, 28), 5)),
        *(((14, 14), 5), ((7, 7), 3), ((3, 3), 3)),
    ]


def test_odd_channels_are_not_split_and_inner_widths_are_multiples_of_eight() -> None:
    (stem, first, *_), repnet = side_shapes(build("res8", 12).layers()), get("repnet").Config()
    assert (stem.groups, stem.width(repnet.expand)) == (1, 8)
    assert stem.pool == (4, 3), "as many as the average behind the first layer takes"
    assert first.reads == (45, 25, 13)
    assert (first.groups, first.width(1.0), first.width(0.5), first.width(2.0)) == (1, 48, 24, 88)


ADDED = (
    *("bcresnet1", "res8-narrow", "audio_encoder_small_separable"),
    *("resnet20", "lenet5_small", "mobilenet_v2-0.35", "inception_v3"),
)


@pytest.mark.parametrize("architecture", ADDED)
def test_modules_read_what_the_modules_before_them_have_added_to(architecture: str) -> None:
    """Raising a module's output by one raises all that the next one reads by one."""
    model = make_case("repnet", architecture).model
    assert isinstance(model, RepNetModel)
    read: list[torch.Tensor] = []
    for part in model.side.parts:
        part.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0].clone()))
    x = torch.randn(2, *model.backbone.input_spec.shape)
    model.eval()
    shapes = side_shapes(model.layer_table)
    with torch.no_grad():
        model(x)
        before = read[:]
        assert [tuple(map_.shape[1:]) for map_ in before] == [shape.reads for shape in shapes]
        for index, part in enumerate(model.side.parts[:-1]):
            part.last_norm.bias.add_(1.0)
            read.clear()
            model(x)
            part.last_norm.bias.sub_(1.0)
            torch.testing.assert_close(read[index + 1], before[index + 1] + 1)


@pytest.mark.parametrize(
    ("architecture", "channels"), [("resnet20", 64), ("inception_v3", 2048), ("res8-narrow", 19)]
)
def test_the_last_module_adds_to_the_map_whose_mean_is_the_embedding(
    architecture: str, channels: int
) -> None:
    model = make_case("repnet", architecture).model.eval()
    assert isinstance(model, RepNetModel)
    x = torch.randn(2, *model.backbone.input_spec.shape)
    with torch.no_grad():
        before = model.backbone.features(x)
        model.side.parts[-1].last_norm.bias.add_(1.0)
        after = model.backbone.features(x)
    assert before.shape == (2, channels)
    torch.testing.assert_close(after, before + 1)


def test_every_branch_reads_what_is_added() -> None:
    """Branches of Inception, and the channels that come together behind a stage: 288, 768 and 2048."""
    model = make_case("repnet", "inception_v3").model.eval()
    assert isinstance(model, RepNetModel)
    shapes = side_shapes(model.layer_table)
    assert [shape.writes[0] for shape in shapes] == [192, 288, 768, 2048, 2048]
    read: dict[str, torch.Tensor] = {}
    branches = ("branch3x3", "branch3x3dbl_1")
    for name in branches:
        unit = model.backbone.get_submodule(f"Mixed_6a.{name}")
        unit.register_forward_pre_hook(lambda _, inputs, name=name: read.update({name: inputs[0]}))
    x = torch.randn(2, *model.backbone.input_spec.shape)
    with torch.no_grad():
        model(x)
        before = dict(read)
        model.side.parts[1].last_norm.bias.add_(1.0)
        model(x)
    for name in branches:
        torch.testing.assert_close(read[name], before[name] + 1)


def test_a_standardized_convolution_ignores_offset_and_size_of_its_kernels() -> None:
    conv = StandardizedConv(3, 4, 3, bias=False)
    x = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        first = conv(x)
        conv.weight.mul_(7).add_(0.3)
        torch.testing.assert_close(conv(x), first, atol=1e-4, rtol=1e-3)
        kernel = conv.weight[0]
        by_hand = (kernel - kernel.mean()) / (kernel.std(correction=0) + 1e-5)
        plain = nn.functional.conv2d(x, by_hand[None])
        torch.testing.assert_close(conv(x)[:, :1], plain, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("train_shifts", [False, True])
def test_the_backbone_rests(train_shifts: bool) -> None:
    case = make_case("repnet", "bcresnet1", train_shifts=train_shifts)
    (stage,) = case.method.stages(case.model, case.config, epochs=1)
    take_steps(stage, case, 3)
    before, after = case.loaded.backbone.state_dict(), case.model.backbone.state_dict()
    body = [name for name in before if not name.startswith("classifier.5")]
    changed = {name for name in body if not torch.equal(before[name], after[name])}
    norms = {name.rpartition(".")[0] for name in before if name.endswith("running_mean")}
    assert changed == ({f"{norm}.bias" for norm in norms} if train_shifts else set())


def test_a_copy_has_a_side_network_of_its_own() -> None:
    """Hooks of a copied network must not feed the original's side network."""
    case = make_case("repnet", "bcresnet1")
    case.train()
    expected = case.logits()
    copied = case.method.merged(case.model).eval()
    with torch.no_grad():
        for part in case.model.side.parts:
            part.last_norm.bias.add_(5.0)
        assert torch.equal(copied(case.features(5)), expected)
        assert not torch.equal(case.logits(), expected)
