"""SpotTune.

Source: Guo et al., "SpotTune: Transfer Learning through Adaptive Fine-tuning" (arXiv 1811.08737).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from torch import nn

from workbench.backbones.base import Backbone, LayerInfo, count_multiplies
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, statistics_of
from workbench.budget.policy import adaptable, shares, weight_count
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
from workbench.methods.norms import norms
from workbench.methods.spottune.agent import Agent, fitting_width
from workbench.methods.spottune.config import SpotTuneConfig
from workbench.methods.spottune.model import SpotTuneModel, blocks, forked
from workbench.methods.supervised import SupervisedStage


class SpotTuneStage(SupervisedStage):
    """Tuned paths, agent, norms and head learn together; each input's paths are sampled."""

    model: SpotTuneModel

    def __init__(self, model: SpotTuneModel, epochs: int) -> None:
        def learned() -> list[nn.Parameter]:
            return [*model.tensors().values(), *model.backbone.head_layer.parameters()]

        super().__init__(model, "spottune", "Tuned paths and agent", epochs, learned)

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        self.model.paths.generator = draw.generator
        output = super().step(batch, draw)
        return replace(output, extras={"tuned_paths": float(self.model.usage.mean())})

    def decisions(self) -> tuple[tuple[float, ...], float | None, float]:
        return self.model.layer_usage(), None, 1.0


class SpotTune(Method[SpotTuneConfig, SpotTuneModel]):
    name: ClassVar[str] = "spottune"
    title: ClassVar[str] = "SpotTune"
    sentence: ClassVar[str] = (
        "Lets an agent choose, for each sound or picture, which blocks to take tuned and which frozen."
    )
    cost_class: ClassVar[str] = "Stores a full copy and the agent; computes more"
    Config: ClassVar[type[MethodConfig]] = SpotTuneConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        mergeable=False, moves_statistics=True, adds_multiplies=True
    )

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: SpotTuneConfig, seed: int
    ) -> SpotTuneModel:
        return SpotTuneModel(backbone, classes, config, seed)

    def stages(self, model: SpotTuneModel, config: SpotTuneConfig, epochs: int) -> list[Stage]:
        return [SpotTuneStage(model, epochs)]

    def decide_kernels(self, model: SpotTuneModel) -> tuple[LayerDecision, ...]:
        """The probability of a layer is the share of the last inputs that took its tuned path."""
        table = model.layer_table
        rows = zip(adaptable(table), shares(table), model.layer_usage(), strict=True)
        return tuple(decide(row, share, *model.change_of(row), used) for row, share, used in rows)

    def trains_norms(self, config: SpotTuneConfig) -> bool:
        return True

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: SpotTuneConfig, classes: int
    ) -> Cost:
        """Both paths are computed; the fewest multiplies are those of one path and the agent."""
        width = config.agent_width or fitting_width(layers)
        agent = Agent(layers[0].input_shape, width, len(blocks(layers)))
        kernels = sum(weight_count(row) for row in adaptable(layers))
        stored = sum(p.numel() for p in agent.parameters()) + kernels + affine_of(layers)
        stats = statistics_of(layers) + sum(2 * norm.num_features for _, norm in norms(agent))
        looking = count_multiplies(agent, layers[0].input_shape)
        second_path = sum(row.multiplies for row in forked(layers))
        cost = predict_cost(layers, StoredShape(stored, stats), classes, looking + second_path)
        return replace(cost, least_multiplies=cost.multiplies - second_path)

    def cost(self, model: SpotTuneModel, config: SpotTuneConfig) -> Cost:
        counted = super().cost(model, config)
        second_path = sum(row.multiplies for row in model.forked)
        return replace(counted, multiplies=counted.multiplies + second_path)

    def merged(self, model: SpotTuneModel) -> Backbone:
        """The backbone with both paths and the agent, which takes the likelier path."""
        return model.without_chance().backbone

    def rates(self, model: SpotTuneModel, config: SpotTuneConfig) -> dict[nn.Parameter, float]:
        return dict.fromkeys(model.agent.parameters(), config.agent_rate)
