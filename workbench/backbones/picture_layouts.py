"""Public key layouts of picture networks.

A layout is told from keys alone, its size from the shapes of all tensors together, so that one lost or odd tensor does
not hide what the file is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from torch import Tensor

from workbench.backbones.checkpoint_layouts import COUNTER, Layout, refusal, several_networks
from workbench.backbones.cifar_resnet import CIFAR_RESNET_BLOCKS
from workbench.backbones.densenet import DENSENET_SHAPES
from workbench.backbones.mobilenet import STAGES, name_of
from workbench.backbones.registry import MOBILENET_WIDTHS, build
from workbench.backbones.resnet import RESNET_SHAPES

Shapes = Mapping[str, tuple[int, ...]]
"""Of tensors, by the names that the network uses."""

LEAST_LIKENESS = 0.3
"""Share of tensors, outside the head, that a file and the nearest known size must have in common."""


@dataclass(frozen=True)
class Family:
    """Networks that share a layout of keys.

    Attributes:
        title: For people.
        layer: Matches what such a network calls the tensors of its layers, without a prefix.
        architectures: Sizes by registry name.
        translate: Gives the name in the network for a key without its prefix.
    """

    title: str
    layer: re.Pattern[str]
    architectures: tuple[str, ...]
    translate: Callable[[str], str]


def recognise_picture(tensors: Mapping[str, Tensor], file_name: str) -> Layout | None:
    """Tell a network for pictures from keys and shapes; None when it is none of them.

    Raises:
        WorkbenchError: for several networks in one file, and for a size that is not known.
    """
    places = {family.title: _prefixes(tensors, family) for family in _FAMILIES}
    family = max(_FAMILIES, key=lambda family: max(places[family.title].values(), default=0))
    prefixes = places[family.title]
    if not prefixes:
        return None
    (prefix, most), *others = prefixes.most_common()
    rivals = [other for other, count in others if 2 * count >= most]
    if rivals:
        raise several_networks(file_name, [f"{name}*" for name in (prefix, *rivals)])
    bare = {key: key.removeprefix(prefix) for key in tensors if key.startswith(prefix)}
    names = {key: family.translate(name) for key, name in bare.items()}
    shapes = {name: tuple(tensors[key].shape) for key, name in names.items()}
    alike = {name: _likeness(name, shapes) for name in family.architectures}
    nearest = max(alike, key=lambda name: alike[name])
    if alike[nearest] < LEAST_LIKENESS:
        raise refusal(
            f"{file_name} has the layers of {family.title}, in no known size.",
            f"Known are {', '.join(family.architectures)}.",
        )
    return Layout(nearest, _blueprint(nearest)[1], (), names, _own_layer(family))


def _prefixes(tensors: Mapping[str, Tensor], family: Family) -> Counter[str]:
    """How many layer tensors of a family there are behind each prefix."""
    found: Counter[str] = Counter()
    for key in tensors:
        at = family.layer.search(f".{key}")
        if at is not None:
            found[key[: at.start()]] += 1
    return found


def _own_layer(family: Family) -> Callable[[str], bool]:
    """Tells layers by the network's own names, which the first family of the same architectures uses."""
    plain = next(f for f in _FAMILIES if f.architectures == family.architectures)
    return lambda name: plain.layer.match(f".{name}") is not None


def _likeness(architecture: str, shapes: Shapes) -> float:
    """Tensors in common as a share of all, those of the head and the counters left out."""
    wanted, head = _blueprint(architecture)
    found = _outside(head, shapes)
    return len(wanted & found) / len(wanted | found)


@cache
def _blueprint(architecture: str) -> tuple[frozenset[tuple[str, tuple[int, ...]]], str]:
    """Names and shapes outside the head, and the head's name."""
    network = build(architecture, classes=1)
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    return _outside(network.head_name, shapes), network.head_name


