"""One word against the rest: what is learned, which row is kept, and what the start leaves behind."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression
from torch import nn

from workbench.backbones.base import Backbone
from workbench.backbones.dropout import ChannelDropout
from workbench.backbones.registry import build
from workbench.composing.fit import (
    PAPER,
    REST,
    WORD,
    FitConfig,
    Mode,
    Recipe,
    Start,
    fit_rows,
    fit_rows_in_training_mode,
)
from workbench.composing.losses import Loss
from workbench.methods.base import draw_parameters


def clouds(clips: int = 200, width: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Two overlapping clouds on odd scales; the word lies in the positive direction of dimension 0."""
    generator = torch.Generator().manual_seed(3)
    scale = torch.logspace(-0.5, 0.5, width)
    word, rest = torch.randn(2, clips, width, generator=generator)
    word[:, 0] += 2
    return word * scale, rest * scale


CLIPS = {Recipe.MINIMUM: 2000, Recipe.PAPER: 2000, Recipe.PAPER_DIGITS: 40_000}
"""Each recipe on as many clips as it is made for: its small steps take the digits' one many of them."""


@pytest.mark.parametrize("loss", list(Loss))
@pytest.mark.parametrize("recipe", list(Recipe))
def test_the_first_row_says_the_word(loss: Loss, recipe: Recipe) -> None:
    generator = torch.Generator().manual_seed(3)
    word, rest = torch.randn(2, CLIPS[recipe], 6, generator=generator)
    word[:, 0] += 4
    weights, biases = fit_rows(word, rest, FitConfig(loss=loss, recipe=recipe))
    assert weights[WORD, 0] > 0 > weights[REST, 0]
    logits = torch.cat([word, rest]) @ weights.T + biases
    called_word = logits[:, WORD] > logits[:, REST]
    assert called_word[: len(word)].float().mean() > 0.95
    assert called_word[len(word) :].float().mean() < 0.05


def test_sigmoid_rows_are_logistic_regression() -> None:
    """Each output of a sigmoid BCE fit is a logistic regression of its own; scikit-learn is the independent truth."""
    word, rest = clouds()
    config = FitConfig(penalty=0.02)
    weights, biases = fit_rows(word, rest, config)
    x = torch.cat([word, rest]).double().numpy()
    spread, mean = x.std(axis=0, ddof=1), x.mean(axis=0)
    # The loss is a mean over clips and two outputs, so each output sees half of it.
    truth = LogisticRegression(C=1 / (2 * config.penalty * len(x)), tol=1e-8, max_iter=5000)
    truth.fit((x - mean) / spread, np.r_[np.ones(len(word)), np.zeros(len(rest))])
    row = truth.coef_[0]
    np.testing.assert_allclose(weights[WORD].numpy() * spread, row, rtol=1e-2, atol=2e-3)
    bias = truth.intercept_[0] - row @ (mean / spread)
    assert float(biases[WORD]) == pytest.approx(bias, abs=0.01)


def test_cross_entropy_keeps_half_of_the_first_rows() -> None:
    word, rest = clouds(width=4)
    free = {"loss": Loss.CE, "penalty": 0.0}
    zero, _ = fit_rows(word, rest, FitConfig(start=Start.ZERO, **free))
    drawn, _ = fit_rows(word, rest, FitConfig(start=Start.DEFAULT, seed=5, **free))
    assert zero.sum(dim=0).abs().max() <= 1e-4 * zero.abs().max()
    assert drawn.sum(dim=0).abs().max() > 0.05, "the sum of the drawn rows is still there"


def test_equal_seeds_give_equal_rows_and_others_do_not() -> None:
    word, rest = clouds()
    once, again = fit_rows(word, rest, PAPER), fit_rows(word, rest, PAPER)
    assert torch.equal(once[0], again[0])
    assert torch.equal(once[1], again[1])
    other = fit_rows(word, rest, PAPER.model_copy(update={"seed": 1}))
    assert not torch.equal(once[0], other[0])


