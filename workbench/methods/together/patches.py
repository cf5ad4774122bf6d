"""Patches of several tasks trained together, on weights that learn from all of them.

Source: Mudrakarta et al., "K for the Price of 1: Parameter-efficient Multi-task and Transfer Learning"
(arXiv 1810.10703): multi-task learning, and one network at several input resolutions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.methods.base import MethodConfig, shown
from workbench.methods.model_patch.config import ModelPatchConfig
from workbench.methods.model_patch.method import ModelPatch
from workbench.methods.model_patch.model import ModelPatchModel, refuse_empty
from workbench.methods.norms import norms
from workbench.methods.several import SeveralMethod, SeveralStage, TaskClasses, TaskPatch
from workbench.methods.together.tied import TiedModel, TurnsStage, refuse_other_classes


class PatchesTogetherConfig(MethodConfig):
    """What tasks share and what each has for itself."""

    weights: Literal["learn", "keep"] = Field(
        "learn",
        description="The shared weights learn from every task, or stay as they are; then each task's patch is what it "
        "would be alone.",
        json_schema_extra=shown("Shared weights"),
    )
    depthwise: bool = Field(
        False,
        description="On gives each task depth-wise kernels of its own besides its norms.",
        json_schema_extra=shown("Own depth-wise kernels"),
    )
    shared_last: bool = Field(
        False,
        description="One last layer for all: for variants of one task, whose classes are the same.",
        json_schema_extra=shown("Shared last layer"),
    )

    def of_one_task(self) -> ModelPatchConfig:
        """What each task stores."""
        return ModelPatchConfig(depthwise=self.depthwise)


PatchesModel = TiedModel[ModelPatchModel]


class PatchesTogether(SeveralMethod[PatchesTogetherConfig, PatchesModel]):
    name: ClassVar[str] = "patches_together"
    title: ClassVar[str] = "Patches together"
    sentence: ClassVar[str] = (
        "One network for all tasks; each keeps its own scale and shift of every channel, and its last layer."
    )
    Config: ClassVar[type[MethodConfig]] = PatchesTogetherConfig

    def check(
        self,
        layers: Sequence[LayerInfo],
        tasks: Sequence[TaskClasses],
        config: PatchesTogetherConfig,
    ) -> None:
        refuse_empty(layers, config.of_one_task())
        if config.shared_last:
            refuse_other_classes(tasks)

    def attach(
        self,
        backbone: Backbone,
        tasks: Sequence[TaskClasses],
        config: PatchesTogetherConfig,
        seed: int,
    ) -> PatchesModel:
        if config.shared_last:
            refuse_other_classes(tasks)
        single = config.of_one_task()
        networks = [ModelPatchModel(backbone, task.classes, single, seed) for task in tasks]
        first = networks[0]
        owned = {name for name, _ in norms(first.backbone)}
        owned |= {name.rpartition(".")[0] for name in first.owned}
        if not config.shared_last:
            owned.add(first.backbone.head_name)
        return TiedModel(networks, tasks, owned)

    def stages(
        self, model: PatchesModel, config: PatchesTogetherConfig, epochs: int
    ) -> list[SeveralStage]:
        def trained() -> Iterator[nn.Parameter]:
            for network in map(model.network, range(len(model.tasks))):
                if config.weights == "learn":
                    yield from network.backbone.parameters()
                else:
                    yield from network.tensors().values()
                    yield from network.backbone.head_layer.parameters()

        return [TurnsStage(model, "Train the patches together", epochs, trained, norms_move=True)]

    def shared(self, model: PatchesModel, config: PatchesTogetherConfig) -> Backbone | None:
        return model.first_backbone() if config.weights == "learn" else None

    def patches(self, model: PatchesModel, config: PatchesTogetherConfig) -> tuple[TaskPatch, ...]:
        method, single = ModelPatch(), config.of_one_task()
        return tuple(
            TaskPatch(method.name, single, method.patch_tensors(model.network(task), single))
            for task in range(len(model.tasks))
        )
