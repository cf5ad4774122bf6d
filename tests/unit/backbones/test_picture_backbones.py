"""Picture networks against published numbers, reference logits, and what their papers say they compute."""

from __future__ import annotations

import copy
import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.helpers.reference import filled, reference, reference_picture
from tests.unit.backbones.fixtures import PICTURES
from workbench.backbones.base import Backbone, LayerInfo, LayerKind, count_multiplies
from workbench.backbones.card import WeightsCard
from workbench.backbones.dropout import seed_dropout
from workbench.backbones.inception import InceptionV3
from workbench.backbones.mobilenet import MobileNetV2, rounded_width
from workbench.backbones.registry import (
    LoadedBackbone,
    build,
    count_parameters,
    default_input,
)
from workbench.images.config import IMAGENET_MEAN, IMAGENET_STD, PictureConfig

SMALL = ("mobilenet_v2-0.35", "resnet18", "resnet20", "densenet40-12", "lenet5_small")
"""One network of each family that is quick."""

# Published counts; classes, parameters.
PARAMETERS = {
    "mobilenet_v2": (1000, 3_504_872),
    "inception_v3": (1000, 23_834_568),
    "resnet18": (1000, 11_689_512),
    "resnet34": (1000, 21_797_672),
    "resnet50": (1000, 25_557_032),
    "densenet40-12": (100, 1_100_428),
    "densenet100-bc": (100, 800_032),
    "lenet5_small": (10, 5_320),
}
CONVOLUTIONS = {"mobilenet_v2": 52, "resnet18": 20, "resnet34": 36, "resnet50": 53}
NORM_CHANNELS = {"mobilenet_v2": 17_056, "inception_v3": 17_216, "resnet50": 26_560}
EMBEDDINGS = {
    "mobilenet_v2": 1280,
    "mobilenet_v2-1.4": 1792,
    "inception_v3": 2048,
    "resnet34": 512,
    "resnet50": 2048,
    "resnet20": 64,
    "densenet40-12": 456,
    "densenet100-bc": 342,
    "lenet5_small": 50,
}
# Idelbayev's table rounds to 0.01 million.
CIFAR_PARAMETERS_M = {"resnet20": 0.27, "resnet32": 0.46, "resnet44": 0.66, "resnet56": 0.85}
# Of the weights that timm publishes, in millions.
MOBILENET_PARAMETERS_M = {"0.35": 1.7, "0.5": 2.0, "0.75": 2.6, "1.4": 6.1}


def rows_of(network: Backbone, *kinds: LayerKind) -> list[LayerInfo]:
    return [row for row in network.layers() if row.kind in kinds and row.group != "head"]


def weights(rows: list[LayerInfo]) -> int:
    return sum(math.prod(row.weight_shape) for row in rows)


def norm_channels(network: nn.Module) -> int:
    return sum(m.num_features for m in network.modules() if isinstance(m, nn.BatchNorm2d))


def million_multiplies(network: Backbone, side: int) -> float:
    return count_multiplies(network, (3, side, side)) / 1e6


@pytest.mark.parametrize("name", PARAMETERS)
def test_published_parameters(name: str) -> None:
    classes, parameters = PARAMETERS[name]
    assert count_parameters(build(name, classes)) == parameters


@pytest.mark.parametrize("name", CIFAR_PARAMETERS_M)
def test_published_parameters_of_cifar_resnets(name: str) -> None:
    network = build(name, 10)
    assert round(count_parameters(network) / 1e6, 2) == CIFAR_PARAMETERS_M[name]
    depth = sum(row.kind is not LayerKind.NORM for row in network.layers())
    assert name == f"resnet{depth}"


@pytest.mark.parametrize("width", MOBILENET_PARAMETERS_M)
def test_published_parameters_of_other_widths(width: str) -> None:
    parameters = count_parameters(build(f"mobilenet_v2-{width}", 1000))
    assert round(parameters / 1e6, 1) == MOBILENET_PARAMETERS_M[width]


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_published_convolutions(name: str) -> None:
    kinds = (LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.POINTWISE)
    assert len(rows_of(build(name, 2), *kinds)) == CONVOLUTIONS[name]


@pytest.mark.parametrize("name", NORM_CHANNELS)
def test_published_norm_channels(name: str) -> None:
    network = build(name, 2)
    assert norm_channels(network) == NORM_CHANNELS[name]
    assert sum(r.parameters for r in rows_of(network, LayerKind.NORM)) == 2 * NORM_CHANNELS[name]


