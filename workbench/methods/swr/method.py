"""SWR: scalable weight reparametrization.

Source: Kim et al., "Scalable Weight Reparametrization for Efficient Transfer Learning" (arXiv 2302.13435).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import (
    Cost,
    StoredShape,
    affine_of,
    predict_cost,
    refuse_without_affine,
    statistics_of,
)
from workbench.budget.policy import (
    adaptable,
    estimated_probabilities,
    exact_policy,
    shares,
    weight_count,
)
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.int8 import DELTA, SCALE, quantize, stored_delta
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.stages import (
    PolicyStage,
    ReparametrizeStage,
    SuperNetStage,
    UnstagedStage,
)


class Swr(Method[SwrConfig, SwrModel]):
    name: ClassVar[str] = "swr"
    title: ClassVar[str] = "SWR"
    sentence: ClassVar[str] = "Learns which layers deserve your budget, then changes only those."
    cost_class: ClassVar[str] = "Stores the budget; no extra computing"
    Config: ClassVar[type[MethodConfig]] = SwrConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        mergeable=True, chooses_layers=True, has_policy=True, moves_statistics=True
    )

    picture_settings: ClassVar[Mapping[str, object]] = {"policy_weight": 3.0}
    """As the paper has it for ImageNet-to-Sketch (section 4)."""

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: SwrConfig, seed: int
    ) -> SwrModel:
        return SwrModel(backbone, classes, config, seed)

    def stages(self, model: SwrModel, config: SwrConfig, epochs: int) -> list[Stage]:
        if not config.staged:
            return [UnstagedStage(model, config, epochs)]
        last = ReparametrizeStage(model, config, epochs)
        policy = PolicyStage(model, config, config.policy_epochs or max(1, -(-epochs // 3)))
        first = [SuperNetStage(model, config, epochs)] if config.super_net else []
        return [*first, policy, last]

    def decide_kernels(self, model: SwrModel) -> tuple[LayerDecision, ...]:
        decided = zip(
            model.rows, model.shares, model.chosen, model.probability.tolist(), strict=True
        )
        return tuple(
            decide(row, share, delta.base, delta.delta if on else None, probability)
            for (row, share, on, probability), delta in zip(
                decided, model.injected.values(), strict=True
            )
        )

    def trains_norms(self, config: SwrConfig) -> bool:
        return config.train_affine

    def predicted_cost(self, layers: Sequence[LayerInfo], config: SwrConfig, classes: int) -> Cost:
        chosen = exact_policy(estimated_probabilities(layers), shares(layers), config.budget)
        return self.cost_of_choice(layers, config, classes, chosen)

    def cost_of_choice(
        self,
        layers: Sequence[LayerInfo],
        config: SwrConfig,
        classes: int,
        chosen: Sequence[bool],
    ) -> Cost:
        """Cost of storing exactly the chosen adaptable layers."""
        rows = adaptable(layers)
        stored = sum(weight_count(row) for row, on in zip(rows, chosen, strict=True) if on)
        if config.train_affine:
            refuse_without_affine(layers)
            stored += affine_of(layers)
        bytes_per_value = 2 if config.half_precision else 4
        saved = 0
        if config.int8:
            changed = [row for row, on in zip(rows, chosen, strict=True) if on]
            saved = sum(weight_count(row) for row in changed) * (bytes_per_value - 1)
            stored += sum(row.weight_shape[0] for row in changed)
        plan = StoredShape(stored, statistics_of(layers), bytes_per_value)
        return predict_cost(layers, plan, classes, extra_bytes=-saved)

    def patch_tensors(self, model: SwrModel, config: SwrConfig) -> dict[str, Tensor]:
        tensors = super().patch_tensors(model, config)
        if config.train_affine:
            tensors |= {name: p.detach().clone() for name, p in model.affine().items()}
        steps: dict[str, Tensor] = {}
        for (name, delta), on in zip(model.injected.items(), model.chosen, strict=True):
            if on and config.int8:
                steps[f"{DELTA}{name}.weight"], scale = quantize(delta.delta.detach())
                tensors[f"{SCALE}{name}.weight"] = scale
            elif on:
                tensors[f"{DELTA}{name}.weight"] = delta.delta.detach().clone()
        dtype = torch.float16 if config.half_precision else torch.float32
        return steps | {name: tensor.to(dtype) for name, tensor in tensors.items()}

    @torch.no_grad()
    def load(self, model: SwrModel, tensors: Mapping[str, Tensor]) -> None:
        super().load(model, tensors)
        for name, parameter in model.affine().items():
            if name in tensors:
                parameter.copy_(tensors[name])
        for i, (name, delta) in enumerate(model.injected.items()):
            change = stored_delta(tensors, f"{name}.weight")
            model.decision[i] = float(change is not None)
            if change is not None:
                delta.delta.copy_(change)
        model.switch_to_decision()

    def merged(self, model: SwrModel) -> Backbone:
        return model.folded()

    def rates(self, model: SwrModel, config: SwrConfig) -> dict[nn.Parameter, float]:
        return dict.fromkeys(model.policy.parameters(), config.policy_rate)

    def artifacts(self, model: SwrModel, config: SwrConfig) -> dict[str, dict[str, Any]]:
        # Without stages the policy knows the run's own budget only and answers for no other.
        return {"policy": dict(model.policy.state_dict())} if config.staged else {}
