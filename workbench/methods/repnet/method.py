"""Rep-Net.

Source: Yang, Rakin and Fan, "Rep-Net: Efficient On-Device Learning via Feature Reprogramming" (CVPR 2022).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar

from torch import nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, refuse_without_affine
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.repnet.config import RepNetConfig
from workbench.methods.repnet.layer import side_shapes
from workbench.methods.repnet.model import RepNetModel
from workbench.methods.supervised import SupervisedStage


class RepNetStage(SupervisedStage):
    """Side network and head learn; the backbone's norms rest."""

    model: RepNetModel

    def __init__(self, model: RepNetModel, epochs: int) -> None:
        def learned() -> list[nn.Parameter]:
            return [*model.tensors().values(), *model.backbone.head_layer.parameters()]

        super().__init__(model, "repnet", "Train the side network", epochs, learned)

    def set_training_mode(self) -> None:
        super().set_training_mode()
        for norm in self.model.main_norms:
            norm.eval()


class RepNet(Method[RepNetConfig, RepNetModel]):
    name: ClassVar[str] = "repnet"
    title: ClassVar[str] = "Rep-Net"
    sentence: ClassVar[str] = (
        "Puts a small network beside the backbone, which itself stays as it is."
    )
    cost_class: ClassVar[str] = (
        "Stores the side network, often larger than the backbone; computes more"
    )
    Config: ClassVar[type[MethodConfig]] = RepNetConfig
    capabilities: ClassVar[Capabilities] = Capabilities(mergeable=False, adds_multiplies=True)

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: RepNetConfig, seed: int
    ) -> RepNetModel:
        return RepNetModel(backbone, classes, config, seed)

    def stages(self, model: RepNetModel, config: RepNetConfig, epochs: int) -> list[Stage]:
        return [RepNetStage(model, epochs)]

    def decide_kernels(self, model: RepNetModel) -> tuple[LayerDecision, ...]:
        table = model.layer_table
        rows = zip(adaptable(table), shares(table), strict=True)
        return tuple(
            decide(row, share, model.backbone.get_parameter(f"{row.name}.weight"), None)
            for row, share in rows
        )

    def may_change(self, layers: Sequence[LayerInfo], config: RepNetConfig) -> frozenset[str]:
        return frozenset()

    def trains_norms(self, config: RepNetConfig) -> bool:
        return config.train_shifts

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: RepNetConfig, classes: int
    ) -> Cost:
        weights = norm_channels = multiplies = 0
        for side in side_shapes(layers):
            width, outputs = side.width(config.expand), side.writes[0]
            kernels = side.reads[0] // side.groups * width * side.kernel**2 + width * outputs
            weights += kernels
            norm_channels += width + outputs
            multiplies += kernels * side.pooled[0] * side.pooled[1]
        stored = weights + 2 * norm_channels
        if config.train_shifts:
            refuse_without_affine(layers)
            stored += affine_of(layers) // 2
        return predict_cost(layers, StoredShape(stored, 2 * norm_channels), classes, multiplies)

    def merged(self, model: RepNetModel) -> Backbone:
        """The backbone with the side network hanging on it."""
        return copy.deepcopy(model.backbone)
