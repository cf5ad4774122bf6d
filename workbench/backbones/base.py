"""What every backbone offers: features, a head, and an ordered table of its layers."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
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
        block: Smaller unit inside the group that a method may replace as a whole.
        input_shape, output_shape: Of one example of the input spec, without its batch dimension.
    """

    index: int
    name: str
    kind: LayerKind
    weight_shape: tuple[int, ...]
    parameters: int
    statistics: int
    multiplies: int
    group: str
    block: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]

    @property
    def is_conv(self) -> bool:
        return self.kind in (LayerKind.CONV, LayerKind.DEPTHWISE, LayerKind.POINTWISE)


class Backbone(nn.Module, ABC):
    """A network split into ``features`` and ``head``.

    Attributes:
        architecture: Registry name, such as ``bcresnet8``.
        input_spec: What one example looks like.
        head_name: Module name of the last layer, which every task replaces.
        any_width: It computes the same way whatever numbers of channels its layers have.
    """

    head_name: str
    any_width = False

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

    def block_of(self, module_name: str) -> str:
        """Block that a layer belongs to; by default its whole stage."""
        return self.group_of(module_name)

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

    @property
    def embedding_width(self) -> int:
        """Numbers in an embedding (batch, width); known also where the head has no rows, for want of labels."""
        return self.head_layer.weight.shape[1:].numel()

    def layers(self) -> tuple[LayerInfo, ...]:
        """All convolutions, linear layers and norms in forward order."""
        return layer_table(self)


@dataclass(frozen=True)
class _Met:
    """A layer as one example met it; shapes without the batch dimension."""

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]

    @property
    def multiplies(self) -> int:
        if not isinstance(self.module, nn.Conv2d | nn.Linear):
            return 0
        return math.prod(self.output_shape[1:]) * self.module.weight.numel()


def layer_table(backbone: Backbone) -> tuple[LayerInfo, ...]:
    """Run one example through the backbone and read off its layers in the order in which they ran."""
    met_layers = _run_order(backbone, backbone.input_spec.shape)
    return tuple(_describe(index, met, backbone) for index, met in enumerate(met_layers))


def count_multiplies(network: nn.Module, shape: Sequence[int]) -> int:
    """Multiply-accumulates of one example, also of layers that a method has added.

    Args:
        network: Any.
        shape: Of one example, without its batch dimension.
    """
    return sum(met.multiplies for met in _run_order(network, shape))


def _run_order(network: nn.Module, shape: Sequence[int]) -> list[_Met]:
    seen: list[_Met] = []

    def record(name: str) -> object:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            seen.append(_Met(name, module, tuple(inputs[0].shape[1:]), tuple(output.shape[1:])))

        return hook

    kinds = (nn.Conv2d, nn.Linear, nn.BatchNorm2d)
    # On a copy, because hooks on a network that another thread is using would record that thread's layers too.
    probe = copy.deepcopy(network).eval()
    for name, module in probe.named_modules():
        if isinstance(module, kinds):
            module.register_forward_hook(record(name))  # type: ignore[arg-type]
    with torch.no_grad():
        probe(torch.zeros(1, *shape))
    return seen


def _describe(index: int, met: _Met, backbone: Backbone) -> LayerInfo:
    module, weight = met.module, met.module.weight
    return LayerInfo(
        index=index,
        name=met.name,
        kind=_kind(module),
        weight_shape=tuple(weight.shape) if isinstance(weight, Tensor) else (),
        parameters=sum(p.numel() for p in module.parameters(recurse=False)),
        statistics=2 * module.num_features if isinstance(module, nn.BatchNorm2d) else 0,
        multiplies=met.multiplies,
        group=backbone.group_of(met.name),
        block=backbone.block_of(met.name),
        input_shape=met.input_shape,
        output_shape=met.output_shape,
    )


def _kind(module: nn.Module) -> LayerKind:
    if isinstance(module, nn.BatchNorm2d):
        return LayerKind.NORM
    if isinstance(module, nn.Linear):
        return LayerKind.LINEAR
    assert isinstance(module, nn.Conv2d)
    if module.groups == module.in_channels > 1:
        return LayerKind.DEPTHWISE
    return LayerKind.POINTWISE if tuple(module.kernel_size) == (1, 1) else LayerKind.CONV