def test_mobilenet_split_by_kind() -> None:
    network = build("mobilenet_v2", 1000)
    depthwise = rows_of(network, LayerKind.DEPTHWISE)
    convs = rows_of(network, LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.POINTWISE)
    norms = rows_of(network, LayerKind.NORM)
    assert (len(depthwise), weights(depthwise)) == (17, 64_224)
    assert (weights(convs), len(norms)) == (2_189_760, 52)
    assert weights(convs) + sum(row.parameters for row in norms) == 2_223_872
    (head,) = [row for row in network.layers() if row.group == "head"]
    assert head.parameters == 1_281_000


@pytest.mark.parametrize(
    ("side", "millions"), [(96, 56.3), (128, 99.1), (160, 154.1), (192, 221.3), (224, 300.8)]
)
def test_mobilenet_multiplies_by_size(side: int, millions: float) -> None:
    assert round(million_multiplies(build("mobilenet_v2", 1000), side), 1) == millions


@pytest.mark.parametrize(
    ("name", "billions"), [("resnet18", 1.81), ("resnet50", 4.09), ("inception_v3", 5.71)]
)
def test_published_multiplies(name: str, billions: float) -> None:
    multiplies = sum(row.multiplies for row in build(name, 1000).layers())
    assert round(multiplies / 1e9, 2) == billions


def test_resnet50_parts() -> None:
    network = build("resnet50", 1000)
    assert weights(rows_of(network, LayerKind.CONV, LayerKind.POINTWISE)) == 23_454_912
    assert sum(p.numel() for p in network.head_layer.parameters()) == 2_049_000


def test_the_auxiliary_head_counts_and_is_never_computed() -> None:
    plain, with_auxiliary = InceptionV3(1000), InceptionV3(1000, has_auxiliary=True)
    assert count_parameters(with_auxiliary) == 27_161_264
    assert norm_channels(with_auxiliary) == 18_112
    names = [row.name for row in with_auxiliary.layers()]
    assert names == [row.name for row in plain.layers()]
    rest = {n: t for n, t in with_auxiliary.state_dict().items() if not n.startswith("AuxLogits")}
    plain.load_state_dict(rest)
    picture = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(plain.eval()(picture), with_auxiliary.eval()(picture))


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embedding_widths(name: str) -> None:
    assert build(name, 2).head_layer.weight.shape[1] == EMBEDDINGS[name]


@pytest.mark.parametrize(
    "name", ["mobilenet_v2", "resnet18", "resnet34", "resnet50", "inception_v3"]
)
def test_keys_shapes_and_logits_are_those_of_the_reference(name: str) -> None:
    wanted = reference(name)
    whole_inception = name == "inception_v3"
    network = InceptionV3(1000, has_auxiliary=True) if whole_inception else build(name, 1000)
    assert count_parameters(network) == wanted.parameters
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    assert list(shapes.items()) == list(wanted.keys.items())
    with torch.no_grad():
        logits = filled(network)(reference_picture(wanted.side))[0]
    assert_logits(logits, wanted.logits, wanted.mean, wanted.deviation)


def test_inceptions_input_is_what_transform_input_makes() -> None:
    """Reading the same picture with this architecture's own mean and deviation gives the reference's logits."""
    wanted = reference("inception_v3_transform_input", keys_of="inception_v3")
    config = default_input("inception_v3")
    assert isinstance(config, PictureConfig)
    picture = reference_picture(wanted.side)
    values = picture * _by_channel(IMAGENET_STD) + _by_channel(IMAGENET_MEAN)
    own = (values - _by_channel(config.mean)) / _by_channel(config.std)
    with torch.no_grad():
        logits = filled(InceptionV3(1000, has_auxiliary=True))(own)[0]
    assert_logits(logits, wanted.logits, wanted.mean, wanted.deviation)


def assert_logits(logits: Tensor, first: tuple[float, ...], mean: float, deviation: float) -> None:
    assert logits[:8].tolist() == pytest.approx(first, rel=1e-4, abs=1e-4 * deviation)
    assert float(logits.mean()) == pytest.approx(mean, abs=1e-4 * deviation)
    assert float(logits.std()) == pytest.approx(deviation, rel=1e-4)


def _by_channel(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).view(-1, 1, 1)


@pytest.mark.parametrize(
    ("channels", "rounded"), [(3.2, 8), (11.2, 16), (33.6, 32), (44.8, 48), (28, 32), (1792, 1792)]
)
def test_widths_are_multiples_of_eight_and_no_more_than_a_tenth_smaller(
    channels: float, rounded: int
) -> None:
    assert rounded_width(channels) == rounded


