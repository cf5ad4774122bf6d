"""The last layer alone: embeddings of inputs that come again are kept, within bounds, and change nothing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.methods.conftest import BATCH, Case, make_case
from workbench.methods.base import KEPT_BYTES, Draw
from workbench.methods.head import method as head

STEPS, PASSES = 3, 2


def trained(case: Case) -> tuple[dict[str, Tensor], list[float], int]:
    """The head after passes over the same inputs, the memory told at each step, and how often features ran."""
    (stage,) = case.method.stages(case.model, case.config, epochs=PASSES)
    optimizer = torch.optim.SGD(stage.configure(), 0.1)
    stage.set_training_mode()
    generator, told, ran = torch.Generator(), [], []
    backbone = case.model.backbone
    plain = backbone.features
    backbone.features = lambda x: (ran.append(1), plain(x))[1]  # type: ignore[method-assign]
    for _ in range(PASSES):
        for step in range(STEPS):
            output = stage.step(case.batch(step), Draw(generator, 0.0, (0, step)))
            told.append(output.extras[KEPT_BYTES])
            optimizer.zero_grad()
            output.loss.backward()
            optimizer.step()
    return dict(backbone.head_layer.named_parameters()), told, len(ran)


def test_features_of_inputs_that_come_again_are_computed_once() -> None:
    case = make_case("head", "res8-narrow")
    one = BATCH * case.model.backbone.embedding_width * 4
    _, told, ran = trained(case)
    assert ran == STEPS
    assert told == [one, 2 * one, 3 * one, 3 * one, 3 * one, 3 * one]


def test_what_does_not_fit_is_computed_again_to_the_same_bits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, _, _ = trained(make_case("head", "res8-narrow"))
    case = make_case("head", "res8-narrow")
    one = BATCH * case.model.backbone.embedding_width * 4
    monkeypatch.setattr(head, "MOST_KEPT_BYTES", one)
    bounded, told, ran = trained(case)
    assert max(told) == one
    assert ran == STEPS + (STEPS - 1) * (PASSES - 1)
    assert all(torch.equal(bounded[name], value) for name, value in whole.items())