def test_it_learns_where_gradients_are_off() -> None:
    word, rest = clouds()
    with torch.no_grad():
        weights, _ = fit_rows(word, rest, FitConfig())
    assert weights.abs().max() > 0


def test_rounding_is_no_feature() -> None:
    """A dimension that is constant but for its last bits, and says the word by them, is left alone."""
    word, rest = clouds()
    hint = 1e-6 * torch.cat([torch.ones(200), -torch.ones(200)])
    constant = (1 + hint)[:, None]
    weights, _ = fit_rows(
        torch.cat([word, constant[:200]], dim=1),
        torch.cat([rest, constant[200:]], dim=1),
        FitConfig(),
    )
    assert weights[WORD, -1].abs() < 0.1 * weights[WORD, :-1].abs().max()


DIGITS_IN_TRAINING = FitConfig(
    start=Start.DEFAULT, recipe=Recipe.PAPER_DIGITS, mode=Mode.TRAINING, loss=Loss.CE
)


def strokes(pictures: int = 256) -> tuple[torch.Tensor, torch.Tensor]:
    """Bright at the top against bright at the bottom, (picture, 1, 28, 28)."""
    generator = torch.Generator().manual_seed(4)
    word, rest = torch.rand(2, pictures, 1, 28, 28, generator=generator)
    word[:, :, :14] += 2
    rest[:, :, 14:] += 2
    return word, rest


def lenet(dropout: float) -> Backbone:
    """With random weights; dropout before the last layer is part of the network as well."""
    network = build("lenet5_small", 10)
    draw_parameters([m for m in network.modules() if isinstance(m, (nn.Linear, nn.Conv2d))], 1)
    for module in network.modules():
        if isinstance(module, ChannelDropout):
            module.share = dropout
    return network.eval()


def test_without_dropout_and_norms_both_modes_are_the_same() -> None:
    network, (word, rest) = lenet(dropout=0.0), strokes()
    below = fit_rows_in_training_mode(network, word, rest, DIGITS_IN_TRAINING)
    with torch.no_grad():
        embedded = network.features(word), network.features(rest)
    fixed = DIGITS_IN_TRAINING.model_copy(update={"mode": Mode.EVALUATION})
    for found, wanted in zip(below, fit_rows(*embedded, fixed), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_training_mode_has_dropout_on_and_leaves_the_backbone_alone() -> None:
    network, (word, rest) = lenet(dropout=0.5), strokes()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    once = fit_rows_in_training_mode(network, word, rest, DIGITS_IN_TRAINING)
    again = fit_rows_in_training_mode(network, word, rest, DIGITS_IN_TRAINING)
    assert torch.equal(once[0], again[0])
    without = fit_rows_in_training_mode(lenet(dropout=0.0), word, rest, DIGITS_IN_TRAINING)
    assert not torch.allclose(once[0], without[0], atol=1e-3)
    assert not network.training
    assert before.keys() == network.state_dict().keys()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_training_mode_moves_statistics_of_a_copy() -> None:
    """Clips far from what the norms expect: in training mode they are normalised, in evaluation mode they are not."""
    network = build("res8-narrow", 3).eval()
    word, rest = 50 * torch.randn(2, 40, 1, 40, 101, generator=torch.Generator().manual_seed(1))
    config = PAPER.model_copy(update={"mode": Mode.TRAINING})
    weights, _ = fit_rows_in_training_mode(network, word, rest, config)
    assert weights.shape == (2, network.embedding_width)
    with torch.no_grad():
        embedded = network.features(word), network.features(rest)
    assert not torch.allclose(weights, fit_rows(*embedded, PAPER)[0], atol=1e-3)


def test_training_mode_has_no_minimum() -> None:
    with pytest.raises(ValidationError, match="no minimum"):
        FitConfig(mode=Mode.TRAINING)
