"""TAPS (methods.md 5.2 and 12.9): scores, their straight-through gradient, and their price."""

from __future__ import annotations

import pytest
import torch

from tests.methods.conftest import Case, make_case, take_steps
from workbench.methods.base import Draw
from workbench.methods.taps.method import TapsStage
from workbench.methods.taps.model import TapsModel, Threshold


def taps_case(**settings: object) -> tuple[Case, TapsModel]:
    case = make_case("taps", "res8-narrow", **settings)
    assert isinstance(case.model, TapsModel)
    return case, case.model


def stage_of(case: Case) -> TapsStage:
    (stage,) = case.method.stages(case.model, case.config, epochs=4)
    assert isinstance(stage, TapsStage)
    return stage


def test_scores_start_on() -> None:
    _, model = taps_case()
    assert torch.equal(model.scores, torch.full((7,), 0.15))
    assert all(model.chosen)
    assert model.stored_share == pytest.approx(1)


def test_the_gate_is_hard_and_its_gradient_passes_through() -> None:
    scores = torch.tensor([0.0, 0.0999, 0.1, 0.5], requires_grad=True)
    gates = Threshold.apply(scores, 0.1)
    assert gates.tolist() == [0, 0, 1, 1]
    gates.backward(torch.tensor([1.0, -2.0, 3.0, 4.0]))
    assert scores.grad.tolist() == [1, -2, 3, 4]


def test_a_score_that_is_off_still_hears_from_the_task() -> None:
    """Its gradient is the weight's gradient times the delta weight, summed, whether the layer is on or off."""
    case, model = taps_case(penalty=0.0)
    stage = stage_of(case)
    stage.configure()
    stage.set_training_mode()
    with torch.no_grad():
        for delta in model.injected.values():
            delta.delta.normal_(0, 0.05, generator=torch.Generator().manual_seed(2))
        model.scores[2] = 0.01
    delta = model.injected[model.rows[2].name]
    seen: list[torch.Tensor] = []
    compute = delta.weight

    def watched() -> torch.Tensor:
        weight = compute()
        if weight.requires_grad:
            weight.retain_grad()
            seen.append(weight)
        return weight

    delta.weight = watched  # type: ignore[method-assign]
    output = stage.step(case.batch(), Draw(torch.Generator(), 0.0, (0, 0)))
    output.loss.backward()
    by_hand = float((seen[-1].grad * delta.delta.detach()).sum())
    assert by_hand != 0
    assert float(model.scores.grad[2]) == torch.tensor(by_hand).item()
    assert torch.count_nonzero(delta.delta.grad) == 0, "the weight of a layer that is off rests"


def test_the_price_alone_turns_layers_off() -> None:
    case, model = taps_case(penalty_from=0, penalty=1000.0)
    stage = stage_of(case)
    take_steps(stage, case, 12)
    assert not any(model.chosen)
    assert case.method.cost(model, case.config).stored_params == 0


def test_the_price_waits_for_its_epoch() -> None:
    case, model = taps_case(penalty_from=2, penalty=3.0)
    stage = stage_of(case)
    stage.configure()
    stage.set_training_mode()
    losses = []
    for progress in (0.0, 0.49, 0.5):
        output = stage.step(case.batch(), Draw(torch.Generator(), progress, (0, 0)))
        losses.append(float(output.loss.detach() - output.target_loss))
    mean_score = float(model.scores.detach().abs().mean())
    assert losses[:2] == [0, 0]
    assert abs(losses[2] - 3.0 * mean_score) < 1e-5


def test_layers_that_are_off_are_not_stored_and_stay_off_when_loaded() -> None:
    case, model = taps_case()
    take_steps(stage_of(case), case, 2)
    with torch.no_grad():
        model.scores[1] = 0.0
    tensors = case.method.patch_tensors(model, case.config)
    name = f"delta/{model.rows[1].name}.weight"
    assert name not in tensors
    again = case.method.attach(case.loaded.backbone, model.classes, case.config, seed=4)
    case.method.load(again, tensors)
    assert isinstance(again, TapsModel)
    assert again.chosen == model.chosen
    again.eval()
    with torch.no_grad():
        assert torch.equal(again(case.features(5)), case.logits())
