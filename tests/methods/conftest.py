"""Every method on every tiny backbone."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from workbench.backbones.base import Backbone
from workbench.backbones.card import WeightsCard
from workbench.backbones.inputs import picture_of
from workbench.backbones.registry import LoadedBackbone, build, default_input
from workbench.budget.policy import estimated_probabilities, exact_policy, shares
from workbench.methods.base import Batch, Draw, Method, MethodConfig, Stage, TaskModel
from workbench.methods.norms import norms
from workbench.methods.registry import get, names
from workbench.methods.swr.model import SwrModel

TINY_BACKBONES = (
    *("bcresnet1", "res8-narrow", "audio_encoder_small_separable"),
    *("mobilenet_v2-0.35", "resnet20", "lenet5_small"),
)
LARGER_BACKBONES = ("resnet18", "densenet100-bc", "inception_v3")
"""Picture networks of other kinds, too slow to train in every test."""
SIDES = {"mobilenet_v2-0.35": 64, "resnet18": 64, "inception_v3": 75}
"""Pixels of pictures where an architecture's own are too many for a test."""
CLASSES = ("_unknown_", "eins", "zwei", "drei")
BATCH = 6


@functools.cache
def tiny_backbone(architecture: str) -> LoadedBackbone:
    """Random weights with statistics that fit its inputs, so that nothing is degenerate."""
    torch.manual_seed(11)
    backbone = build(architecture, 7)
    config = default_input(architecture)
    if architecture in SIDES:
        config = picture_of(config).at(SIDES[architecture])
        backbone.input_spec = replace(backbone.input_spec, shape=config.shape)
    _settle_statistics(backbone)
    state = b"".join(t.numpy().tobytes() for t in backbone.state_dict().values())
    card = WeightsCard(
        name=f"{architecture}.tiny",
        architecture=architecture,
        labels=tuple("abcdefg"),
        frontend=config,
        sha256=hashlib.sha256(state).hexdigest(),
    )
    return LoadedBackbone(backbone, card)


@torch.no_grad()
def _settle_statistics(backbone: Backbone) -> None:
    """Give every norm the statistics of one batch; running means would take many batches to forget where they began."""
    found = [norm for _, norm in norms(backbone)]
    usual = [norm.momentum for norm in found]
    for norm in found:
        norm.momentum = 1.0
    backbone.train()(torch.randn(64, *backbone.input_spec.shape))
    for norm, momentum in zip(found, usual, strict=True):
        norm.momentum = momentum
    backbone.eval()


@dataclass(frozen=True)
class Case:
    """A method attached to a tiny backbone."""

    method: Method
    config: MethodConfig
    loaded: LoadedBackbone
    model: TaskModel

    def features(self, seed: int = 3) -> Tensor:
        shape = self.loaded.backbone.input_spec.shape
        return torch.randn(BATCH, *shape, generator=torch.Generator().manual_seed(seed))

    def batch(self, seed: int = 3) -> Batch:
        labels = torch.arange(BATCH) % len(CLASSES)
        return Batch(labels, lambda: self.features(seed))

    def train(self, steps: int = 2) -> None:
        """A few steps of every stage, in order."""
        for stage in self.method.stages(self.model, self.config, epochs=1):
            stage.enter()
            take_steps(stage, self, steps)
            stage.leave()

    def logits(self) -> Tensor:
        self.model.eval()
        with torch.no_grad():
            return self.model(self.features(seed=5))


def take_steps(stage: Stage, case: Case, steps: int) -> None:
    optimizer = torch.optim.Adam(stage.configure(), 1e-2)
    stage.set_training_mode()
    generator = torch.Generator().manual_seed(1)
    for step in range(steps):
        output = stage.step(case.batch(step), Draw(generator, step / steps, (0, step)))
        optimizer.zero_grad(set_to_none=True)
        output.loss.backward()
        optimizer.step()


def make_case(method: str, architecture: str, **settings: object) -> Case:
    chosen = get(method)
    config = chosen.Config.model_validate(settings)
    loaded = tiny_backbone(architecture)
    return Case(chosen, config, loaded, chosen.attach(loaded.backbone, CLASSES, config, seed=4))


def force_estimated_decision(case: Case) -> None:
    """What the predicted cost takes for decided before any policy is learned."""
    assert isinstance(case.model, SwrModel)
    table = case.loaded.backbone.layers()
    chosen = exact_policy(estimated_probabilities(table), shares(table), 0.5)
    case.model.decision.copy_(torch.tensor(chosen, dtype=torch.float32))
    case.model.switch_to_decision()


SETTINGS: dict[str, list[dict[str, object]]] = {
    "swr": [{"budget": 0.5}],
    "residual_adapter": [{}, {"place": "series"}],
}
"""What a method is proved with where its defaults are not enough."""

REFUSED = {
    ("task_adapter", "bcresnet1"): "audio encoder",
    ("task_adapter", "res8-narrow"): "audio encoder",
    ("task_adapter", "mobilenet_v2-0.35"): "audio encoder",
    ("task_adapter", "resnet20"): "audio encoder",
    ("task_adapter", "lenet5_small"): "audio encoder",
    **{("task_adapter", architecture): "audio encoder" for architecture in LARGER_BACKBONES},
    ("patch", "lenet5_small"): "no norms",
}
"""Methods that a backbone does not allow, and a word of the reason."""

VARIANTS = [(method, settings) for method in names() for settings in SETTINGS.get(method, [{}])]


def pair_name(variant: tuple[tuple[str, dict[str, object]], str]) -> str:
    (method, settings), architecture = variant
    return "-".join((method, *map(str, settings.values()), architecture))


PAIRS = [(v, a) for v in VARIANTS for a in TINY_BACKBONES if (v[0], a) not in REFUSED]
TRACED = [(v, a) for v, a in PAIRS if a != "mobilenet_v2-0.35" or v[0] == "finetune"]
"""Pairs whose graphs are traced; 52 convolutions take half a minute for each form that a method gives them."""


@pytest.fixture(params=PAIRS, ids=pair_name)
def case(request: pytest.FixtureRequest) -> Case:
    (method, settings), architecture = request.param
    return make_case(method, architecture, **settings)
