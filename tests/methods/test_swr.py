"""SWR against what its paper says, number by number (section references are to arXiv 2302.13435)."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.conftest import Case, make_case, take_steps
from workbench.backbones.base import LayerKind
from workbench.backbones.registry import build
from workbench.budget.policy import shares
from workbench.errors import WorkbenchError
from workbench.methods.base import Draw
from workbench.methods.gumbel import hard_gumbel
from workbench.methods.registry import get
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.policy_net import PolicyNet, soft_cost, temperature_at
from workbench.methods.swr.stages import PolicyStage, ReparametrizeStage, SuperNetStage


def swr_case(architecture: str = "bcresnet1", **settings: object) -> tuple[Case, SwrModel]:
    case = make_case("swr", architecture, **{"budget": 0.3, **settings})
    assert isinstance(case.model, SwrModel)
    return case, case.model


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("architecture", ["bcresnet1", "bcresnet8", "res15", "res8-narrow"])
def test_shares_sum_to_one(architecture: str) -> None:
    assert sum(shares(build(architecture, 12).layers())) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_gumbel_samples_the_softmax_whatever_the_temperature(temperature: float) -> None:
    """P(b = 1) = softmax((1, 0))[0] = 0.731 at every temperature."""
    logits = torch.tensor([[1.0, 0.0]]).repeat(20000, 1)
    decisions = hard_gumbel(logits, temperature, generator())
    assert set(decisions.unique().tolist()) == {0.0, 1.0}
    assert float(decisions.mean()) == pytest.approx(0.731, abs=0.01)


@pytest.mark.parametrize(("temperature", "expected"), [(0.5, 0.881), (1.0, 0.731), (2.0, 0.622)])
def test_priced_cost_does_depend_on_the_temperature(temperature: float, expected: float) -> None:
    cost = soft_cost(torch.tensor([[1.0, 0.0]]), temperature, torch.ones(1))
    assert float(cost) == pytest.approx(expected, abs=5e-4)


def test_temperature_follows_a_cosine() -> None:
    assert temperature_at(0.0, 2.0, 0.5) == pytest.approx(2.0)
    assert temperature_at(0.5, 2.0, 0.5) == pytest.approx(1.25)
    assert temperature_at(1.0, 2.0, 0.5) == pytest.approx(0.5)


@given(st.floats(0, 1), st.integers(1, 60))
def test_policy_is_deterministic_when_deployed(budget: float, layers: int) -> None:
    torch.manual_seed(layers)
    policy = PolicyNet(layers, 16)
    assert policy.probabilities(budget) == policy.probabilities(budget)
    assert all(0 <= p <= 1 for p in policy.probabilities(budget))


def test_policy_gradient_is_the_inner_product_of_weight_gradient_and_delta() -> None:
    """d loss / d b_l = <d loss / d w_l, w'_l> (section 4.6.6 of the specification)."""
    case, model = swr_case()
    for delta in model.injected.values():
        torch.nn.init.normal_(delta.delta, std=0.05, generator=generator(2))
        delta.delta.requires_grad_(True)
    decisions = torch.ones(len(model.rows), requires_grad=True)
    model.switch(list(decisions.unbind()))
    model.eval()
    model(case.features()).square().mean().backward()
    expected = [float((d.delta.grad * d.delta.detach()).sum()) for d in model.injected.values()]
    assert decisions.grad is not None
    assert decisions.grad.tolist() == pytest.approx(expected, rel=1e-3, abs=1e-7)


def test_policy_learns_from_the_task_only_where_deltas_are_not_zero() -> None:
    case, model = swr_case(policy_weight=0.0)
    stage = PolicyStage(model, case.config, 1)  # type: ignore[arg-type]
    parameters = stage.configure()
    stage.set_training_mode()

    def task_gradient() -> float:
        output = stage.step(case.batch(), Draw(generator(), 0.5, (0, 0)))
        grads = torch.autograd.grad(output.loss, parameters)
        return float(sum(g.abs().sum() for g in grads))

    assert task_gradient() == 0.0
    for delta in model.injected.values():
        with torch.no_grad():
            delta.delta.normal_(std=0.05, generator=generator(3))
    assert task_gradient() > 0.0


def test_each_phase_keeps_what_the_paper_freezes() -> None:
    case, model = swr_case()
    base = {name: delta.base.clone() for name, delta in model.injected.items()}
    affine = {name: model.backbone.get_parameter(name).clone() for name in model.affine_names}
    for stage in case.method.stages(model, case.config, 1):
        before = {n: b.clone() for n, b in model.backbone.named_buffers() if "running" in n}
        stage.enter()
        entered = {n: b.clone() for n, b in model.backbone.named_buffers() if "running" in n}
        take_steps(stage, case, 2)
        stage.leave()
        assert all(torch.equal(base[n], d.base) for n, d in model.injected.items())
        assert all(torch.equal(affine[n], model.backbone.get_parameter(n)) for n in affine)
        moved = [
            not torch.equal(entered[n], b)
            for n, b in model.backbone.named_buffers()
            if "running" in n
        ]
        assert not any(moved) if isinstance(stage, PolicyStage) else all(moved)
        if isinstance(stage, ReparametrizeStage):
            pretrained = model.pretrained_statistics
            assert all(torch.equal(entered[n], pretrained[n]) for n in before)


def test_the_last_stage_starts_from_zero_and_a_fresh_head() -> None:
    case, model = swr_case()
    supernet = SuperNetStage(model, case.config, 1)  # type: ignore[arg-type]
    take_steps(supernet, case, 2)
    head = model.backbone.head_layer.weight.clone()
    assert all(d.delta.abs().sum() > 0 for d in model.injected.values())
    ReparametrizeStage(model, case.config, 1).enter()  # type: ignore[arg-type]
    assert all(d.delta.abs().sum() == 0 for d in model.injected.values())
    assert not torch.equal(head, model.backbone.head_layer.weight)


