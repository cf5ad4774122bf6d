"""Task adapters of several tasks on one encoder, which is computed once for all of them.

Source: "Multi-task Adapters for On-device Audio Inference", sections 3 and 4: multi-task learning, where the encoder
learns too, and transfer, where it rests. No task reads another's adapter, so any of them runs without the rest.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from workbench.backbones.audio_encoder import AudioEncoder
from workbench.backbones.base import Backbone, LayerInfo
from workbench.methods.base import Batch, Draw, MethodConfig, draw_parameters, shown
from workbench.methods.gates import Gates
from workbench.methods.several import (
    SeveralMethod,
    SeveralModel,
    SeveralStage,
    TaskClasses,
    TaskLoss,
    TaskPatch,
    Turn,
)
from workbench.methods.task_adapter.config import TaskAdapterConfig
from workbench.methods.task_adapter.layer import TaskAdapter
from workbench.methods.task_adapter.method import TaskAdapterMethod, gates_of, slope_at
from workbench.methods.task_adapter.model import checked_encoder, shape_of
from workbench.methods.task_adapter.price import narrow_widths
from workbench.methods.together.mixed import through


class TaskAdaptersTogetherConfig(TaskAdapterConfig):
    """Settings of each adapter, and what becomes of the encoder."""

    encoder: Literal["learn", "keep"] = Field(
        "learn",
        description="The encoder learns from every task (multi-task), or stays as it was pretrained (transfer).",
        json_schema_extra=shown("Encoder"),
    )

    def of_one_task(self) -> TaskAdapterConfig:
        """What each task's patch is made with."""
        return TaskAdapterConfig.model_validate(self.model_dump(exclude={"encoder"}))


class TaskAdaptersModel(SeveralModel):
    """One encoder; for each task an adapter and a last layer.

    Attributes:
        encoder: Shared by all tasks; its own last layer is not used.
        adapters, last: By task.
    """

    def __init__(
        self,
        backbone: Backbone,
        tasks: Sequence[TaskClasses],
        config: TaskAdaptersTogetherConfig,
        seed: int,
    ) -> None:
        super().__init__()
        self.tasks = tuple(tasks)
        self.encoder = copy.deepcopy(checked_encoder(backbone))
        shape = self.encoder.shape
        widths, numbers = narrow_widths(shape, config.width), [len(t.classes) for t in tasks]
        self.adapters = nn.ModuleList(TaskAdapter(shape, widths, n, seed) for n in numbers)
        self.last = nn.ModuleList(nn.Linear(shape.widths[-1], n) for n in numbers)
        for layer in self.last:
            draw_parameters([layer], seed)  # type: ignore[list-item]

    def adapter(self, task: int) -> TaskAdapter:
        return self.adapters[task]  # type: ignore[return-value]

    def head(self, task: int) -> nn.Linear:
        return self.last[task]  # type: ignore[return-value]

    def heads(self) -> tuple[nn.Module, ...]:
        return tuple(self.last)

    def logits(self, x: Tensor, task: int) -> Tensor:
        return self.logits_of(x, [task])[0]

    def logits_of(self, x: Tensor, tasks: Sequence[int]) -> list[Tensor]:
        """Logits (batch, class) of each of some tasks; the encoder is computed once."""
        *shared, embedding = self.encoder.activations_and_embedding(x)
        return [self.of_activations(shared, embedding, task) for task in tasks]

    def of_activations(self, shared: Sequence[Tensor], embedding: Tensor, task: int) -> Tensor:
        """Logits of one task from what the encoder gave."""
        return self.head(task)(embedding) + self.adapter(task)(shared)  # type: ignore[no-any-return]

    def first_network(self) -> AudioEncoder:
        """A copy of the encoder with the last layer of the first task."""
        network = copy.deepcopy(self.encoder)
        network.classifier = copy.deepcopy(self.head(0))
        return network


