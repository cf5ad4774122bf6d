"""Task adapters.

Source: "Multi-task Adapters for On-device Audio Inference", sections 3 and 4; the price reads equation 6 as the limit
of equation 1 (``price``).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from workbench.backbones.audio_encoder import DEPTH
from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, predict_cost
from workbench.budget.policy import adaptable, weight_count
from workbench.methods.base import (
    Batch,
    Capabilities,
    Draw,
    Method,
    MethodConfig,
    Stage,
    StepOutput,
)
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.gates import Gates
from workbench.methods.norms import norms
from workbench.methods.supervised import SupervisedStage
from workbench.methods.task_adapter.config import TaskAdapterConfig
from workbench.methods.task_adapter.layer import EMBED, NarrowEncoder, TaskAdapter, gated_by
from workbench.methods.task_adapter.model import TaskAdapterModel, shape_of
from workbench.methods.task_adapter.price import multiplies_of, narrow_widths, positions_of

HELD = 0.1
"""Last share of the training in which the gates keep their steepest slope."""


def slope_at(progress: float, last: float) -> float:
    """Slope of the gates after a share of the training: from 1 by equal factors to ``last``, then held."""
    return last ** min(1.0, progress / (1 - HELD))  # type: ignore[no-any-return]


class TaskAdapterStage(SupervisedStage):
    """Adapter, gates and head learn together under the price of open channels; the encoder rests."""

    model: TaskAdapterModel

    def __init__(self, model: TaskAdapterModel, config: TaskAdapterConfig, epochs: int) -> None:
        def learned() -> list[nn.Parameter]:
            return [*model.adapter.parameters(), *model.backbone.head_layer.parameters()]

        super().__init__(model, "task_adapter", "Adapter and gates", epochs, learned)
        self._config = config

    def set_training_mode(self) -> None:
        super().set_training_mode()
        self.model.backbone.eval()

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        adapter = self.model.adapter
        adapter.slope.fill_(slope_at(draw.progress, self._config.last_slope))
        output = super().step(batch, draw)
        cost = adapter.cost(self._config.unit)
        extras = {
            "adapter_cost": float(cost.detach()),
            "open_channels": float(sum(map(len, adapter.live()))),
            "slope": float(adapter.slope),
        }
        loss = output.loss + self._config.price * cost
        return StepOutput(loss, output.target_loss, output.logits, extras)

    def decisions(self) -> tuple[tuple[float, ...], float | None, float]:
        kept = open_weights(self.model)
        total = sum(weight_count(row) for row in adaptable(self.model.layer_table))
        share = sum(w.numel() for w in kept.values() if w is not None) / total
        return tuple(mean_opening(self.model.adapter, name) for name in kept), None, share

    def gates(self) -> Gates:
        return gates_of([self.model.adapter], self._config)

    def leave(self) -> None:
        self.model.adapter.harden()


class TaskAdapterMethod(Method[TaskAdapterConfig, TaskAdapterModel]):
    name: ClassVar[str] = "task_adapter"
    title: ClassVar[str] = "Task adapter"
    sentence: ClassVar[str] = (
        "Adds a narrow network beside an audio encoder, and closes the channels that are not worth their price."
    )
    cost_class: ClassVar[str] = "Stores the channels it keeps; computes those as well"
    Config: ClassVar[type[MethodConfig]] = TaskAdapterConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        mergeable=False,
        chooses_layers=True,
        has_gates=True,
        adds_multiplies=True,
        only_reads=True,
    )

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: TaskAdapterConfig, seed: int
    ) -> TaskAdapterModel:
        return TaskAdapterModel(backbone, classes, config, seed)

    def stages(
        self, model: TaskAdapterModel, config: TaskAdapterConfig, epochs: int
    ) -> list[Stage]:
        return [TaskAdapterStage(model, config, epochs)]

    def decide_kernels(self, model: TaskAdapterModel) -> tuple[LayerDecision, ...]:
        """A layer is changed where channels beside it are open; its probability is their mean opening.

        The fully connected layer is among them, with its share in the convolution weights.
        """
        table, kept = model.layer_table, open_weights(model)
        total = sum(weight_count(row) for row in adaptable(table))
        return tuple(
            decide(
                row,
                weight_count(row) / total,
                model.backbone.get_parameter(f"{row.name}.weight"),
                kept[row.name],
                mean_opening(model.adapter, row.name),
            )
            for row in gated(table)
        )

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: TaskAdapterConfig, classes: int
    ) -> Cost:
        """With all gates open, which is the most that training can end with."""
        shape = shape_of(layers)
        widths = narrow_widths(shape, config.width)
        narrow = NarrowEncoder(shape, widths)
        columns = classes * widths[-1]
        stored = sum(p.numel() for p in narrow.parameters())
        stats = sum(2 * norm.num_features for _, norm in norms(narrow))
        plan = StoredShape(stored, stats)
        extra = multiplies_of(shape, widths, positions_of(layers)) + columns
        cost = predict_cost(layers, plan, classes, extra, columns * plan.bytes_per_value)
        return replace(cost, head_params=cost.head_params + columns)

    def make_room(self, model: TaskAdapterModel, tensors: Mapping[str, Tensor]) -> None:
        classes = len(model.classes)
        model.adapter = TaskAdapter.shaped_like(tensors, model.encoder, classes)

    def load(self, model: TaskAdapterModel, tensors: Mapping[str, Tensor]) -> None:
        model.adapter.load(tensors)
        head = model.head_tensors()
        for name, tensor in head.items():
            tensor.data.copy_(tensors[name])

    def merged(self, model: TaskAdapterModel) -> Backbone:
        """The encoder with the adapter beside it; the plain encoder where every channel is closed."""
        return copy.deepcopy(model.backbone) if self.is_mergeable(model) else model.joined()

    def is_mergeable(self, model: TaskAdapterModel) -> bool:
        return not len(model.adapter.live()[-1])


def gated(table: Sequence[LayerInfo]) -> tuple[LayerInfo, ...]:
    """Layers of the encoder that an adapter has one beside, in network order."""
    convolutions = {row.name for row in adaptable(table)}
    return tuple(row for row in table if row.name in convolutions or row.name == EMBED)


def open_weights(model: TaskAdapterModel) -> dict[str, Tensor | None]:
    """Weight of the adapter beside each of the ``gated`` layers of the encoder; None where no channel is open."""
    tensors = model.adapter.tensors()
    rows = gated(model.layer_table)
    return {row.name: tensors.get(f"adapter/{row.name}.weight") for row in rows}


@torch.no_grad()
def gates_of(adapters: Sequence[TaskAdapter], config: TaskAdapterConfig) -> Gates:
    """The gate map of adapters beside one encoder, one for each task, under one price."""
    openings = tuple(tuple(tuple(g.tolist()) for g in a.openings()) for a in adapters)
    return Gates(
        layers=(*(f"encode.{i}" for i in range(DEPTH)), EMBED),
        openings=openings,
        slope=float(adapters[0].slope),
        price=config.price,
        unit=config.unit,
        costs=tuple(float(adapter.cost(config.unit)) for adapter in adapters),
    )


def mean_opening(adapter: TaskAdapter, layer: str) -> float:
    """Mean opening of the gates beside a layer of the encoder, which is named."""
    gates = adapter.openings()[gated_by(layer)].detach()
    return float(gates.mean()) if len(gates) else 0.0
