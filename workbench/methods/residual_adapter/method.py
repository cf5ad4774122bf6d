"""Residual adapters.

Sources: Rebuffi, Bilen and Vedaldi, "Learning multiple visual domains with residual adapters" (arXiv 1705.08045,
series) and "Efficient parametrization of multi-domain deep neural networks" (arXiv 1803.10082, parallel).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, statistics_of
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage, TaskModel
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.norms import load_statistics, statistics
from workbench.methods.residual_adapter.config import ResidualAdapterConfig
from workbench.methods.residual_adapter.model import ResidualAdapterModel, adapted
from workbench.methods.supervised import SupervisedStage


class ResidualAdapter(Method):
    name: ClassVar[str] = "residual_adapter"
    title: ClassVar[str] = "Residual adapter"
    sentence: ClassVar[str] = "Adds a small 1x1 convolution to every larger one, and leaves those."
    cost_class: ClassVar[str] = (
        "Stores a 1x1 kernel a layer; more computing beside depth-wise layers"
    )
    Config: ClassVar[type[MethodConfig]] = ResidualAdapterConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        mergeable=True, moves_statistics=True, adds_multiplies=True
    )

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: MethodConfig, seed: int
    ) -> ResidualAdapterModel:
        return ResidualAdapterModel(backbone, classes, _adapter(config), seed)

    def stages(self, model: TaskModel, config: MethodConfig, epochs: int) -> list[Stage]:
        adapters = _model(model)

        def learned() -> list[nn.Parameter]:
            return [*adapters.tensors().values(), *adapters.backbone.head_layer.parameters()]

        return [SupervisedStage(adapters, self.name, "Train adapters", epochs, learned)]

    def decide_kernels(self, model: TaskModel) -> tuple[LayerDecision, ...]:
        adapters = _model(model)
        decided = []
        table = adapters.layer_table
        for row, share in zip(adaptable(table), shares(table), strict=True):
            adapter = adapters.adapters.get(row.name)
            change = adapter.weight() if adapter else None
            decided.append(decide(row, share, adapters.conv(row.name).weight, change))
        return tuple(decided)

    def may_change(self, layers: Sequence[LayerInfo], config: MethodConfig) -> frozenset[str]:
        return frozenset(row.name for row in adapted(layers))

    def trains_norms(self, config: MethodConfig) -> bool:
        return True

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: MethodConfig, classes: int
    ) -> Cost:
        series = _adapter(config).place == "series"
        stored, stats, multiplies = affine_of(layers), statistics_of(layers), 0
        for row in adapted(layers):
            outputs = row.weight_shape[0]
            inputs = outputs if series or row.kind is LayerKind.DEPTHWISE else row.weight_shape[1]
            stored += inputs * outputs
            if series:
                stored, stats = stored + 2 * outputs, stats + 2 * outputs
            if row.kind is LayerKind.DEPTHWISE:
                kernel = row.weight_shape[1] * row.weight_shape[2] * row.weight_shape[3]
                multiplies += row.multiplies // kernel * inputs
        return predict_cost(layers, StoredShape(stored, stats), classes, multiplies)

    def patch_tensors(self, model: TaskModel, config: MethodConfig) -> dict[str, Tensor]:
        adapters = _model(model)
        tensors: dict[str, Tensor] = statistics(adapters.backbone) | adapters.head_tensors()
        tensors |= adapters.tensors()
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}

    def load(self, model: TaskModel, tensors: Mapping[str, Tensor]) -> None:
        adapters = _model(model)
        adapters.load_tensors(tensors)
        load_statistics(adapters.backbone, tensors)
        adapters.load_head(tensors)

    def merged(self, model: TaskModel) -> Backbone:
        return _model(model).folded()

    def is_mergeable(self, model: TaskModel) -> bool:
        return _model(model).is_foldable


def _adapter(config: MethodConfig) -> ResidualAdapterConfig:
    assert isinstance(config, ResidualAdapterConfig)
    return config


def _model(model: TaskModel) -> ResidualAdapterModel:
    assert isinstance(model, ResidualAdapterModel)
    return model
