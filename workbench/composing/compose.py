"""Any words of one backbone, stacked into a classifier: an ordinary patch that stores a last layer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import torch

from workbench.backbones.registry import LoadedBackbone
from workbench.composing.keyword import KeywordCard, KeywordHead
from workbench.composing.losses import Loss
from workbench.data.findings import names
from workbench.data.task import UNKNOWN
from workbench.errors import WorkbenchError
from workbench.methods.head.method import Head, HeadConfig
from workbench.methods.patch import Patch, PatchCard, StoredDecision
from workbench.methods.versions import versions_here

REJECT_BELOW = 0.5


def can_reject(cards: Iterable[KeywordCard]) -> bool:
    """Whether a probability can be asked of each of these words by itself."""
    return all(card.fit.loss.gives_probability for card in cards)


def compose(
    heads: Sequence[KeywordHead],
    loaded: LoadedBackbone,
    name: str,
    reject_below: float | None = REJECT_BELOW,
) -> Patch:
    """A patch whose classes are the words, in the order given.

    A word's logit depends on its own row alone: with another word more or less it stays the same to the last bit.

    Args:
        heads: At least one; their labels differ.
        loaded: The backbone that they were learned on.
        name: What the classifier is called.
        reject_below: Probability in (0, 1) that a word has to have by itself. Where none has it, the class
            ``_unknown_`` wins: it comes first, its weights are zero and its bias is the logit of this probability.
            None leaves that class out; then some word always wins, as in the paper.

    Raises:
        WorkbenchError: without words, for two words of one label, a probability out of range, or one where the words'
            loss gives none, words of several losses, or words of another backbone.
    """
    _check(heads, loaded)
    if reject_below is not None and not can_reject(head.card for head in heads):
        raise _no_probability(heads[0].card)
    labels = tuple(head.card.label for head in heads)
    rejects = reject_below is not None
    classes = (UNKNOWN, *labels) if rejects else labels
    method, config = Head(), HeadConfig()
    model = method.attach(loaded.backbone, classes, config, seed=0)
    layer = model.backbone.head_layer
    assert layer.bias is not None
    with torch.no_grad():
        layer.weight.zero_()
        if reject_below is not None:
            layer.bias[0] = _logit(reject_below)
        for row, head in enumerate(heads, start=int(rejects)):
            layer.weight[row] = head.weight.reshape(layer.weight[row].shape)
            layer.bias[row] = head.bias
    card = PatchCard(
        task=name,
        method=method.name,
        config=config.model_dump(mode="json"),
        backbone=loaded.card.name,
        backbone_sha256=loaded.card.sha256,
        classes=classes,
        frontend=loaded.card.frontend,
        decisions=tuple(StoredDecision.of(d) for d in method.decisions(model)),
        cost=method.cost(model, config).as_record(),
        seed=0,
        epochs=0,
        versions=versions_here(),
    )
    return Patch(card, method.patch_tensors(model, config))


def _logit(probability: float) -> float:
    if not 0 < probability < 1:
        raise WorkbenchError(
            f"{probability:g} is no threshold for rejecting.",
            hint="Give a probability between 0 and 1, such as 0.5.",
        )
    return math.log(probability) - math.log1p(-probability)


def _no_probability(card: KeywordCard) -> WorkbenchError:
    return WorkbenchError(
        f"{card.label} was learned with the loss {card.fit.loss}, whose outputs are no probability of a word by "
        "itself, so there is nothing for a rejection threshold to compare with.",
        data="Nothing was composed; the library is as it was.",
        hint=f"Leave the threshold out, or learn the words with {Loss.SIGMOID_BCE}.",
    )


def _refuse_other_losses(heads: Sequence[KeywordHead]) -> None:
    """The highest logit wins, and logits of different losses do not mean the same."""
    by_loss: dict[Loss, list[str]] = {}
    for head in heads:
        by_loss.setdefault(head.card.fit.loss, []).append(head.card.label)
    if len(by_loss) > 1:
        learned = "; ".join(f"{names(labels)} with {loss}" for loss, labels in by_loss.items())
        raise WorkbenchError(
            f"These words were learned with different losses, so their outputs cannot be compared: {learned}.",
            data="Nothing was composed; the library is as it was.",
            hint="Choose words of one loss, or learn some of them again with the loss of the others.",
        )


def _check(heads: Sequence[KeywordHead], loaded: LoadedBackbone) -> None:
    if not heads:
        raise WorkbenchError("There is no word to compose.", hint="Choose at least one word.")
    foreign = [h.card for h in heads if h.card.backbone_sha256 != loaded.card.sha256]
    if foreign:
        other = foreign[0]
        raise WorkbenchError(
            f"{names([card.label for card in foreign])} was learned on {other.backbone} "
            f"#{other.backbone_sha256[:8]}, not on {loaded.card.name} #{loaded.card.sha256[:8]}.",
            data="Nothing was composed; the library is as it was.",
            hint=f"Choose words of one backbone, or learn them again on {loaded.card.name}.",
        )
    _refuse_other_losses(heads)
    width = loaded.backbone.embedding_width
    damaged = [head.card.label for head in heads if head.weight.numel() != width]
    if damaged:
        raise WorkbenchError(
            f"The row of {names(damaged)} does not fit {loaded.card.name}.",
            data="Nothing was composed; the library is as it was.",
            hint="Learn the word again.",
        )
    label, count = Counter(head.card.label for head in heads).most_common(1)[0]
    if count > 1:
        raise WorkbenchError(
            f"{label} was chosen {count} times, from different tasks.",
            data="Nothing was composed; the library is as it was.",
            hint="Choose it from one task only.",
        )
