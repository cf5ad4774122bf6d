"""Every method on picture networks with residual, dense and branching blocks, before any training."""

from __future__ import annotations

import pytest
import torch

from tests.methods.conftest import (
    CLASSES,
    LARGER_BACKBONES,
    REFUSED,
    VARIANTS,
    force_estimated_decision,
    make_case,
    pair_name,
)

PAIRS = [(v, a) for v in VARIANTS for a in LARGER_BACKBONES if (v[0], a) not in REFUSED]


@pytest.mark.parametrize("pair", PAIRS, ids=pair_name)
def test_starts_as_the_backbone_and_costs_what_was_predicted(
    pair: tuple[tuple[str, dict[str, object]], str],
) -> None:
    (method, settings), architecture = pair
    case = make_case(method, architecture, **settings)
    backbone, features = case.loaded.backbone, case.features()
    case.model.eval()
    with torch.no_grad():
        assert torch.equal(case.model.backbone.features(features), backbone.features(features))
    predicted = case.method.predicted_cost(backbone.layers(), case.config, len(CLASSES))
    if case.method.capabilities.has_policy:
        force_estimated_decision(case)
    assert case.method.cost(case.model, case.config) == predicted
