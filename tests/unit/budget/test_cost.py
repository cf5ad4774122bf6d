"""Cost accounting against the numbers of the paper's tables and against counted tensors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import pytest
import torch
from safetensors.torch import save

from workbench.backbones.base import LayerInfo, LayerKind
from workbench.backbones.registry import build, count_parameters
from workbench.budget.cost import (
    Cost,
    StoredShape,
    affine_of,
    count_cost,
    predict_cost,
    statistics_of,
)
from workbench.budget.policy import adaptable, weight_count
from workbench.methods.swr.config import SwrConfig
from workbench.methods.swr.method import Swr


@cache
def layers_of(architecture: str) -> tuple[LayerInfo, ...]:
    return build(architecture, 12).layers()


def paper_ratio(costs: Sequence[Cost]) -> float:
    """1 + sum over tasks of stored weights over the backbone's parameters (its own head included)."""
    return 1 + sum(cost.ratio for cost in costs)


def swr_cost(architecture: str, chosen: list[bool], config: SwrConfig | None = None) -> Cost:
    layers = layers_of(architecture)
    return Swr().cost_of_choice(layers, config or SwrConfig(), 12, chosen)


def test_all_depthwise_layers_for_two_tasks_cost_what_the_paper_reports() -> None:
    rows = adaptable(layers_of("bcresnet8"))
    cost = swr_cost("bcresnet8", [row.kind is LayerKind.DEPTHWISE for row in rows])
    assert cost.stored_params == 12_832
    assert cost.backbone_params == 321_068
    assert paper_ratio([cost, cost]) == pytest.approx(1.0799, abs=5e-5)


def test_depthwise_and_stem_for_two_tasks() -> None:
    rows = adaptable(layers_of("bcresnet8"))
    cost = swr_cost("bcresnet8", [row.kind is not LayerKind.POINTWISE for row in rows])
    assert paper_ratio([cost, cost]) == pytest.approx(1.0999, abs=5e-5)


@pytest.mark.parametrize(("layers", "ratio"), [(1, 1.0766), (7, 1.5363), (13, 1.9960)])
def test_res15_goes_by_whole_layers(layers: int, ratio: float) -> None:
    """The layers count together, however two tasks share them."""
    first = layers // 2
    costs = [
        swr_cost("res15", [False] + [i < n for i in range(13)]) for n in (first, layers - first)
    ]
    assert paper_ratio(costs) == pytest.approx(ratio, abs=5e-5)


def test_statistics_and_head_are_counted_apart() -> None:
    cost = swr_cost("bcresnet8", [False] * 43)
    assert (cost.stored_params, cost.stat_params, cost.head_params) == (0, 19_328, 3_084)
    assert cost.total_params == 22_412
    assert cost.stored_bytes == 4 * 22_412
    assert cost.ratio == 0


def test_half_precision_halves_the_bytes_only() -> None:
    chosen = [True] * 43
    full = swr_cost("bcresnet8", chosen)
    half = swr_cost("bcresnet8", chosen, SwrConfig(half_precision=True))
    assert half.stored_bytes * 2 == full.stored_bytes
    assert half.total_params == full.total_params


def test_changing_layers_never_adds_multiplies() -> None:
    cost = swr_cost("bcresnet8", [True] * 43)
    assert cost.multiplies == cost.backbone_multiplies
    assert round(cost.multiplies / 1e6, 2) == 85.92


def test_head_follows_the_number_of_classes() -> None:
    layers = layers_of("res15")
    cost = predict_cost(layers, StoredShape(0, 0), classes=30)
    assert cost.head_params == 30 * 46
    assert cost.backbone_params == 237_882
    grown = cost.multiplies - predict_cost(layers, StoredShape(0, 0), 12).multiplies
    assert grown == 18 * 45


@pytest.mark.parametrize("architecture", ["bcresnet1", "res8-narrow"])
def test_layer_table_sums_agree_with_the_network(architecture: str) -> None:
    network = build(architecture, 12)
    layers = network.layers()
    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert sum(row.parameters for row in layers) == count_parameters(network)
    assert statistics_of(layers) == sum(2 * norm.num_features for norm in norms)
    assert affine_of(layers) == sum(p.numel() for norm in norms for p in norm.parameters())


def test_counted_cost_is_what_is_in_the_file() -> None:
    layers = layers_of("bcresnet1")
    row = adaptable(layers)[3]
    tensors = {
        f"delta/{row.name}.weight": torch.zeros(row.weight_shape),
        "weight/cnn_head.1.bias": torch.zeros(16),
        "stat/cnn_head.1.running_mean": torch.zeros(16),
        "head/weight": torch.zeros(5, 32, dtype=torch.float16),
    }
    cost = count_cost(layers, tensors, multiplies=7, classes=5)
    assert cost.stored_params == weight_count(row) + 16
    assert (cost.stat_params, cost.head_params, cost.multiplies) == (16, 160, 7)
    header = len(save({}))
    content = len(save(tensors))
    assert cost.stored_bytes == 4 * (weight_count(row) + 32) + 2 * 160
    assert content > cost.stored_bytes + header


def test_record_carries_the_ratio() -> None:
    record = swr_cost("res15", [False] + [True] * 13).as_record()
    assert record["ratio"] == pytest.approx(0.9960, abs=5e-5)
    assert record["stored_params"] == 13 * 18_225