def test_mobilenet_adds_its_input_where_shapes_agree() -> None:
    network = build("mobilenet_v2-0.35", 2).eval()
    assert isinstance(network, MobileNetV2)
    for stride_or_width_changes, index in ((True, 2), (False, 3)):
        block = network.get_submodule(f"features.{index}")
        x = torch.randn(1, 8, 8, 8)
        expected = block.get_submodule("conv")(x) + (0 if stride_or_width_changes else x)
        assert torch.equal(block(x), expected)


def test_cifar_shortcut_skips_positions_and_adds_zeros_on_both_sides() -> None:
    block = build("resnet20", 2).get_submodule("layer2.0").eval()
    nn.init.zeros_(block.get_parameter("bn2.weight"))
    nn.init.zeros_(block.get_parameter("bn2.bias"))
    x = torch.randn(1, 16, 6, 6)
    expected = torch.zeros(1, 32, 3, 3)
    expected[:, 8:24] = F.relu(x[:, :, ::2, ::2])
    assert torch.equal(block(x), expected)


@pytest.mark.parametrize("name", ["densenet40-12", "densenet100-bc"])
def test_dense_layers_append_twelve_channels_to_what_they_read(name: str) -> None:
    layer = build(name, 2).get_submodule("block1.layer.0").eval()
    x = torch.randn(1, 24, 4, 4)
    out = layer(x)
    assert out.shape == (1, 36, 4, 4)
    assert torch.equal(out[:, :24], x)


def test_lenet_by_hand() -> None:
    network = build("lenet5_small", 10).eval()
    picture, state = torch.randn(2, 1, 28, 28), network.state_dict()
    x = picture
    for conv in ("conv1", "conv2"):
        x = F.conv2d(x, state[f"{conv}.weight"], state[f"{conv}.bias"])
        x = x.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5)).clamp(min=0)
    x = (x.reshape(2, 80) @ state["fc1.weight"].T + state["fc1.bias"]).clamp(min=0)
    expected = x @ state["fc2.weight"].T + state["fc2.bias"]
    assert torch.allclose(network(picture), expected, atol=1e-5)


@pytest.mark.parametrize("name", PICTURES)
def test_the_input_is_the_default_configurations(name: str) -> None:
    assert build(name, 2).input_spec.shape == default_input(name).shape


@pytest.mark.parametrize("name", PICTURES)
def test_layers_are_grouped_from_stem_to_head(name: str) -> None:
    layers = build(name, 3).layers()
    groups = list(dict.fromkeys(row.group for row in layers))
    assert (groups[0], groups[-1]) == ("stem", "head")
    stages = [group for group in groups if group.startswith("stage")]
    assert stages == [f"stage {number}" for number in range(1, len(stages) + 1)]
    assert set(groups) <= {"stem", *stages, "tail", "head"}
    blocks = [row.block for row in layers]
    changes = sum(a != b for a, b in pairwise(blocks))
    assert changes == len(set(blocks)) - 1, "a block's layers follow each other"
    assert all(row.block.startswith(row.group) for row in layers)


@pytest.mark.parametrize("name", SMALL)
def test_features_and_head_make_the_whole_and_copies_compute_the_same(name: str) -> None:
    network = build(name, 3).eval()
    x = torch.randn(2, *network.input_spec.shape)
    with torch.no_grad():
        embedding = network.features(x)
        assert embedding.dim() == 2
        assert torch.equal(network.head(embedding), network(x))
        assert torch.equal(copy.deepcopy(network)(x), network(x))


@pytest.mark.parametrize("name", ["mobilenet_v2-0.35", "lenet5_small"])
def test_dropout_follows_from_its_seed(name: str) -> None:
    network = build(name, 4).train()
    x = torch.randn(4, *network.input_spec.shape)[:, :, :64, :64]
    seed_dropout(network, 1)
    first = network(x)
    torch.rand(5)
    seed_dropout(network, 1)
    assert torch.equal(network(x), first)
    seed_dropout(network, 2)
    assert not torch.equal(network(x), first)


def test_other_sizes_are_the_same_weights() -> None:
    config = default_input("mobilenet_v2-0.35")
    assert isinstance(config, PictureConfig)
    network = build("mobilenet_v2-0.35", 2).eval()
    card = WeightsCard(
        name="mobilenet_v2-0.35.random",
        architecture="mobilenet_v2-0.35",
        labels=("a", "b"),
        frontend=config,
    )
    smaller = LoadedBackbone(network, card).taking(config.at(96))
    assert smaller.input_spec.shape == (3, 96, 96)
    assert all(p is q for p, q in zip(smaller.parameters(), network.parameters(), strict=True))
    ratio = count_multiplies(network, (3, 224, 224)) / count_multiplies(network, (3, 96, 96))
    assert ratio == pytest.approx((224 / 96) ** 2, rel=0.1)
    assert WeightsCard.model_validate_json(card.model_dump_json()) == card
