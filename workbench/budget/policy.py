"""From layer probabilities to a set of changed layers.

Sources: SWR (arXiv 2302.13435) section 3 for the shares and the threshold; the exact budget is this project's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.backbones.base import LayerInfo

_TOLERANCE = 1e-12


def adaptable(layers: Sequence[LayerInfo]) -> tuple[LayerInfo, ...]:
    """The convolutions that may be reparametrized: all but norms and the head."""
    return tuple(row for row in layers if row.is_conv and row.group != "head")


def weight_count(row: LayerInfo) -> int:
    """Elements of the weight alone, without a bias."""
    count = 1
    for size in row.weight_shape:
        count *= size
    return count


def shares(layers: Sequence[LayerInfo]) -> tuple[float, ...]:
    """Share r_l of each adaptable layer in their weights; they sum to 1 (SWR, eq. 5)."""
    counts = [weight_count(row) for row in adaptable(layers)]
    total = sum(counts)
    return tuple(count / total for count in counts)


def stored_share(chosen: Sequence[bool], layer_shares: Sequence[float]) -> float:
    """Share of the convolution weights that a choice stores, 0 to 1."""
    return sum(r for on, r in zip(chosen, layer_shares, strict=True) if on)


def threshold_policy(probabilities: Sequence[float]) -> tuple[bool, ...]:
    """The paper's rule: change a layer when its probability exceeds one half."""
    return tuple(p > 0.5 for p in probabilities)


def exact_policy(
    probabilities: Sequence[float], layer_shares: Sequence[float], budget: float
) -> tuple[bool, ...]:
    """Project probabilities onto a budget that is never exceeded.

    Layers are taken in order of probability, the cheaper first among equals; one that does not fit is passed over,
    so what is left of the budget is less than the smallest layer left out.

    Args:
        probabilities: p_l in 0..1 per layer.
        layer_shares: r_l per layer.
        budget: Largest sum of the shares of changed layers, 0..1.
    """
    order = sorted(range(len(layer_shares)), key=lambda i: (-probabilities[i], layer_shares[i], i))
    chosen = [False] * len(layer_shares)
    spent = 0.0
    for i in order:
        if spent + layer_shares[i] <= budget + _TOLERANCE:
            chosen[i] = True
            spent += layer_shares[i]
    return tuple(chosen)


def estimated_probabilities(layers: Sequence[LayerInfo]) -> tuple[float, ...]:
    """Stand-in for a policy that was not learned yet: cheap layers first.

    A policy trained under a parameter price takes depth-wise kernels before point-wise ones; the estimate orders
    layers by their share alone and is shown as an estimate.
    """
    layer_shares = shares(layers)
    largest = max(layer_shares)
    return tuple(1.0 - r / (2 * largest) for r in layer_shares)
