"""SpotTune (methods.md 5.3): two paths per block, one choice per input, and the agent that makes it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.methods.conftest import CLASSES, Case, make_case, take_steps
from workbench.backbones.registry import build
from workbench.methods.base import Draw
from workbench.methods.registry import get
from workbench.methods.spottune.agent import Agent, fitting_width
from workbench.methods.spottune.model import SpotTuneModel, blocks

ARCHITECTURES = ("bcresnet1", "res8-narrow")


def trained(architecture: str, **settings: object) -> tuple[Case, SpotTuneModel]:
    case = make_case("spottune", architecture, **settings)
    assert isinstance(case.model, SpotTuneModel)
    (stage,) = case.method.stages(case.model, case.config, epochs=1)
    take_steps(stage, case, 3)
    case.model.eval()
    return case, case.model


@torch.no_grad()
def prefer(model: SpotTuneModel, tuned: bool) -> None:
    """Make the agent choose the same path for every input and block."""
    model.agent.choose.weight.zero_()
    model.agent.choose.bias.view(-1, 2).copy_(torch.tensor([float(tuned), float(not tuned)]))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_path_is_a_plain_network(architecture: str) -> None:
    """All tuned equals the backbone with its changes added, all frozen the backbone without them."""
    case, model = trained(architecture)
    x = case.features(5)
    for tuned in (True, False):
        prefer(model, tuned)
        plain = build(architecture, len(CLASSES)).eval()
        state = model.backbone.state_dict()
        with torch.no_grad():
            plain.load_state_dict({name: state[name] for name in plain.state_dict()})
            for row in model.forked:
                if tuned:
                    plain.get_parameter(f"{row.name}.weight").add_(state[f"{row.name}.delta"])
            torch.testing.assert_close(model(x), plain(x), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_inputs_of_one_batch_take_their_own_paths(architecture: str) -> None:
    case, model = trained(architecture)
    with torch.no_grad():
        model.agent.choose.weight.mul_(300)
        x = case.features(5)
        scores = model.agent(x)
        choices = scores[..., 0] > scores[..., 1]
        assert choices.any()
        assert not choices.all()
        alone = torch.cat([model(one[None]) for one in x])
        torch.testing.assert_close(model(x), alone, atol=1e-5, rtol=1e-4)


def test_the_agent_learns_through_its_samples() -> None:
    case, model = trained("bcresnet1")
    (stage,) = case.method.stages(model, case.config, epochs=1)
    stage.configure()
    stage.set_training_mode()
    stage.step(case.batch(), Draw(torch.Generator().manual_seed(3), 0, (0, 0))).loss.backward()
    assert model.agent.choose.weight.grad.abs().sum() > 0
    assert set(model.usage.tolist()) - {0.0, 1.0}, "six inputs of one batch differ in their paths"


def test_the_likelier_path_is_taken_unless_sampling_is_asked_for() -> None:
    for sampled in (False, True):
        case, model = trained("bcresnet1", sampled=sampled)
        with torch.no_grad():
            runs = [model(case.features(5)) for _ in range(4)]
        assert all(torch.equal(runs[0], run) for run in runs[1:]) is not sampled


@pytest.mark.parametrize(("architecture", "published"), [("bcresnet8", 0.51), ("res15", 0.54)])
def test_the_agent_is_as_large_as_the_table_implies(architecture: str, published: float) -> None:
    layers = build(architecture, 12).layers()
    agent = Agent(layers[0].input_shape, fitting_width(layers), 12)
    share = sum(p.numel() for p in agent.parameters()) / sum(row.parameters for row in layers)
    assert share == pytest.approx(published, abs=0.06)


@pytest.mark.parametrize("architecture", ["resnet18", "resnet50", "mobilenet_v2"])
def test_on_pictures_the_agent_is_a_fifth_and_computes_less_than_the_network(
    architecture: str,
) -> None:
    """With the thousand classes that public weights have, at 224 pixels."""
    layers, spottune = build(architecture, 1000).layers(), get("spottune")
    agent = Agent(layers[0].input_shape, fitting_width(layers), len(blocks(layers)))
    body = sum(row.parameters for row in layers if row.group != "head")
    assert sum(p.numel() for p in agent.parameters()) / body == pytest.approx(0.2, abs=0.02)
    cost = spottune.predicted_cost(layers, spottune.Config(), 1000)
    assert cost.least_multiplies - cost.backbone_multiplies < 0.8 * cost.backbone_multiplies


def test_five_tasks_on_resnet50_take_seven_times_the_storage() -> None:
    """SWR's Table 3, which leaves heads out."""
    layers, spottune = build("resnet50", 1).layers(), get("spottune")
    cost = spottune.predicted_cost(layers, spottune.Config(), 1)
    assert 1 + 5 * cost.ratio == pytest.approx(7, abs=0.1)


@torch.no_grad()
@pytest.mark.parametrize(("side", "seen"), [(32, 32), (64, 64), (96, 48), (130, 43)])
def test_large_pictures_are_averaged_down_and_their_cost_is_known(side: int, seen: int) -> None:
    backbone, spottune = build("resnet20", len(CLASSES)), get("spottune")
    backbone.input_spec = replace(backbone.input_spec, shape=(3, side, side))
    config = spottune.Config()
    model = spottune.attach(backbone, CLASSES, config, seed=4).eval()
    looked_at: list[torch.Tensor] = []
    model.agent.stem.register_forward_pre_hook(lambda _, inputs: looked_at.append(inputs[0]))
    x = torch.randn(2, 3, side, side)
    model(x)
    step = side // seen
    whole = x[..., : seen * step, : seen * step]
    by_hand = whole.reshape(2, 3, seen, step, seen, step).mean((3, 5))
    torch.testing.assert_close(looked_at[0], by_hand)
    predicted = spottune.predicted_cost(backbone.layers(), config, len(CLASSES))
    assert spottune.cost(model, config) == predicted


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_cost_of_one_path_and_of_both(architecture: str) -> None:
    case = make_case("spottune", architecture)
    layers = case.loaded.backbone.layers()
    cost = case.method.cost(case.model, case.config)
    in_stages = sum(row.multiplies for row in layers if row.group.startswith("stage"))
    assert cost.multiplies - cost.least_multiplies == in_stages
    assert cost.least_multiplies > cost.backbone_multiplies
    assert cost == get("spottune").predicted_cost(layers, case.config, len(CLASSES))
