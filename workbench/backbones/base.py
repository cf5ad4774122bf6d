"""What every backbone offers: features, a head, and an ordered table of its layers."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor, nn


class LayerKind(StrEnum):
    CONV = "conv"
    DEPTHWISE = "depthwise"
    POINTWISE = "pointwise"
    LINEAR = "linear"
    NORM = "norm"


@dataclass(frozen=True)
class InputSpec:
    """Shape of one example without its batch dimension, and what the dimensions mean."""

    shape: tuple[int, ...]
    layout: str


@dataclass(frozen=True)
class LayerInfo:
    """One row of the layer table, in forward order.

    Attributes:
        index: Position among all rows.
        name: Module name inside the backbone; its tensors are ``<name>.weight`` and so on.
        kind: What the layer computes.
        weight_shape: Shape of the weight tensor; empty for a norm without affine parameters.
        parameters: Learnable elements (weight and bias, or scale and shift); statistics excluded.
        statistics: Elements of running mean and variance (norms only).
        multiplies: Multiply-accumulates for one example of the input spec; norms count 0.
        group: Stem, stage i, tail or head.
    """

    index: int
    name: str
    kind: LayerKind
    weight_shape: tuple[int, ...]
    parameters: int
    statistics: int
    multiplies: int
    group: str

    @property
    def is_conv(self) -> bool:
        return self.kind in (LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.POINTWISE)


class Backbone(nn.Module, ABC):
    """A network split into ``features`` and ``head``.

    Attributes:
        architecture: Registry name, such as ``bcresnet8``.
        input_spec: What one example looks like.
        head_name: Module name of the last layer, which every task replaces.
    """

    head_name: str

    def __init__(self, architecture: str, input_spec: InputSpec) -> None:
        super().__init__()
        self.architecture = architecture
        self.input_spec = input_spec

    @abstractmethod
    def features(self, x: Tensor) -> Tensor:
        """Embedding (batch, width) of a batch of examples (batch, *input_spec.shape)."""

    @abstractmethod
    def head(self, embedding: Tensor) -> Tensor:
        """Logits (batch, class) of embeddings (batch, width)."""

    @abstractmethod
    def group_of(self, module_name: str) -> str:
        """Stage that a layer belongs to, for maps and tables."""

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))

    @property
    def head_layer(self) -> nn.Conv2d | nn.Linear:
        layer = self.get_submodule(self.head_name)
        assert isinstance(layer, nn.Conv2d | nn.Linear)
        return layer

    @property
    def classes(self) -> int:
        return self.head_layer.weight.shape[0]

    def layers(self) -> tuple[LayerInfo, ...]:
        """All convolutions, linear layers and norms in forward order."""
        return layer_table(self)


def layer_table(backbone: Backbone) -> tuple[LayerInfo, ...]:
    """Run one example through the backbone and read off its layers in the order in which they ran."""
    return tuple(
        _describe(index, name, module, positions, backbone.group_of(name))
        for index, (name, module, positions) in enumerate(_run_order(backbone))
    )


def count_multiplies(backbone: Backbone) -> int:
    """Multiply-accumulates of one example, also of layers that a method has added."""
    return sum(
        positions * module.weight.numel()
        for _, module, positions in _run_order(backbone)
        if isinstance(module, nn.Conv2d | nn.Linear)
    )


def _run_order(backbone: Backbone) -> list[tuple[str, nn.Module, int]]:
    """Name, module and output positions of each layer, in the order in which one example meets them."""
    seen: list[tuple[str, nn.Module, int]] = []

    def record(name: str) -> object:
        def hook(module: nn.Module, _: object, output: Tensor) -> None:
            positions = output[0].numel() // output.shape[1]
            seen.append((name, module, positions))

        return hook

    kinds = (nn.Conv2d, nn.Linear, nn.BatchNorm2d)
    # On a copy, because hooks on a network that another thread is using would record that thread's layers too.
    probe = copy.deepcopy(backbone).eval()
    for name, module in probe.named_modules():
        if isinstance(module, kinds):
            module.register_forward_hook(record(name))  # type: ignore[arg-type]
    with torch.no_grad():
        probe(torch.zeros(1, *backbone.input_spec.shape))
    return seen


def _describe(index: int, name: str, module: nn.Module, positions: int, group: str) -> LayerInfo:
    weight = module.weight
    parameters = sum(p.numel() for p in module.parameters(recurse=False))
    statistics = multiplies = 0
    if isinstance(module, nn.BatchNorm2d):
        kind, statistics = LayerKind.NORM, 2 * module.num_features
    elif isinstance(module, nn.Linear):
        kind, multiplies = LayerKind.LINEAR, module.weight.numel()
    else:
        assert isinstance(module, nn.Conv2d)
        kind, multiplies = _conv_kind(module), positions * module.weight.numel()
    shape = tuple(weight.shape) if isinstance(weight, Tensor) else ()
    return LayerInfo(index, name, kind, shape, parameters, statistics, multiplies, group)


def _conv_kind(conv: nn.Conv2d) -> LayerKind:
    if conv.groups == conv.in_channels > 1:
        return LayerKind.DEPTHWISE
    return LayerKind.POINTWISE if tuple(conv.kernel_size) == (1, 1) else LayerKind.CONV