def test_super_net_weights_are_kept_where_asked() -> None:
    case, model = swr_case(keep_super_weights=True)
    take_steps(SuperNetStage(model, case.config, 1), case, 2)  # type: ignore[arg-type]
    kept = {name: d.delta.clone() for name, d in model.injected.items()}
    ReparametrizeStage(model, case.config, 1).enter()  # type: ignore[arg-type]
    for (name, delta), on in zip(model.injected.items(), model.chosen, strict=True):
        assert torch.equal(delta.delta, kept[name]) == on


def test_no_layer_changed_stores_head_and_statistics_only() -> None:
    case, model = swr_case()
    model.decision.zero_()
    purposes = {name.split("/")[0] for name in case.method.patch_tensors(model, case.config)}
    assert purposes == {"stat", "head"}


def test_all_depthwise_kernels_for_two_tasks_cost_what_the_paper_prints() -> None:
    """25 kernels of BC-ResNet-8 for two tasks: 1 + 2 * 12,832 / 321,068 = 1.0799."""
    rows = build("bcresnet8", 12).layers()
    depthwise = sum(row.parameters for row in rows if row.kind is LayerKind.DEPTHWISE)
    total = sum(row.parameters for row in rows)
    assert 1 + 2 * depthwise / total == pytest.approx(1.0799, abs=5e-5)


@pytest.mark.parametrize("setting", ["train_affine", "half_precision"])
def test_variants_restore_from_their_patch(setting: str) -> None:
    case, model = swr_case(**{setting: True})
    case.train()
    tensors = case.method.patch_tensors(model, case.config)
    fresh = case.method.attach(case.loaded.backbone, model.classes, case.config, model.seed)
    case.method.load(fresh, tensors)
    fresh.eval()
    tolerance = 2e-2 if setting == "half_precision" else 0.0
    with torch.no_grad():
        difference = (fresh(case.features(seed=5)) - case.logits()).abs().max()
    assert float(difference) <= tolerance


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, ["super_net", "policy", "reparametrize"]),
        ({"super_net": False}, ["policy", "reparametrize"]),
        ({"staged": False}, ["unstaged"]),
    ],
)
def test_ablations_choose_their_stages(settings: dict[str, bool], names: list[str]) -> None:
    case, model = swr_case(**settings)
    stages = case.method.stages(model, case.config, 30)
    assert [stage.name for stage in stages] == names
    case.train()
    assert torch.isfinite(case.logits()).all()


def test_unstaged_training_is_scored_as_the_task_would_store_it() -> None:
    """Samples of the policy differ from step to step; what a validation in between hears is the decision."""
    case, model = swr_case(staged=False)
    (stage,) = case.method.stages(model, case.config, 30)
    take_steps(stage, case, 2)
    found = case.logits()
    model.decide(case.config)
    model.switch_to_decision()
    assert torch.equal(found, case.logits())
    assert not all(model.chosen)


@pytest.mark.parametrize("architecture", ["res8-narrow", "lenet5_small"])
def test_scale_and_shift_that_are_not_there_cannot_be_asked_for(architecture: str) -> None:
    layers = build(architecture, 3).layers()
    for method, setting in (("swr", "train_affine"), ("repnet", "train_shifts")):
        chosen = get(method)
        chosen.predicted_cost(layers, chosen.Config.model_validate({}), 3)
        with pytest.raises(WorkbenchError, match="no scale and shift"):
            chosen.predicted_cost(layers, chosen.Config.model_validate({setting: True}), 3)


@pytest.mark.parametrize(
    ("benefit", "weight", "budget", "expected"),
    [(0.1, 1.0, 0.1, 0.1), (0.1, 1.0, 0.3, 0.3), (0.1, 1.0, 0.5, 0.5)],
)
def test_hard_cost_tracks_the_budget_when_benefits_are_small(
    benefit: float, weight: float, budget: float, expected: float
) -> None:
    """The toy of section 4.6.3: separable benefits, BC-ResNet-8's shares."""
    assert toy_hard_cost(benefit, weight, budget) == pytest.approx(expected, abs=0.05)


def test_layers_worth_more_than_their_price_stay_on_at_any_budget() -> None:
    """A layer whose gain exceeds lambda r_l pays for itself whatever c is, so c cannot be reached from above."""
    layer_shares = shares(build("bcresnet8", 12).layers())
    gain = 1.0 / len(layer_shares)
    floor = sum(share for share in layer_shares if share < gain)
    assert floor == pytest.approx(0.1017, abs=1e-4)
    assert toy_hard_cost(1.0, 1.0, 0.02) >= floor - 0.01


def toy_hard_cost(benefit: float, weight: float, budget: float) -> float:
    """Train the policy network alone on ``-sum_l gain_l b_l`` with equal gains, then ask it for one budget."""
    layer_shares = torch.tensor(shares(build("bcresnet8", 12).layers()))
    gains = torch.full_like(layer_shares, benefit / len(layer_shares))
    torch.manual_seed(0)
    policy = PolicyNet(len(layer_shares), 64)
    optimizer = torch.optim.Adam(policy.parameters(), 3e-3)
    noise = generator(1)
    steps = 3000
    for step in range(steps):
        temperature = temperature_at(step / steps, 2.0, 0.5)
        asked = float(torch.rand((), generator=noise))
        logits = policy(asked)
        decisions = hard_gumbel(logits, temperature, noise)
        loss = -(gains * decisions).sum()
        loss = loss + weight * (soft_cost(logits, temperature, layer_shares) - asked).abs()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    decided = torch.tensor(policy.probabilities(budget)) > 0.5
    return float(layer_shares[decided].sum())
