"""Residual adapters.

Sources: Rebuffi, Bilen and Vedaldi, "Learning multiple visual domains with residual adapters" (arXiv 1705.08045,
series) and "Efficient parametrization of multi-domain deep neural networks" (arXiv 1803.10082, parallel).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, statistics_of
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.residual_adapter.config import ResidualAdapterConfig
from workbench.methods.residual_adapter.model import ResidualAdapterModel, adapted
from workbench.methods.supervised import SupervisedStage

RATE_WHERE_APART, RATE_WHERE_MIXED = 0.1, 1.0
"""In networks with depth-wise convolutions, which keep channels apart, and in others; measured on short trainings."""


class ResidualAdapter(Method[ResidualAdapterConfig, ResidualAdapterModel]):
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
        self, backbone: Backbone, classes: Sequence[str], config: ResidualAdapterConfig, seed: int
    ) -> ResidualAdapterModel:
        return ResidualAdapterModel(backbone, classes, config, seed)

    def stages(
        self, model: ResidualAdapterModel, config: ResidualAdapterConfig, epochs: int
    ) -> list[Stage]:

        def learned() -> list[nn.Parameter]:
            return [*model.tensors().values(), *model.backbone.head_layer.parameters()]

        return [SupervisedStage(model, self.name, "Train adapters", epochs, learned)]

    def decide_kernels(self, model: ResidualAdapterModel) -> tuple[LayerDecision, ...]:
        decided = []
        table = model.layer_table
        for row, share in zip(adaptable(table), shares(table), strict=True):
            adapter = model.adapters.get(row.name)
            change = adapter.weight() if adapter else None
            decided.append(decide(row, share, model.conv(row.name).weight, change))
        return tuple(decided)

    def may_change(
        self, layers: Sequence[LayerInfo], config: ResidualAdapterConfig
    ) -> frozenset[str]:
        return frozenset(row.name for row in adapted(layers))

    def trains_norms(self, config: ResidualAdapterConfig) -> bool:
        return True

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: ResidualAdapterConfig, classes: int
    ) -> Cost:
        series = config.place == "series"
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

    def merged(self, model: ResidualAdapterModel) -> Backbone:
        return model.folded()

    def is_mergeable(self, model: ResidualAdapterModel) -> bool:
        return model.is_foldable

    def rates(
        self, model: ResidualAdapterModel, config: ResidualAdapterConfig
    ) -> dict[nn.Parameter, float]:
        apart = any(row.kind is LayerKind.DEPTHWISE for row in adapted(model.layer_table))
        rate = config.adapter_rate or (RATE_WHERE_APART if apart else RATE_WHERE_MIXED)
        return {adapter.weight(): rate for adapter in model.adapters.values()}
