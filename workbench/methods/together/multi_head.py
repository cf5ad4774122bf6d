"""One encoder with a last layer for each task: what patches trained together are measured against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.methods.base import Batch, Draw, MethodConfig, TaskModel, shown
from workbench.methods.head.method import Head, HeadConfig
from workbench.methods.several import (
    SeveralMethod,
    SeveralStage,
    TaskClasses,
    TaskLoss,
    TaskPatch,
    Turn,
)
from workbench.methods.together.mixed import through
from workbench.methods.together.tied import TiedModel, TiedStage, refuse_other_classes


class MultiHeadConfig(MethodConfig):
    """What becomes of the encoder."""

    encoder: Literal["learn", "keep"] = Field(
        "learn",
        description="The encoder learns from every task, norms and their statistics included, or stays as it is.",
        json_schema_extra=shown("Encoder"),
    )
    shared_last: bool = Field(
        False,
        description="One last layer for all, so that variants of one task share everything.",
        json_schema_extra=shown("Shared last layer"),
    )


MultiHeadModel = TiedModel[TaskModel]


class MixedStage(TiedStage):
    """One step a round: the encoder sees the clips of all tasks at once, each last layer its own task's."""

    def turns(self, batches: Sequence[Batch], draw: Draw) -> Iterator[Turn]:
        model = self.model
        encoder = model.network(0).backbone
        found = through(lambda x: (encoder.features(x),), [batch.features for batch in batches])
        total, losses = found[0][0].new_zeros(()), []
        for task, (batch, (embedding,)) in enumerate(zip(batches, found, strict=True)):
            logits = model.network(task).backbone.head(embedding)
            loss = batch.loss(logits)
            total = total + loss
            losses.append(TaskLoss(task, loss.detach(), logits))
        yield Turn(total, tuple(losses))


class MultiHead(SeveralMethod[MultiHeadConfig, MultiHeadModel]):
    name: ClassVar[str] = "multi_head"
    title: ClassVar[str] = "Shared encoder"
    sentence: ClassVar[str] = (
        "One network for all tasks up to the last layer: the baseline of methods for several tasks."
    )
    Config: ClassVar[type[MethodConfig]] = MultiHeadConfig

    def check(
        self, layers: Sequence[LayerInfo], tasks: Sequence[TaskClasses], config: MultiHeadConfig
    ) -> None:
        if config.shared_last:
            refuse_other_classes(tasks)

    def attach(
        self,
        backbone: Backbone,
        tasks: Sequence[TaskClasses],
        config: MultiHeadConfig,
        seed: int,
    ) -> MultiHeadModel:
        if config.shared_last:
            refuse_other_classes(tasks)
        networks = [TaskModel(backbone, task.classes, seed) for task in tasks]
        return TiedModel(networks, tasks, () if config.shared_last else {backbone.head_name})

    def stages(
        self, model: MultiHeadModel, config: MultiHeadConfig, epochs: int
    ) -> list[SeveralStage]:
        learns = config.encoder == "learn"

        def trained() -> Iterator[nn.Parameter]:
            for network in map(model.network, range(len(model.tasks))):
                part = network.backbone if learns else network.backbone.head_layer
                yield from part.parameters()

        title = "Train the encoder and the last layers" if learns else "Train the last layers"
        return [MixedStage(model, title, epochs, trained, norms_move=learns)]

    def shared(self, model: MultiHeadModel, config: MultiHeadConfig) -> Backbone | None:
        return model.first_backbone() if config.encoder == "learn" else None

    def patches(self, model: MultiHeadModel, config: MultiHeadConfig) -> tuple[TaskPatch, ...]:
        method, single = Head(), HeadConfig()
        return tuple(
            TaskPatch(method.name, single, method.patch_tensors(model.network(task), single))
            for task in range(len(model.tasks))
        )
