"""The three losses against their formulas, and what is known of them for two classes."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from workbench.composing.losses import Loss, loss_of

LOGITS = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 2])


def binary(shares: torch.Tensor) -> float:
    """-mean[t log y + (1 - t) log(1 - y)], written out."""
    total = 0.0
    for row, label in zip(shares.tolist(), LABELS.tolist(), strict=True):
        total -= sum(math.log(y if k == label else 1 - y) for k, y in enumerate(row))
    return total / shares.numel()


def test_losses_are_their_formulas() -> None:
    softmax = torch.softmax(LOGITS, dim=1)
    by_hand = {
        Loss.CE: -sum(math.log(softmax[i, k]) for i, k in enumerate(LABELS.tolist())) / 2,
        Loss.SOFTMAX_BCE: binary(softmax),
        Loss.SIGMOID_BCE: binary(torch.sigmoid(LOGITS)),
    }
    for kind, wanted in by_hand.items():
        assert float(loss_of(kind, LOGITS, LABELS)) == pytest.approx(wanted, rel=1e-12)


@given(st.integers(0, 2**31), st.integers(1, 20), st.floats(0.1, 30))
def test_two_classes_make_softmax_bce_cross_entropy(seed: int, clips: int, scale: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(clips, 2, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 2, (clips,), generator=generator)
    torch.testing.assert_close(
        loss_of(Loss.SOFTMAX_BCE, logits, labels), loss_of(Loss.CE, logits, labels)
    )


@pytest.mark.parametrize("kind", list(Loss))
def test_hopeless_and_certain_logits_have_finite_gradients(kind: Loss) -> None:
    logits = torch.tensor([[200.0, -200.0, 0.0], [-200.0, 200.0, 0.0]], requires_grad=True)
    loss = loss_of(kind, logits, torch.tensor([1, 1]))
    loss.backward()
    assert math.isfinite(float(loss.detach()))
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[0].abs().sum() > 0, "a clip that is called wrong has to teach something"


@pytest.mark.parametrize("kind", [Loss.CE, Loss.SOFTMAX_BCE])
def test_cross_entropy_never_moves_the_sum_of_the_rows(kind: Loss) -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(7, 2), torch.randn(64, 7)
    labels = (x[:, 0] > 0).long()
    before = layer.weight.detach().sum(dim=0)
    optimizer = torch.optim.Adam(layer.parameters(), 0.05)
    for _ in range(100):
        optimizer.zero_grad()
        loss_of(kind, layer(x), labels).backward()
        optimizer.step()
    moved = layer.weight.detach().sum(dim=0) - before
    assert moved.abs().max() <= 1e-5
    assert layer.weight.detach().diff(dim=0).abs().max() > 1, "the rows themselves have learned"