class TogetherStage(SeveralStage):
    """One step a round: the encoder sees all clips at once, each adapter its own task's."""

    name, title = "task_adapters", "Adapters and gates"

    def __init__(
        self, model: TaskAdaptersModel, config: TaskAdaptersTogetherConfig, epochs: int
    ) -> None:
        self.model = model
        self.epochs = epochs
        self._config = config
        self._learns = config.encoder == "learn"

    def configure(self) -> list[nn.Parameter]:
        self.model.requires_grad_(True)
        self.model.encoder.requires_grad_(self._learns)
        self.model.encoder.head_layer.requires_grad_(False)
        return [parameter for parameter in self.model.parameters() if parameter.requires_grad]

    def set_training_mode(self) -> None:
        self.model.train()
        self.model.encoder.train(self._learns)

    def turns(self, batches: Sequence[Batch], draw: Draw) -> Iterator[Turn]:
        model, config = self.model, self._config
        features = [batch.features for batch in batches]
        found = through(model.encoder.activations_and_embedding, features)
        total, losses = features[0].new_zeros(()), []
        for task, (batch, (*shared, embedding)) in enumerate(zip(batches, found, strict=True)):
            adapter = model.adapter(task)
            adapter.slope.fill_(slope_at(draw.progress, config.last_slope))
            logits = model.of_activations(shared, embedding, task)
            loss = batch.loss(logits)
            total = total + loss + config.price * adapter.cost(config.unit)
            losses.append(TaskLoss(task, loss.detach(), logits))
        yield Turn(total, tuple(losses), {"slope": slope_at(draw.progress, config.last_slope)})

    def gates(self) -> Gates:
        adapters = [self.model.adapter(task) for task in range(len(self.model.tasks))]
        return gates_of(adapters, self._config)

    def leave(self) -> None:
        for task in range(len(self.model.tasks)):
            self.model.adapter(task).harden()


class TaskAdaptersTogether(SeveralMethod[TaskAdaptersTogetherConfig, TaskAdaptersModel]):
    name: ClassVar[str] = "task_adapters_together"
    title: ClassVar[str] = "Task adapters together"
    sentence: ClassVar[str] = (
        "One audio encoder, computed once; each task adds a narrow one beside it, with channels that earn their price."
    )
    Config: ClassVar[type[MethodConfig]] = TaskAdaptersTogetherConfig

    def check(
        self,
        layers: Sequence[LayerInfo],
        tasks: Sequence[TaskClasses],
        config: TaskAdaptersTogetherConfig,
    ) -> None:
        shape_of(layers)

    def attach(
        self,
        backbone: Backbone,
        tasks: Sequence[TaskClasses],
        config: TaskAdaptersTogetherConfig,
        seed: int,
    ) -> TaskAdaptersModel:
        return TaskAdaptersModel(backbone, tasks, config, seed)

    def stages(
        self, model: TaskAdaptersModel, config: TaskAdaptersTogetherConfig, epochs: int
    ) -> list[SeveralStage]:
        return [TogetherStage(model, config, epochs)]

    def shared(
        self, model: TaskAdaptersModel, config: TaskAdaptersTogetherConfig
    ) -> Backbone | None:
        return model.first_network() if config.encoder == "learn" else None

    def patches(
        self, model: TaskAdaptersModel, config: TaskAdaptersTogetherConfig
    ) -> tuple[TaskPatch, ...]:
        single = config.of_one_task()
        return tuple(
            TaskPatch(TaskAdapterMethod.name, single, _tensors(model, task))
            for task in range(len(model.tasks))
        )


def _tensors(model: TaskAdaptersModel, task: int) -> dict[str, Tensor]:
    """What a task stores, under the names of a patch of that task alone."""
    head = model.head(task)
    own = model.adapter(task).tensors() | {"head/weight": head.weight, "head/bias": head.bias}
    return {name: tensor.detach().clone() for name, tensor in own.items()}
