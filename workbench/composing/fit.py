"""One word against the rest: a fresh last layer with two outputs on embeddings of the frozen backbone.

Source: "Dynamic Model Construction for Efficient Classification" (the composing algorithm); the word is output 0,
everything else output 1, and of the two only the word's row is kept.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn

from workbench.backbones.base import Backbone
from workbench.backbones.dropout import seed_dropout
from workbench.composing.losses import Loss, loss_of
from workbench.methods.base import draw_parameters, replace_head

WORD, REST = 0, 1
_PAPER_EPOCHS, _PAPER_DROPS, _PAPER_BATCH = 10, (4, 7), 128
_PAPER_RATE, _PAPER_MOMENTUM, _PAPER_DECAY = 0.1, 0.9, 1e-4
_DIGITS_EPOCHS, _DIGITS_RATE = 5, 1e-3
_MOST_ITERATIONS = 200
_LEAST_SPREAD = 0.01


class Start(StrEnum):
    """Where the fit begins; under cross-entropy half the sum of the two first rows stays in the result."""

    ZERO = "zero"
    DEFAULT = "default"


class Recipe(StrEnum):
    """How it goes on: to the minimum (ours), or as in the paper, for keywords or for handwritten digits."""

    MINIMUM = "minimum"
    PAPER = "paper"
    PAPER_DIGITS = "paper_digits"


class Mode(StrEnum):
    """What the backbone is like while a word is fitted: as it answers (ours), or as it was trained (reference code).

    As it was trained, dropout is on and the norms' statistics move; the composed network has the backbone's own again.
    """

    EVALUATION = "evaluation"
    TRAINING = "training"


class FitConfig(BaseModel):
    """How a word is learned.

    The defaults are ours. The paper's are ``start="default", recipe="paper", least_others=0``, and
    ``mode="training"`` as its code does it.

    Attributes:
        loss: Which of the three; only with ``sigmoid_bce`` a logit by itself says how likely the word is.
        least_others: Clips of other classes to compare with, at least; the word's clips are repeated to match. Where
            the word has more clips than that, as many are drawn.
        penalty: Weight of the squared norm of the (standardised) rows; the paper's recipe has its own.
        mode: Of the backbone; ``training`` with a recipe of the paper only.
        seed: Of the first rows and of every draw.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss: Loss = Loss.SIGMOID_BCE
    start: Start = Start.ZERO
    recipe: Recipe = Recipe.MINIMUM
    least_others: int = Field(600, ge=0)
    penalty: float = Field(1e-2, ge=0)
    mode: Mode = Mode.EVALUATION
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _check(self) -> FitConfig:
        if self.mode is Mode.TRAINING and self.recipe is Recipe.MINIMUM:
            raise ValueError("a network in training mode has no minimum to go to")
        return self


PAPER = FitConfig(start=Start.DEFAULT, recipe=Recipe.PAPER, least_others=0)
PAPER_DIGITS = PAPER.model_copy(update={"recipe": Recipe.PAPER_DIGITS})


def fit_rows(word: Tensor, rest: Tensor, config: FitConfig) -> tuple[Tensor, Tensor]:
    """Fit both rows on embeddings; with ``PAPER`` as the paper does.

    Args:
        word: Embeddings (clip, width) of the word.
        rest: As many of other classes.
        config: How, with the backbone in evaluation mode.

    Returns:
        Weights (2, width) and biases (2,), the word's first.
    """
    embeddings, labels = torch.cat([word, rest]), _labels(word, rest)
    layer = nn.Linear(embeddings.shape[1], 2)
    _start(layer, config)
    if config.recipe is Recipe.MINIMUM:
        _to_minimum(layer, embeddings, labels, config)
    else:
        _in_batches(layer, lambda chosen: layer(embeddings[chosen]), labels, config)
    return layer.weight.detach(), layer.bias.detach()


