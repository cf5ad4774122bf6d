"""Model patches.

Source: Mudrakarta et al., "K for the Price of 1: Parameter-efficient Multi-task and Transfer Learning"
(arXiv 1810.10703).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar

from torch import nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind
from workbench.budget.cost import Cost, StoredShape, predict_cost, statistics_of
from workbench.budget.policy import adaptable, shares, weight_count
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.model_patch.config import ModelPatchConfig
from workbench.methods.model_patch.model import ModelPatchModel, depthwise, refuse_empty
from workbench.methods.norms import norms
from workbench.methods.supervised import SupervisedStage


class ModelPatchStage(SupervisedStage):
    """What the task owns learns; the norms' statistics move or rest as the settings say."""

    def __init__(self, model: ModelPatchModel, config: ModelPatchConfig, epochs: int) -> None:
        def learned() -> list[nn.Parameter]:
            head = model.backbone.head_layer.parameters() if config.last else ()
            return [*model.tensors().values(), *head]

        super().__init__(model, "patch", "Train the patch", epochs, learned)
        self._config = config

    def set_training_mode(self) -> None:
        super().set_training_mode()
        if not self._config.moves_statistics:
            for _, norm in norms(self.model.backbone):
                norm.eval()


class ModelPatch(Method[ModelPatchConfig, ModelPatchModel]):
    name: ClassVar[str] = "patch"
    title: ClassVar[str] = "Model patch"
    sentence: ClassVar[str] = (
        "Changes the scale and shift of every channel: tiny, and in all layers."
    )
    cost_class: ClassVar[str] = "Stores two numbers a channel; no extra computing"
    Config: ClassVar[type[MethodConfig]] = ModelPatchConfig
    capabilities: ClassVar[Capabilities] = Capabilities(mergeable=True, moves_statistics=True)

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: ModelPatchConfig, seed: int
    ) -> ModelPatchModel:
        return ModelPatchModel(backbone, classes, config, seed)

    def stages(self, model: ModelPatchModel, config: ModelPatchConfig, epochs: int) -> list[Stage]:
        return [ModelPatchStage(model, config, epochs)]

    def decide_kernels(self, model: ModelPatchModel) -> tuple[LayerDecision, ...]:
        rows = zip(adaptable(model.layer_table), shares(model.layer_table), strict=True)
        return tuple(decide(row, share, *model.change_of(row)) for row, share in rows)

    def may_change(self, layers: Sequence[LayerInfo], config: ModelPatchConfig) -> frozenset[str]:
        rows = depthwise(layers) if config.depthwise else ()
        return frozenset(row.name for row in rows)

    def trains_norms(self, config: ModelPatchConfig) -> bool:
        return config.norms != "off"

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: ModelPatchConfig, classes: int
    ) -> Cost:
        refuse_empty(layers, config)
        channels = sum(row.statistics // 2 for row in layers if row.kind is LayerKind.NORM)
        stored = channels * (config.scale + config.shift)
        if config.depthwise:
            stored += sum(weight_count(row) for row in depthwise(layers))
        stats = statistics_of(layers) if config.moves_statistics else 0
        return predict_cost(layers, StoredShape(stored, stats, head=config.last), classes)

    def merged(self, model: ModelPatchModel) -> Backbone:
        """Of the plain architecture, or with scale and shift in norms that have none there."""
        return copy.deepcopy(model.backbone)
