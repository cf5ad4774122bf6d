"""SWR: scalable weight reparametrization.

Source: Kim et al., "Scalable Weight Reparametrization for Efficient Transfer Learning" (arXiv 2302.13435).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.cost import Cost, StoredShape, affine_of, predict_cost, statistics_of
from workbench.budget.policy import (
    adaptable,
    estimated_probabilities,
    exact_policy,
    shares,
    weight_count,
)
from workbench.methods.base import Capabilities, Method, MethodConfig, Stage, TaskModel
from workbench.methods.decision import LayerDecision, decide
from workbench.methods.int8 import DELTA, SCALE, quantize, stored_delta
from workbench.methods.norms import load_statistics, statistics
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.stages import (
    PolicyStage,
    ReparametrizeStage,
    SuperNetStage,
    UnstagedStage,
)


class Swr(Method):
    name: ClassVar[str] = "swr"
    title: ClassVar[str] = "SWR"
    sentence: ClassVar[str] = "Learns which layers deserve your budget, then changes only those."
    cost_class: ClassVar[str] = "Stores the budget; no extra computing"
    Config: ClassVar[type[MethodConfig]] = SwrConfig
    capabilities: ClassVar[Capabilities] = Capabilities(
        mergeable=True, chooses_layers=True, has_policy=True, moves_statistics=True
    )

    def attach(
        self, backbone: Backbone, classes: Sequence[str], config: MethodConfig, seed: int
    ) -> SwrModel:
        return SwrModel(backbone, classes, _swr(config), seed)

    def stages(self, model: TaskModel, config: MethodConfig, epochs: int) -> list[Stage]:
        config, model = _swr(config), _model(model)
        if not config.staged:
            return [UnstagedStage(model, config, epochs)]
        last = ReparametrizeStage(model, config, epochs)
        policy = PolicyStage(model, config, config.policy_epochs or max(1, -(-epochs // 3)))
        first = [SuperNetStage(model, config, epochs)] if config.super_net else []
        return [*first, policy, last]

    def decide_kernels(self, model: TaskModel) -> tuple[LayerDecision, ...]:
        swr = _model(model)
        decided = zip(swr.rows, swr.shares, swr.chosen, swr.probability.tolist(), strict=True)
        return tuple(
            decide(row, share, delta.base, delta.delta if on else None, probability)
            for (row, share, on, probability), delta in zip(
                decided, swr.injected.values(), strict=True
            )
        )

    def trains_norms(self, config: MethodConfig) -> bool:
        return _swr(config).train_affine

    def predicted_cost(
        self, layers: Sequence[LayerInfo], config: MethodConfig, classes: int
    ) -> Cost:
        chosen = exact_policy(estimated_probabilities(layers), shares(layers), _swr(config).budget)
        return self.cost_of_choice(layers, config, classes, chosen)

    def cost_of_choice(
        self,
        layers: Sequence[LayerInfo],
        config: MethodConfig,
        classes: int,
        chosen: Sequence[bool],
    ) -> Cost:
        """Cost of storing exactly the chosen adaptable layers."""
        rows = adaptable(layers)
        stored = sum(weight_count(row) for row, on in zip(rows, chosen, strict=True) if on)
        if _swr(config).train_affine:
            stored += affine_of(layers)
        bytes_per_value = 2 if _swr(config).half_precision else 4
        saved = 0
        if _swr(config).int8:
            changed = [row for row, on in zip(rows, chosen, strict=True) if on]
            saved = sum(weight_count(row) for row in changed) * (bytes_per_value - 1)
            stored += sum(row.weight_shape[0] for row in changed)
        plan = StoredShape(stored, statistics_of(layers), bytes_per_value)
        return predict_cost(layers, plan, classes, extra_bytes=-saved)

    def patch_tensors(self, model: TaskModel, config: MethodConfig) -> dict[str, Tensor]:
        swr = _model(model)
        tensors: dict[str, Tensor] = statistics(swr.backbone) | swr.head_tensors()
        steps: dict[str, Tensor] = {}
        for (name, delta), on in zip(swr.injected.items(), swr.chosen, strict=True):
            if on and _swr(config).int8:
                steps[f"{DELTA}{name}.weight"], scale = quantize(delta.delta.detach())
                tensors[f"{SCALE}{name}.weight"] = scale
            elif on:
                tensors[f"{DELTA}{name}.weight"] = delta.delta
        if _swr(config).train_affine:
            tensors |= swr.affine()
        dtype = torch.float16 if _swr(config).half_precision else torch.float32
        return steps | {name: t.detach().to(dtype).clone() for name, t in tensors.items()}

    def load(self, model: TaskModel, tensors: Mapping[str, Tensor]) -> None:
        swr = _model(model)
        with torch.no_grad():
            for i, (name, delta) in enumerate(swr.injected.items()):
                stored = stored_delta(tensors, f"{name}.weight")
                swr.decision[i] = float(stored is not None)
                if stored is not None:
                    delta.delta.copy_(stored)
            load_statistics(swr.backbone, tensors)
        swr.load_affine(tensors)
        swr.load_head(tensors)
        swr.switch_to_decision()

    def merged(self, model: TaskModel) -> Backbone:
        return _model(model).folded()

    def rates(self, model: TaskModel, config: MethodConfig) -> dict[nn.Parameter, float]:
        return dict.fromkeys(_model(model).policy.parameters(), _swr(config).policy_rate)

    def artifacts(self, model: TaskModel, config: MethodConfig) -> dict[str, dict[str, Any]]:
        # Without stages the policy knows the run's own budget only and answers for no other.
        return {"policy": dict(_model(model).policy.state_dict())} if _swr(config).staged else {}


def _swr(config: MethodConfig) -> SwrConfig:
    assert isinstance(config, SwrConfig)
    return config


def _model(model: TaskModel) -> SwrModel:
    assert isinstance(model, SwrModel)
    return model
