"""The stages of SWR: super-net, policy, reparametrize; and the paper's unstaged ablation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from workbench.methods.base import Batch, Draw, Stage, StepOutput, replace_head
from workbench.methods.gumbel import hard_gumbel
from workbench.methods.norms import norms
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.policy_net import soft_cost, temperature_at

BATCH_NORM_MOMENTUM = 0.1


class _SwrStage(Stage):
    def __init__(self, model: SwrModel, config: SwrConfig, epochs: int) -> None:
        self.model = model
        self.config = config
        self.epochs = epochs

    def set_training_mode(self) -> None:
        self.model.train()

    def _thaw(self, parameters: list[nn.Parameter]) -> list[nn.Parameter]:
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        for parameter in parameters:
            parameter.requires_grad_(True)
        return parameters

    def _head(self) -> list[nn.Parameter]:
        return list(self.model.backbone.head_layer.parameters())

    def _classify(self, batch: Batch) -> tuple[Tensor, Tensor]:
        logits = self.model(batch.features)
        return logits, batch.loss(logits)


class SuperNetStage(_SwrStage):
    """1a: every delta weight and the head learn; scales and shifts stay, statistics move."""

    name, title = "super_net", "Super-net"

    def configure(self) -> list[nn.Parameter]:
        self.model.switch([1.0] * len(self.model.rows))
        deltas = [delta.delta for delta in self.model.injected.values()]
        return self._thaw(deltas + self._head())

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        logits, loss = self._classify(batch)
        return StepOutput(loss, loss.detach(), logits)


class _PolicyLoss(_SwrStage):
    """Shared by the stages that learn the policy: sample decisions, price their expected cost."""

    def _policy_step(self, batch: Batch, draw: Draw, budget: float) -> StepOutput:
        config, model = self.config, self.model
        temperature = temperature_at(
            draw.progress, config.start_temperature, config.end_temperature
        )
        decision_logits = model.policy(budget)
        decisions = hard_gumbel(decision_logits, temperature, draw.generator)
        model.switch(list(decisions.unbind()))
        logits, target_loss = self._classify(batch)
        cost = soft_cost(decision_logits, temperature, self._priced_shares())
        policy_loss = (cost - budget).abs()
        hard = float((decisions.detach() * torch.tensor(model.shares)).sum())
        extras = {
            "policy_loss": float(policy_loss.detach()),
            "soft_cost": float(cost.detach()),
            "hard_cost": hard,
            "temperature": temperature,
            "budget": budget,
        }
        loss = target_loss + config.policy_weight * policy_loss
        return StepOutput(loss, target_loss.detach(), logits, extras)

    def _priced_shares(self) -> Tensor:
        if self.config.weighted_shares:
            return torch.tensor(self.model.shares)
        count = len(self.model.rows)
        return torch.full((count,), 1.0 / count)

    def decisions(self) -> tuple[tuple[float, ...], float, float]:
        self.model.decide(self.config)
        probabilities = tuple(self.model.probability.tolist())
        return probabilities, self.config.budget, self.model.hard_cost


class PolicyStage(_PolicyLoss):
    """1b: only the policy network learns, on the frozen super-net, for budgets drawn from U(0, 1).

    Norms use batch statistics but keep their buffers: the super-net's fit no other decision.
    """

    name, title = "policy", "Policy"
    validates = False

    def configure(self) -> list[nn.Parameter]:
        for _, norm in norms(self.model.backbone):
            norm.momentum = 0.0
        parameters = list(self.model.policy.parameters())
        if not self.config.super_net:
            parameters += [delta.delta for delta in self.model.injected.values()] + self._head()
        return self._thaw(parameters)

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        budget = float(torch.rand((), generator=draw.generator))
        return self._policy_step(batch, draw, budget)

    def leave(self) -> None:
        for _, norm in norms(self.model.backbone):
            norm.momentum = BATCH_NORM_MOMENTUM
        self.model.decide(self.config)


class ReparametrizeStage(_SwrStage):
    """2: the chosen layers learn a fresh delta weight, and the task a fresh head."""

    name, title = "reparametrize", "Reparametrize"

    def enter(self) -> None:
        model = self.model
        model.decide(self.config)
        model.restore_statistics()
        replace_head(model.backbone, len(model.classes), model.seed + 1)
        with torch.no_grad():
            for delta, on in zip(model.injected.values(), model.chosen, strict=True):
                if not (on and self.config.keep_super_weights):
                    delta.delta.zero_()

    def configure(self) -> list[nn.Parameter]:
        model = self.model
        model.switch_to_decision()
        active = zip(model.injected.values(), model.chosen, strict=True)
        parameters = [delta.delta for delta, on in active if on] + self._head()
        if self.config.train_affine:
            parameters += [model.backbone.get_parameter(name) for name in model.affine_names]
        return self._thaw(parameters)

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        logits, loss = self._classify(batch)
        return StepOutput(loss, loss.detach(), logits)

    def decisions(self) -> tuple[tuple[float, ...], float, float]:
        decided = tuple(self.model.decision.tolist())
        return decided, self.config.budget, self.model.hard_cost


class UnstagedStage(_PolicyLoss):
    """Ablation: policy, delta weights and head learn together at the run's fixed budget."""

    name, title = "unstaged", "Policy and weights together"

    def configure(self) -> list[nn.Parameter]:
        deltas = [delta.delta for delta in self.model.injected.values()]
        return self._thaw(list(self.model.policy.parameters()) + deltas + self._head())

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        output = self._policy_step(batch, draw, self.config.budget)
        # What is scored between epochs is what the task would store now, not the last random sample.
        self.leave()
        return output

    def leave(self) -> None:
        self.model.decide(self.config)
        self.model.switch_to_decision()
