"""Fine-tuning of every layer: the reference that the others are measured against."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, head_row, predict_cost, statistics_of
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage, TaskModel
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.norms import statistics
from workbench.methods.supervised import SupervisedStage


class FinetuneConfig(MethodConfig):
    """Fine-tuning has no settings of its own."""


class FinetuneModel(TaskModel):
    """Backbone copy whose every parameter learns; remembers where it started."""

    def __init__(self, backbone: Backbone, classes: Sequence[str], seed: int) -> None:
        super().__init__(backbone, classes, seed)
        prefix = f"{backbone.head_name}."
        self.start = {
            name: parameter.detach().clone()
            for name, parameter in backbone.named_parameters()
            if not name.startswith(prefix)
        }

    def stored(self) -> dict[str, Tensor]:
        body = {f"weight/{name}": self.backbone.get_parameter(name) for name in self.start}
        return body | statistics(self.backbone) | super().stored()

    def change_of(self, row: LayerInfo) -> tuple[Tensor, Tensor]:
        """Pretrained weight of a layer and what was added to it."""
        start = self.start[f"{row.name}.weight"]
        return start, self.backbone.get_parameter(f"{row.name}.weight").detach() - start


class Finetune(Method[FinetuneConfig, FinetuneModel]):
    name: ClassVar[str] = "finetune"
    title: ClassVar[str] = "Fine-tune all"
    sentence: ClassVar[str] = (
        "Changes every layer: the most accurate reference, and a full copy per task."
    )
    cost_class: ClassVar[str] = "Stores a full copy; no extra computing"
    Config: ClassVar[type[MethodConfig]] = FinetuneConfig
    capabilities: ClassVar[Capabilities] = Capabilities(mergeable=True, moves_statistics=True)

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: FinetuneConfig, seed: int
    ) -> FinetuneModel:
        return FinetuneModel(backbone, classes, seed)

    def stages(self, model: FinetuneModel, config: FinetuneConfig, epochs: int) -> list[Stage]:
        return [SupervisedStage(model, "finetune", "Fine-tune", epochs, model.backbone.parameters)]

    def decide_kernels(self, model: FinetuneModel) -> tuple[LayerDecision, ...]:
        rows = zip(adaptable(model.layer_table), shares(model.layer_table), strict=True)
        return tuple(decide(row, share, *model.change_of(row)) for row, share in rows)

    def trains_norms(self, config: FinetuneConfig) -> bool:
        return True

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: FinetuneConfig, classes: int
    ) -> Cost:
        body = sum(row.parameters for row in layers) - head_row(layers).parameters
        return predict_cost(layers, StoredShape(body, statistics_of(layers)), classes)

    def merged(self, model: FinetuneModel) -> Backbone:
        return copy.deepcopy(model.backbone)
