"""The last layer only, on features of the frozen backbone."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, predict_cost
from workbench.budget.policy import adaptable, shares
from workbench.methods.base import (
    KEPT_BYTES,
    Batch,
    Capabilities,
    Draw,
    Method,
    MethodConfig,
    Stage,
    StepOutput,
    TaskModel,
)
from workbench.methods.decision import LayerDecision, decide

AUGMENTED_DRAWS = 4
MOST_KEPT_BYTES = 512 * 2**20


class HeadConfig(MethodConfig):
    """The head has no settings of its own."""


class HeadStage(Stage):
    """Learns the head; embeddings of repeating inputs are computed once (K for the Price of 1, Table 6: statistics
    stay frozen, since moving them alone changes the features).

    What does not fit into ``MOST_KEPT_BYTES`` is computed anew each time, to the same bits.
    """

    name, title = "head", "Train the last layer"
    draws = AUGMENTED_DRAWS

    def __init__(self, model: TaskModel, epochs: int) -> None:
        self.model = model
        self.epochs = epochs
        self._embeddings: dict[tuple[int, int], Tensor] = {}
        self._kept_bytes = 0

    def configure(self) -> list[nn.Parameter]:
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        parameters = list(self.model.backbone.head_layer.parameters())
        for parameter in parameters:
            parameter.requires_grad_(True)
        return parameters

    def set_training_mode(self) -> None:
        self.model.eval()

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        logits = self.model.backbone.head(self._embedding(batch, draw.key))
        loss = batch.loss(logits)
        return StepOutput(loss, loss.detach(), logits, {KEPT_BYTES: float(self._kept_bytes)})

    def _embedding(self, batch: Batch, key: tuple[int, int]) -> Tensor:
        kept = self._embeddings.get(key)
        if kept is not None:
            return kept
        with torch.no_grad():
            embedding = self.model.backbone.features(batch.features)
        if self._kept_bytes + embedding.nbytes <= MOST_KEPT_BYTES:
            self._embeddings[key] = embedding
            self._kept_bytes += embedding.nbytes
        return embedding


class Head(Method[HeadConfig, TaskModel]):
    name: ClassVar[str] = "head"
    title: ClassVar[str] = "Last layer"
    sentence: ClassVar[str] = "Trains the last layer in seconds; the features stay as they are."
    cost_class: ClassVar[str] = "Stores the head alone; no extra computing"
    Config: ClassVar[type[MethodConfig]] = HeadConfig
    capabilities: ClassVar[Capabilities] = Capabilities(mergeable=True)

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: HeadConfig, seed: int
    ) -> TaskModel:
        model = TaskModel(backbone, classes, seed)
        model.requires_grad_(False)
        model.backbone.head_layer.requires_grad_(True)
        return model

    def stages(self, model: TaskModel, config: HeadConfig, epochs: int) -> list[Stage]:
        return [HeadStage(model, epochs)]

    def decide_kernels(self, model: TaskModel) -> tuple[LayerDecision, ...]:
        rows = zip(adaptable(model.layer_table), shares(model.layer_table), strict=True)
        return tuple(
            decide(row, share, model.backbone.get_parameter(f"{row.name}.weight"), None)
            for row, share in rows
        )

    def may_change(self, layers: Sequence[LayerInfo], config: HeadConfig) -> frozenset[str]:
        return frozenset()

    def predicted_cost(self, layers: Sequence[LayerInfo], config: HeadConfig, classes: int) -> Cost:
        return predict_cost(layers, StoredShape(0, 0), classes)

    def merged(self, model: TaskModel) -> Backbone:
        return copy.deepcopy(model.backbone)
