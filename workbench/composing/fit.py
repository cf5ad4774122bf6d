"""One word against the rest: a fresh last layer with two outputs on embeddings of the frozen backbone.

Source: "Dynamic Model Construction for Efficient Classification" (the composing algorithm); the word is output 0,
everything else output 1, and of the two only the word's row is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from workbench.composing.losses import Loss, loss_of
from workbench.methods.base import draw_parameters

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


class FitConfig(BaseModel):
    """How a word is learned.

    The defaults are ours. The paper's are ``start="default", recipe="paper", least_others=0``; it also moves the
    norms' statistics while fitting, which is left out: the composed network uses the backbone's own.

    Attributes:
        loss: Which of the three; only with ``sigmoid_bce`` a logit by itself says how likely the word is.
        least_others: Clips of other classes to compare with, at least; the word's clips are repeated to match. Where
            the word has more clips than that, as many are drawn.
        penalty: Weight of the squared norm of the (standardised) rows; the paper's recipe has its own.
        seed: Of the first rows and of every draw.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss: Loss = Loss.SIGMOID_BCE
    start: Start = Start.ZERO
    recipe: Recipe = Recipe.MINIMUM
    least_others: int = Field(600, ge=0)
    penalty: float = Field(1e-2, ge=0)
    seed: int = Field(0, ge=0)


PAPER = FitConfig(start=Start.DEFAULT, recipe=Recipe.PAPER, least_others=0)
PAPER_DIGITS = PAPER.model_copy(update={"recipe": Recipe.PAPER_DIGITS})


def fit_rows(word: Tensor, rest: Tensor, config: FitConfig) -> tuple[Tensor, Tensor]:
    """Fit both rows; with ``PAPER`` as the paper does.

    Args:
        word: Embeddings (clip, width) of the word.
        rest: As many of other classes.
        config: How.

    Returns:
        Weights (2, width) and biases (2,), the word's first.
    """
    embeddings = torch.cat([word, rest])
    labels = torch.cat([torch.full((len(word),), WORD), torch.full((len(rest),), REST)])
    layer = nn.Linear(embeddings.shape[1], 2)
    if config.start is Start.DEFAULT:
        draw_parameters([layer], config.seed)
    else:
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    descend = _DESCENTS[config.recipe]
    # Always with gradients, whoever calls.
    with torch.enable_grad():
        descend(layer, embeddings, labels, config)
    return layer.weight.detach(), layer.bias.detach()


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


def _as_in_paper(layer: nn.Linear, embeddings: Tensor, labels: Tensor, config: FitConfig) -> None:
    """SGD, batches of 128, a tenth of the rate after epochs 4 and 7 (keyword spotting, reference code)."""
    optimizer = torch.optim.SGD(
        layer.parameters(), _PAPER_RATE, _PAPER_MOMENTUM, weight_decay=_PAPER_DECAY
    )
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, list(_PAPER_DROPS), 0.1)
    for _ in _epochs(_PAPER_EPOCHS, optimizer, layer, embeddings, labels, config):
        schedule.step()


def _as_in_paper_for_digits(
    layer: nn.Linear, embeddings: Tensor, labels: Tensor, config: FitConfig
) -> None:
    """Adam with amsgrad, batches of 128, five epochs (MNIST; the rate is the reference code's, the text has 1e-4)."""
    optimizer = torch.optim.Adam(layer.parameters(), _DIGITS_RATE, amsgrad=True)
    for _ in _epochs(_DIGITS_EPOCHS, optimizer, layer, embeddings, labels, config):
        pass


def _epochs(
    number: int,
    optimizer: torch.optim.Optimizer,
    layer: nn.Linear,
    embeddings: Tensor,
    labels: Tensor,
    config: FitConfig,
) -> Iterator[None]:
    """Pass over all embeddings in random batches; yields after each pass."""
    generator = torch.Generator().manual_seed(config.seed)
    for _ in range(number):
        order = torch.randperm(len(labels), generator=generator)
        for chosen in order.split(_PAPER_BATCH):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            loss_of(config.loss, layer(embeddings[chosen]), labels[chosen]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        yield


_DESCENTS = {
    Recipe.MINIMUM: _to_minimum,
    Recipe.PAPER: _as_in_paper,
    Recipe.PAPER_DIGITS: _as_in_paper_for_digits,
}
