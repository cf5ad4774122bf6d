"""The preview says what training would store: same layers, same numbers as the engine's own count."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from tests.helpers.tiny import suited
from workbench.backbones.registry import build
from workbench.budget.policy import adaptable, shares
from workbench.gui.pages.adapt_plan import load_policy, make_plan
from workbench.gui.plots.layer_marks import HEAD
from workbench.methods.registry import get, names
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.model import SwrModel
from workbench.methods.swr.policy_net import PolicyNet

CLASSES = ("a", "b", "c")
BACKBONE = build("bcresnet1", 12).eval()
LAYERS = BACKBONE.layers()


def policy(seed: int) -> PolicyNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PolicyNet(len(adaptable(LAYERS)), 16)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.8)
    return network


@settings(max_examples=40, deadline=None)
@given(st.floats(0.02, 0.9), st.integers(0, 1000))
def test_an_exact_budget_is_never_exceeded_and_nothing_more_fits(budget: float, seed: int) -> None:
    plan = make_plan(LAYERS, "swr", SwrConfig(budget=budget), classes=3, policy=policy(seed))
    bars = [bar for bar in plan.bars if bar.kind != HEAD]
    stored = sum(share for share, bar in zip(shares(LAYERS), bars, strict=True) if bar.changed)
    assert stored == pytest.approx(plan.stored_share)
    assert stored <= budget + 1e-9
    left_out = [bar.share for bar in bars if not bar.changed]
    assert not left_out or budget - stored < min(left_out) + 1e-9


@pytest.mark.parametrize("name", names())
def test_the_cost_shown_is_the_cost_of_the_tensors_that_are_stored(name: str) -> None:
    method = get(name)
    config = method.Config()
    backbone = build(suited(name), 12).eval()
    plan = make_plan(backbone.layers(), name, config, classes=len(CLASSES), policy=None)
    model = method.attach(backbone, CLASSES, config, 0)
    if isinstance(model, SwrModel):
        chosen = [bar.changed for bar in plan.bars if bar.kind != HEAD]
        model.decision.copy_(torch.tensor(chosen, dtype=torch.float32))
    assert plan.cost == method.cost(model, config)
    tensors = method.patch_tensors(model, config)
    assert plan.cost.stored_bytes == sum(t.numel() * t.element_size() for t in tensors.values())


def test_a_stored_policy_decides_as_it_did_in_the_run(tmp_path: Path) -> None:
    network = policy(3)
    save_file(dict(network.state_dict()), tmp_path / "policy.safetensors")
    loaded = load_policy(tmp_path, LAYERS)
    assert loaded is not None
    config = SwrConfig(budget=0.2, hidden=16)
    model = SwrModel(BACKBONE, CLASSES, config, 0)
    model.policy.load_state_dict(network.state_dict())
    chosen = model.decide(config)
    plan = make_plan(LAYERS, "swr", config, classes=3, policy=loaded)
    bars = [bar for bar in plan.bars if bar.kind != HEAD]
    assert tuple(bar.changed for bar in bars) == chosen
    assert [bar.probability for bar in bars] == pytest.approx(model.probability.tolist())
    assert not plan.is_estimate


def test_a_policy_of_another_backbone_is_not_used(tmp_path: Path) -> None:
    save_file(dict(PolicyNet(7, 4).state_dict()), tmp_path / "policy.safetensors")
    assert load_policy(tmp_path, LAYERS) is None
    assert load_policy(tmp_path / "missing", LAYERS) is None


def test_a_layer_that_leaves_as_the_budget_grows_is_marked() -> None:
    network = policy(1)
    found = 0
    before = None
    for percent in range(2, 101, 2):
        config = SwrConfig(budget=percent / 100)
        plan = make_plan(LAYERS, "swr", config, classes=3, policy=network, before=before)
        if before is not None and plan.cost.stored_params > before.cost.stored_params:
            now = {bar.name for bar in plan.bars if bar.changed}
            then = {bar.name for bar in before.bars if bar.changed}
            assert set(plan.left) == then - now
            found += len(plan.left)
        before = plan
    assert found > 0


def test_methods_without_budget_change_all_layers_or_none() -> None:
    finetune = make_plan(LAYERS, "finetune", get("finetune").Config(), classes=3, policy=None)
    head = make_plan(LAYERS, "head", get("head").Config(), classes=3, policy=None)
    assert finetune.changed == len(adaptable(LAYERS))
    assert head.changed == 0
    assert not finetune.is_estimate


def test_the_plan_shows_the_layers_that_each_method_may_change() -> None:
    depthwise = {row.name for row in LAYERS if row.kind == "depthwise"}
    for method, values, wanted in (
        ("patch", {}, set()),
        ("patch", {"depthwise": True}, depthwise),
        ("residual_adapter", {}, {r.name for r in adaptable(LAYERS) if r.kind != "pointwise"}),
        ("piggyback", {}, {row.name for row in adaptable(LAYERS)}),
    ):
        config = get(method).Config.model_validate(values)
        plan = make_plan(LAYERS, method, config, classes=3, policy=None)
        assert {bar.name for bar in plan.bars if bar.changed and bar.kind != HEAD} == wanted
        assert plan.cost == get(method).predicted_cost(LAYERS, config, 3)
        assert not plan.is_estimate
    random_head = get("patch").Config.model_validate({"last": False})
    plan = make_plan(LAYERS, "patch", random_head, classes=3, policy=None)
    assert not any(bar.changed for bar in plan.bars)
    assert plan.norms_change
    taps = make_plan(LAYERS, "taps", get("taps").Config(), classes=3, policy=None)
    assert taps.changed == len(adaptable(LAYERS))
    assert taps.is_estimate, "the run decides; this is the most it can be"