def _outside(head: str, shapes: Shapes) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Names and shapes without those of the head and without counters."""
    return frozenset(
        (name, shape)
        for name, shape in shapes.items()
        if not name.startswith(f"{head}.") and not name.endswith(COUNTER)
    )


def _unchanged(name: str) -> str:
    return name


_IN_BLOCK = re.compile(r"features\.(\d+)\.conv\.(\d+)\.(\w+)")
_WIDENED = {"0": "0.0", "1": "0.1", "3": "1.0", "4": "1.1", "6": "2", "7": "3"}
_NOT_WIDENED = {"0": "0.0", "1": "0.1", "3": "1", "4": "2"}
_AROUND_BLOCKS = {
    "conv.0": "features.18.0",
    "conv.1": "features.18.1",
    "conv_stem": "features.0.0",
    "bn1": "features.0.1",
    "conv_head": "features.18.0",
    "bn2": "features.18.1",
    "classifier": "classifier.1",
}


def _from_flat(name: str) -> str:
    """Blocks as one list of layers, activations counted; T. Lin's program and those made from it."""
    inside = _IN_BLOCK.fullmatch(name)
    if inside is None:
        return _around_blocks(name)
    block, layer, leaf = inside.groups()
    places = _NOT_WIDENED if block == "1" else _WIDENED
    return f"features.{block}.conv.{places[layer]}.{leaf}" if layer in places else name


_TIMM_BLOCK = re.compile(r"blocks\.(\d+)\.(\d+)\.(\w+)\.(\w+)")
_TIMM_WIDENED = {
    **{"conv_pw": "0.0", "bn1": "0.1", "conv_dw": "1.0", "bn2": "1.1"},
    **{"conv_pwl": "2", "bn3": "3"},
}
_TIMM_NOT_WIDENED = {"conv_dw": "0.0", "bn1": "0.1", "conv_pw": "1", "bn2": "2"}


def _from_timm(name: str) -> str:
    """Blocks by stage, layers by what they do; R. Wightman's timm."""
    inside = _TIMM_BLOCK.fullmatch(name)
    if inside is None:
        return _around_blocks(name)
    stage, block, layer, leaf = inside.groups()
    places = _TIMM_NOT_WIDENED if stage == "0" else _TIMM_WIDENED
    if layer not in places or int(stage) >= len(STAGES):
        return name
    before = sum(blocks for _, _, blocks, _ in STAGES[: int(stage)])
    return f"features.{1 + before + int(block)}.conv.{places[layer]}.{leaf}"


def _around_blocks(name: str) -> str:
    layer, _, leaf = name.rpartition(".")
    return f"{_AROUND_BLOCKS.get(layer, layer)}.{leaf}"


_MOBILENETS = tuple(name_of(width) for width in MOBILENET_WIDTHS)
_FAMILIES = (
    Family(
        "MobileNetV2", re.compile(r"\.features\.\d+\.conv\.\d+\.\d\.\w+$"), _MOBILENETS, _unchanged
    ),
    Family(
        "MobileNetV2 in T. Lin's naming",
        re.compile(r"\.features\.\d+\.conv\.\d\.\w+$"),
        _MOBILENETS,
        _from_flat,
    ),
    Family(
        "MobileNetV2 in timm's naming",
        re.compile(r"\.blocks\.\d+\.\d+\.(conv_pwl?|conv_dw|bn[123])\.\w+$"),
        _MOBILENETS,
        _from_timm,
    ),
    Family(
        "InceptionV3",
        re.compile(r"\.(Conv2d_\d\w_\dx\d|Mixed_\d\w\.\w+)\.(conv|bn)\.\w+$"),
        ("inception_v3",),
        _unchanged,
    ),
    Family(
        "ResNet",
        re.compile(r"\.layer\d\.\d+\.(conv\d|bn\d|downsample\.\d)\.\w+$"),
        (*RESNET_SHAPES, *CIFAR_RESNET_BLOCKS),
        _unchanged,
    ),
    Family(
        "DenseNet",
        re.compile(r"\.(block\d\.layer\.\d+|trans\d)\.(conv|bn)\d\.\w+$"),
        tuple(DENSENET_SHAPES),
        _unchanged,
    ),
    Family("LeNet", re.compile(r"\.(conv|fc)[12]\.(weight|bias)$"), ("lenet5_small",), _unchanged),
)
