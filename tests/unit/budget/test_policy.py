"""Budget policies: the exact projection as properties, the threshold and the shares by hand."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workbench.backbones.base import LayerInfo, LayerKind
from workbench.backbones.registry import architectures, build
from workbench.budget.policy import (
    adaptable,
    estimated_probabilities,
    exact_policy,
    shares,
    stored_share,
    threshold_policy,
)

ROUNDING = 1e-9


@cache
def layers_of(architecture: str) -> tuple[LayerInfo, ...]:
    return build(architecture, 12).layers()


@st.composite
def asked(draw: st.DrawFn) -> tuple[tuple[float, ...], list[float], float]:
    """Shares of a real architecture, any probabilities for its layers, and a budget."""
    layer_shares = shares(layers_of(draw(st.sampled_from(architectures()))))
    count = len(layer_shares)
    probabilities = draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))
    return layer_shares, probabilities, draw(st.floats(0.02, 0.9))


@settings(deadline=None)
@given(asked())
def test_exact_policy_never_exceeds_the_budget(
    case: tuple[tuple[float, ...], list[float], float],
) -> None:
    layer_shares, probabilities, budget = case
    chosen = exact_policy(probabilities, layer_shares, budget)
    assert stored_share(chosen, layer_shares) <= budget + ROUNDING


@settings(deadline=None)
@given(asked())
def test_exact_policy_misses_the_budget_by_less_than_the_smallest_layer_left_out(
    case: tuple[tuple[float, ...], list[float], float],
) -> None:
    layer_shares, probabilities, budget = case
    chosen = exact_policy(probabilities, layer_shares, budget)
    left_out = [r for on, r in zip(chosen, layer_shares, strict=True) if not on]
    assume(left_out)
    assert budget - stored_share(chosen, layer_shares) < min(left_out) + ROUNDING


@settings(deadline=None)
@given(asked())
def test_exact_policy_leaves_out_a_likelier_layer_only_if_it_does_not_fit(
    case: tuple[tuple[float, ...], list[float], float],
) -> None:
    layer_shares, probabilities, budget = case
    chosen = exact_policy(probabilities, layer_shares, budget)
    order = sorted(range(len(chosen)), key=lambda i: -probabilities[i])
    for skipped in (i for i in order if not chosen[i]):
        at_least_as_likely = [
            layer_shares[i]
            for i in order
            if chosen[i] and probabilities[i] >= probabilities[skipped]
        ]
        assert sum(at_least_as_likely) + layer_shares[skipped] > budget - ROUNDING


@pytest.mark.parametrize("architecture", architectures())
@pytest.mark.parametrize("budget", [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
def test_exact_policy_with_the_estimate_on_every_architecture(
    architecture: str, budget: float
) -> None:
    layers = layers_of(architecture)
    layer_shares = shares(layers)
    chosen = exact_policy(estimated_probabilities(layers), layer_shares, budget)
    stored = stored_share(chosen, layer_shares)
    left_out = [r for on, r in zip(chosen, layer_shares, strict=True) if not on]
    assert stored <= budget + ROUNDING
    assert budget - stored < min(left_out)


def test_exact_policy_by_hand() -> None:
    layer_shares = (0.5, 0.2, 0.2, 0.1)
    assert exact_policy((0.9, 0.8, 0.7, 0.6), layer_shares, 0.5) == (True, False, False, False)
    # The likeliest does not fit and is passed over; the next two fill the budget.
    assert exact_policy((0.9, 0.8, 0.7, 0.6), layer_shares, 0.4) == (False, True, True, False)
    # Among equals the cheaper comes first.
    assert exact_policy((0.5, 0.5, 0.5, 0.5), layer_shares, 0.3) == (False, True, False, True)
    assert exact_policy((0.0, 0.0, 0.0, 0.0), layer_shares, 1.0) == (True,) * 4
    assert exact_policy((1.0, 1.0, 1.0, 1.0), layer_shares, 0.05) == (False,) * 4


def test_threshold_is_one_half_and_strict() -> None:
    assert threshold_policy((0.5, 0.500001, 0.49, 1.0, 0.0)) == (False, True, False, True, False)


@pytest.mark.parametrize("architecture", architectures())
def test_shares_sum_to_one_over_convolutions_without_head(architecture: str) -> None:
    layers = layers_of(architecture)
    assert sum(shares(layers)) == pytest.approx(1.0, abs=1e-12)
    rows = adaptable(layers)
    assert len(rows) == len(shares(layers))
    assert all(row.kind not in (LayerKind.NORM, LayerKind.LINEAR) for row in rows)
    assert all(row.group != "head" for row in rows)


def test_layer_counts_of_the_papers_backbones() -> None:
    assert len(adaptable(layers_of("bcresnet8"))) == 43
    assert len(adaptable(layers_of("res15"))) == 14


def test_estimate_prefers_cheap_layers() -> None:
    layers = layers_of("bcresnet8")
    estimate, layer_shares = estimated_probabilities(layers), shares(layers)
    assert all(0 <= p <= 1 for p in estimate)
    by_estimate = sorted(range(43), key=lambda i: -estimate[i])
    assert [layer_shares[i] for i in by_estimate] == sorted(layer_shares)