def fit_rows_in_training_mode(
    backbone: Backbone, word: Tensor, rest: Tensor, config: FitConfig
) -> tuple[Tensor, Tensor]:
    """Fit both rows below a backbone that is run as it was trained; it is a copy, the one given stays as it is.

    Args:
        backbone: Frozen but for the statistics of its norms.
        word: What the backbone takes (clip, ...), of the word.
        rest: As many of other classes.
        config: How, with the backbone in training mode.

    Returns:
        Weights (2, width) and biases (2,), the word's first.
    """
    inputs, labels = torch.cat([word, rest]), _labels(word, rest)
    network = copy.deepcopy(backbone).requires_grad_(False).train()
    seed_dropout(network, config.seed)
    replace_head(network, 2, config.seed)
    layer = network.head_layer
    _start(layer, config)
    _in_batches(layer, lambda chosen: network(inputs[chosen]), labels, config)
    return layer.weight.detach().flatten(1), layer.bias.detach()  # type: ignore[union-attr]


def _labels(word: Tensor, rest: Tensor) -> Tensor:
    return torch.cat([torch.full((len(word),), WORD), torch.full((len(rest),), REST)])


def _start(layer: nn.Linear | nn.Conv2d, config: FitConfig) -> None:
    if config.start is Start.DEFAULT:
        draw_parameters([layer], config.seed)
    else:
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)


@torch.enable_grad()  # Whoever calls.
def _to_minimum(layer: nn.Linear, embeddings: Tensor, labels: Tensor, config: FitConfig) -> None:
    """L-BFGS on standardised embeddings, folded back; a backbone's scale does not matter so.

    What hardly varies is not blown up to the size of the rest: rounding would become a feature.
    """
    level = float(embeddings.square().mean().sqrt())
    mean = embeddings.mean(dim=0)
    spread = embeddings.std(dim=0).clamp_min(max(_LEAST_SPREAD * level, 1e-12))
    standard = (embeddings - mean) / spread
    with torch.no_grad():
        layer.bias.add_(layer.weight @ mean)
        layer.weight.mul_(spread)
    optimizer = torch.optim.LBFGS(
        layer.parameters(),
        max_iter=_MOST_ITERATIONS,
        tolerance_grad=1e-6,
        line_search_fn="strong_wolfe",
    )

    def objective() -> Tensor:
        optimizer.zero_grad()
        loss = loss_of(config.loss, layer(standard), labels)
        loss = loss + config.penalty / 2 * layer.weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(_as_float(objective))  # type: ignore[no-untyped-call]
    with torch.no_grad():
        layer.weight.div_(spread)
        layer.bias.sub_(layer.weight @ mean)


def _as_float(objective: Callable[[], Tensor]) -> Callable[[], float]:
    return lambda: float(objective().detach())


@torch.enable_grad()
def _in_batches(
    layer: nn.Module, logits: Callable[[Tensor], Tensor], labels: Tensor, config: FitConfig
) -> None:
    """Passes over all clips in random batches of 128, by a recipe of the paper.

    Args:
        layer: What learns.
        logits: From indices (batch,) of clips to (batch, 2).
        labels: (clip,)
        config: How.
    """
    recipe = _RECIPES[config.recipe](layer)
    generator = torch.Generator().manual_seed(config.seed)
    for _ in range(recipe.epochs):
        order = torch.randperm(len(labels), generator=generator)
        for chosen in order.split(_PAPER_BATCH):  # type: ignore[no-untyped-call]
            recipe.optimizer.zero_grad()
            loss_of(config.loss, logits(chosen), labels[chosen]).backward()  # type: ignore[no-untyped-call]
            recipe.optimizer.step()
        if recipe.schedule is not None:
            recipe.schedule.step()


@dataclass(frozen=True)
class _Steps:
    epochs: int
    optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None


def _for_keywords(layer: nn.Module) -> _Steps:
    """SGD, a tenth of the rate after epochs 4 and 7 (reference code)."""
    optimizer = torch.optim.SGD(
        layer.parameters(), _PAPER_RATE, _PAPER_MOMENTUM, weight_decay=_PAPER_DECAY
    )
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, list(_PAPER_DROPS), 0.1)
    return _Steps(_PAPER_EPOCHS, optimizer, schedule)


def _for_digits(layer: nn.Module) -> _Steps:
    """Adam with amsgrad, five epochs (MNIST; the rate is the reference code's, the text has 1e-4)."""
    optimizer = torch.optim.Adam(layer.parameters(), _DIGITS_RATE, amsgrad=True)
    return _Steps(_DIGITS_EPOCHS, optimizer)


_RECIPES = {Recipe.PAPER: _for_keywords, Recipe.PAPER_DIGITS: _for_digits}
