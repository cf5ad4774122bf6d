"""Residual adapters (methods.md 5.4): counts, positions, folding, and the paper's random start."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tests.methods.conftest import CLASSES, make_case, take_steps
from workbench.backbones.registry import build
from workbench.methods.registry import get
from workbench.methods.residual_adapter.layer import (
    FreshNorm,
    ParallelAdapter,
    SeriesAdapter,
    hang,
    take_off,
)
from workbench.methods.residual_adapter.model import ResidualAdapterModel


def test_res15_stores_what_the_table_counts() -> None:
    """Thirteen bias-free 45x45 adapters on two tasks give the 1.2213 of methods.md 5.4; the stem's is ours on top."""
    table = build("res15", 12).layers()
    method = get("residual_adapter")
    cost = method.predicted_cost(table, method.Config(), 12)
    stem = 45
    assert cost.stored_params == 13 * 45 * 45 + stem
    assert 1 + 2 * (cost.stored_params - stem) / cost.backbone_params == pytest.approx(
        1.2213, abs=1e-4
    )
    assert cost.multiplies == cost.backbone_multiplies


@given(
    kernel=st.sampled_from([1, 3, 5]),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 2)),
    dilation=st.integers(1, 2),
    keeps=st.booleans(),
    size=st.tuples(st.integers(11, 16), st.integers(11, 16)),
)
@settings(deadline=None, max_examples=60)
def test_a_parallel_adapter_reads_the_kernel_centres(
    kernel: int, stride: tuple[int, int], dilation: int, keeps: bool, size: tuple[int, int]
) -> None:
    """Adding the adapter to the middle of the kernel computes the same, whatever stride, dilation and padding."""
    padding = dilation * (kernel // 2) if keeps else 0
    conv = nn.Conv2d(2, 3, kernel, stride, padding, dilation, bias=False)
    adapter = ParallelAdapter(conv)
    x = torch.randn(2, 2, *size)
    with torch.no_grad():
        plain = conv(x)
        hang(conv, adapter)
        wanted = conv(x)
        assert not torch.equal(plain, wanted)
        take_off(conv)
        assert torch.equal(conv(x), plain)
        adapter.fold_into(conv)
        torch.testing.assert_close(conv(x), wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("bias", [False, True])
def test_a_series_adapter_folds_with_its_norm(bias: bool) -> None:
    conv = nn.Conv2d(2, 4, 3, padding=1, bias=bias)
    adapter = SeriesAdapter(conv)
    nn.init.normal_(adapter.norm.weight)
    nn.init.normal_(adapter.norm.bias)
    hang(conv, adapter)
    with torch.no_grad():
        for _ in range(5):
            conv(torch.randn(4, 2, 9, 9))
        conv.eval()
        x = torch.randn(2, 2, 9, 9)
        wanted = conv(x)
        take_off(conv).fold_into(conv)
        torch.testing.assert_close(conv(x), wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("place", ["parallel", "series"])
def test_the_papers_start_jumps_and_is_drawn_from_the_seed(place: str) -> None:
    settings = {"place": place, "start": "random"}
    one, two = (make_case("residual_adapter", "res8-narrow", **settings) for _ in range(2))
    features = one.features()
    with torch.no_grad():
        kept = one.loaded.backbone.features(features)
        jumped = one.model.eval().backbone.features(features)
        assert not torch.allclose(kept, jumped)
        assert torch.equal(jumped, two.model.eval().backbone.features(features))
    assert isinstance(one.model, ResidualAdapterModel)
    weights = torch.cat(
        [a.weight().detach().flatten() for n, a in one.model.adapters.items() if n != "conv0"]
    )
    assert float(weights.std()) == pytest.approx(math.sqrt(2 / 19), rel=0.05)


def test_merging_refuses_nothing_on_dense_layers_and_says_so_on_others() -> None:
    dense = make_case("residual_adapter", "res8-narrow")
    assert dense.method.is_mergeable(dense.model)
    mixed = make_case("residual_adapter", "bcresnet1")
    assert not mixed.method.is_mergeable(mixed.model)


def test_extra_multiplies_are_those_of_the_adapters(tmp_path: Path) -> None:
    """BCResNet-1: every depth-wise layer gets C x C at each of its output positions, counted by hand from the table."""
    case = make_case("residual_adapter", "bcresnet1")
    by_hand = 0
    for row in case.loaded.backbone.layers():
        if row.kind == "depthwise":
            channels, _, height, width = row.weight_shape
            positions = row.multiplies // (channels * height * width)
            by_hand += positions * channels * channels
    cost = case.method.cost(case.model, case.config)
    assert cost.multiplies - cost.backbone_multiplies == by_hand
    predicted = case.method.predicted_cost(case.loaded.backbone.layers(), case.config, len(CLASSES))
    assert predicted == cost


def test_only_adapters_norms_and_head_learn() -> None:
    case = make_case("residual_adapter", "bcresnet1")
    assert isinstance(case.model, ResidualAdapterModel)
    before = {n: p.detach().clone() for n, p in case.model.backbone.named_parameters()}
    (stage,) = case.method.stages(case.model, case.config, epochs=1)
    take_steps(stage, case, 2)
    changed = {
        n for n, p in case.model.backbone.named_parameters() if not torch.equal(p, before[n])
    }
    mixes = {f"{name}.adapter.mix.weight" for name in case.model.adapters}
    assert changed == mixes | set(case.model.own) | {"classifier.5.weight", "classifier.5.bias"}


@pytest.mark.parametrize(
    ("backbone", "settings", "rate"),
    [
        ("bcresnet1", {}, 0.1),
        ("res8-narrow", {}, 1.0),
        ("bcresnet1", {"adapter_rate": 0.5, "place": "series"}, 0.5),
    ],
)
def test_adapters_alone_learn_at_a_rate_of_their_own(
    backbone: str, settings: dict[str, Any], rate: float
) -> None:
    case = make_case("residual_adapter", backbone, **settings)
    assert isinstance(case.model, ResidualAdapterModel)
    rates = case.method.rates(case.model, case.config)
    assert rates == dict.fromkeys((a.weight() for a in case.model.adapters.values()), rate)


@pytest.mark.parametrize("shape", [(16, 3, 5, 7), (16, 3, 1, 1)])
def test_statistics_of_a_new_norm_forget_at_once_what_they_began_with(
    shape: tuple[int, ...],
) -> None:
    """However small the numbers are: the mean over ten batches, and from there the usual moving mean."""
    generator = torch.Generator().manual_seed(0)
    batches = [0.01 * torch.randn(shape, generator=generator) + 3 for _ in range(12)]
    norm = FreshNorm(3).train()
    wanted = torch.zeros(3)
    for seen, batch in enumerate(batches):
        norm(batch)
        variance = batch.transpose(0, 1).flatten(1).var(dim=1)
        wanted += (variance - wanted) * max(0.1, 1 / (seen + 1))
        torch.testing.assert_close(norm.running_var, wanted, rtol=1e-3, atol=1e-9)
    before = norm.running_var
    assert before is not None
    before = before.clone()
    norm.eval()(batches[0])
    assert torch.equal(before, norm.running_var)
