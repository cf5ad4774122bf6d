"""Rep-Net.

Source: Yang, Rakin and Fan, "Rep-Net: Efficient On-Device Learning via Feature Reprogramming" (CVPR 2022).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import ClassVar

from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo, LayerKind
from workbench.budget.cost import Cost, StoredShape, predict_cost
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage, TaskModel
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.repnet.config import RepNetConfig
from workbench.methods.repnet.layer import boundaries
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


class RepNet(Method):
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
        self, backbone: Backbone, classes: Sequence[str], config: MethodConfig, seed: int
    ) -> RepNetModel:
        return RepNetModel(backbone, classes, _repnet(config), seed)

    def stages(self, model: TaskModel, config: MethodConfig, epochs: int) -> list[Stage]:
        return [RepNetStage(_model(model), epochs)]

    def decide_kernels(self, model: TaskModel) -> tuple[LayerDecision, ...]:
        table = model.layer_table
        rows = zip(adaptable(table), shares(table), strict=True)
        return tuple(
            decide(row, share, model.backbone.get_parameter(f"{row.name}.weight"), None)
            for row, share in rows
        )

    def may_change(self, layers: Sequence[LayerInfo], config: MethodConfig) -> frozenset[str]:
        return frozenset()

    def trains_norms(self, config: MethodConfig) -> bool:
        return _repnet(config).train_shifts

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: MethodConfig, classes: int
    ) -> Cost:
        repnet = _repnet(config)
        weights = norm_channels = multiplies = 0
        for stage in boundaries(layers):
            width, outputs = stage.width(repnet.expand), stage.writes[0]
            kernels = stage.reads[0] // stage.groups * width * stage.kernel**2 + width * outputs
            weights += kernels
            norm_channels += width + outputs
            multiplies += kernels * stage.pooled[0] * stage.pooled[1]
        stored = weights + 2 * norm_channels
        if repnet.train_shifts:
            stored += sum(row.parameters // 2 for row in layers if row.kind is LayerKind.NORM)
        return predict_cost(layers, StoredShape(stored, 2 * norm_channels), classes, multiplies)

    def patch_tensors(self, model: TaskModel, config: MethodConfig) -> dict[str, Tensor]:
        repnet = _model(model)
        tensors: dict[str, Tensor] = repnet.side_statistics() | repnet.head_tensors()
        tensors |= repnet.tensors()
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}

    def load(self, model: TaskModel, tensors: Mapping[str, Tensor]) -> None:
        repnet = _model(model)
        repnet.load_tensors(tensors)
        repnet.load_head(tensors)

    def merged(self, model: TaskModel) -> Backbone:
        """The backbone with the side network hanging on it."""
        return copy.deepcopy(model.backbone)


def _repnet(config: MethodConfig) -> RepNetConfig:
    assert isinstance(config, RepNetConfig)
    return config


def _model(model: TaskModel) -> RepNetModel:
    assert isinstance(model, RepNetModel)
    return model
