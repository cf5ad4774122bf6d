"""The task model of SpotTune: tuned copies of the convolutions in blocks, and the agent that chooses."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from workbench.backbones.base import Backbone, LayerInfo
from workbench.budget.policy import adaptable
from workbench.methods.base import TaskModel
from workbench.methods.gumbel import hard_gumbel
from workbench.methods.norms import affine_names, statistics
from workbench.methods.spottune.agent import Agent, fitting_width
from workbench.methods.spottune.config import SpotTuneConfig


class Paths:
    """Which path each input takes, from the agent's look at it until its last block.

    Attributes:
        chosen: (batch, block) of 0 and 1.
        generator: Makes samples; None takes the likelier path.
    """

    def __init__(self, temperature: float) -> None:
        self.temperature = temperature
        self.chosen: Tensor | None = None
        self.generator: Generator | None = None

    def choose(self, scores: Tensor) -> None:
        if self.generator is None:
            self.chosen = (scores[..., 0] > scores[..., 1]).to(scores.dtype)
        else:
            self.chosen = hard_gumbel(scores, self.temperature, self.generator)


class _Look:
    """Hook before the first layer: the agent looks at the input."""

    def __init__(self, agent: Agent, paths: Paths) -> None:
        self.agent = agent
        self.paths = paths

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.paths.choose(self.agent(inputs[0]))


class _Fork:
    """Hook behind a convolution: inputs on the tuned path get what the change of its weight adds."""

    def __init__(self, block: int, paths: Paths) -> None:
        self.block = block
        self.paths = paths

    def __call__(self, conv: nn.Conv2d, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        assert self.paths.chosen is not None
        tuned = self.paths.chosen[:, self.block, None, None, None]
        return output + tuned * conv._conv_forward(inputs[0], conv.delta, None)  # type: ignore[arg-type, no-any-return]


class SpotTuneModel(TaskModel):
    """Backbone whose blocks have a frozen and a tuned path.

    Because a path is taken wholly or not at all, choosing behind each convolution is choosing behind each block; both
    paths share the block's norms.

    Attributes:
        forked: Layers with two paths.
        whole: Names of parameters outside them that learn without a choice: kernels outside blocks, scales, shifts.
        blocks: Names in network order.
        usage: (block,) share of the last batch that took the tuned path; one half before the first. Kept in
            checkpoints, since a patch's card tells it.
    """

    usage: Tensor

    def __init__(
        self, backbone: Backbone, classes: Sequence[str], config: SpotTuneConfig, seed: int
    ) -> None:
        super().__init__(backbone, classes, seed)
        self.requires_grad_(False)
        self.forked = forked(self.layer_table)
        self.blocks = blocks(self.layer_table)
        apart = {row.name for row in adaptable(self.layer_table)} - {r.name for r in self.forked}
        kernels = tuple(f"{name}.weight" for name in sorted(apart))
        self.whole = kernels + affine_names(self.backbone)
        self.start = {
            name: self.backbone.get_parameter(name).detach().clone() for name in self.whole
        }
        self.register_buffer("usage", torch.full((len(self.blocks),), 0.5))
        self.paths = Paths(config.temperature)
        self.sampler = Generator().manual_seed(seed + 3) if config.sampled else None
        width = config.agent_width or fitting_width(self.layer_table)
        agent = Agent(self.layer_table[0].input_shape, width, len(self.blocks))
        _draw(agent, Generator().manual_seed(seed + 2))
        self._fork(agent)

    @property
    def agent(self) -> Agent:
        agent = self.backbone.get_submodule("agent")
        assert isinstance(agent, Agent)
        return agent

    def conv(self, name: str) -> nn.Conv2d:
        conv = self.backbone.get_submodule(name)
        assert isinstance(conv, nn.Conv2d)
        return conv

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            self.paths.generator = self.sampler
        logits: Tensor = super().forward(x)
        assert self.paths.chosen is not None
        self.usage.copy_(self.paths.chosen.detach().mean(0))
        self.paths.chosen = None
        return logits

    def without_chance(self) -> SpotTuneModel:
        """A copy that takes the likelier path."""
        other = copy.deepcopy(self)
        other.sampler = other.paths.generator = None
        return other

    def layer_usage(self) -> tuple[float, ...]:
        """``usage`` for each adaptable layer; 1 outside blocks."""
        by_block = dict(zip(self.blocks, self.usage.tolist(), strict=True))
        return tuple(by_block.get(row.block, 1.0) for row in adaptable(self.layer_table))

    def change_of(self, row: LayerInfo) -> tuple[Tensor, Tensor]:
        """Pretrained weight of a layer and what its tuned path adds to it."""
        conv = self.conv(row.name)
        name = f"{row.name}.weight"
        if name in self.start:
            return self.start[name], conv.weight.detach() - self.start[name]
        return conv.weight.detach(), conv.get_parameter("delta").detach()

    def tensors(self) -> dict[str, nn.Parameter]:
        """What learns besides the head, by patch name."""
        found = {f"agent/{name}": p for name, p in self.agent.named_parameters()}
        found |= {f"weight/{name}": self.backbone.get_parameter(name) for name in self.whole}
        deltas = {row.name: self.conv(row.name).get_parameter("delta") for row in self.forked}
        return found | {f"delta/{name}.weight": delta for name, delta in deltas.items()}

    def stored(self) -> dict[str, Tensor]:
        return self.tensors() | statistics(self.backbone) | super().stored()

    def _fork(self, agent: Agent) -> None:
        self.backbone.add_module("agent", agent)
        first = self.conv(self.layer_table[0].name)
        first.register_forward_pre_hook(_Look(agent, self.paths))
        for row in self.forked:
            conv = self.conv(row.name)
            conv.register_parameter("delta", nn.Parameter(torch.zeros_like(conv.weight)))
            conv.register_forward_hook(_Fork(self.blocks.index(row.block), self.paths))


def forked(layers: Sequence[LayerInfo]) -> tuple[LayerInfo, ...]:
    """Convolutions inside stages."""
    return tuple(row for row in adaptable(layers) if row.group.startswith("stage"))


def blocks(layers: Sequence[LayerInfo]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.block for row in forked(layers)))


@torch.no_grad()
def _draw(agent: Agent, generator: Generator) -> None:
    """He et al. 2015, normal, for the kernels; the choice starts even."""
    for module in agent.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
    nn.init.normal_(agent.choose.weight, 0, 0.01, generator=generator)
    nn.init.zeros_(agent.choose.bias)
