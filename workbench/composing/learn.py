"""Learning words of a task, one after the other, from embeddings that are computed once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.backbones.registry import LoadedBackbone
from workbench.cancel import CancelToken
from workbench.composing.embeddings import embeddings_of
from workbench.composing.fit import (
    REST,
    WORD,
    FitConfig,
    Mode,
    fit_rows,
    fit_rows_in_training_mode,
)
from workbench.composing.keyword import BinaryAccuracy, KeywordCard, KeywordHead
from workbench.data.findings import names
from workbench.data.store import ClipStore
from workbench.data.task import Split, Task, is_word
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import wilson
from workbench.methods.versions import versions_here
from workbench.training.batches import derive_seed, label_indices


@dataclass(frozen=True)
class Embedded:
    """One part of a task.

    Attributes:
        embeddings: (clip, width); for a backbone that is run in training mode what it takes (clip, ...).
        labels: Class index (clip,).
    """

    embeddings: Tensor
    labels: Tensor


def words_of(task: Task) -> tuple[str, ...]:
    """What a library keeps of a task: silence and unknown are what words are told from, no words."""
    return tuple(label for label in task.classes if is_word(label))


def learn_words(
    task: Task,
    loaded: LoadedBackbone,
    store: ClipStore,
    words: Sequence[str] = (),
    config: FitConfig | None = None,
    token: CancelToken | None = None,
) -> Iterator[KeywordHead]:
    """Learn words one at a time, each against all other classes of its task.

    The other words' rows play no part: a word that is learned later, or again, leaves them as they are.

    Args:
        task: Clips with their parts; it has the words, and other clips to tell them from.
        loaded: The backbone; its features stay as they are.
        store: Cache of clips, features and embeddings.
        words: Which; none means all.
        config: How; by default ours.
        token: Looked at once per word and once per batch of clips.

    Yields:
        Each word as soon as it is learned.

    Raises:
        WorkbenchError: for words that the task does not have, or has no training clips of, or nothing to tell from.
        Cancelled: when the token was stopped.
    """
    config = config or FitConfig()
    chosen = tuple(words) or words_of(task)
    _check(task, chosen)
    part = _embedded if config.mode is Mode.EVALUATION else _inputs
    train = part(task, Split.TRAIN, loaded, store, token)
    validation = _embedded(task, Split.VAL, loaded, store, token)
    for word in chosen:
        if token:
            token.check()
        yield _learn(task, word, train, validation, loaded, config)


def _embedded(
    task: Task, part: Split, loaded: LoadedBackbone, store: ClipStore, token: CancelToken | None
) -> Embedded:
    clips = task.part(part)
    return Embedded(embeddings_of(clips, loaded, store, token), label_indices(clips, task.classes))


def _inputs(
    task: Task, part: Split, loaded: LoadedBackbone, store: ClipStore, token: CancelToken | None
) -> Embedded:
    clips = task.part(part)
    rows = store.features(clips, loaded.card.frontend, token).take(slice(None))
    return Embedded(torch.from_numpy(rows), label_indices(clips, task.classes))


def _learn(
    task: Task,
    word: str,
    train: Embedded,
    validation: Embedded,
    loaded: LoadedBackbone,
    config: FitConfig,
) -> KeywordHead:
    index = task.classes.index(word)
    # Draws of its own for each word: what all words had in common would cancel once they are put together.
    own = config.model_copy(update={"seed": derive_seed(config.seed, word)})
    positive, negative = balanced(train, index, own.least_others, own.seed)
    weights, biases = (
        fit_rows(positive, negative, own)
        if own.mode is Mode.EVALUATION
        else fit_rows_in_training_mode(loaded.backbone, positive, negative, own)
    )
    card = KeywordCard(
        label=word,
        task=task.name,
        fit=config,
        backbone=loaded.card.name,
        backbone_sha256=loaded.card.sha256,
        frontend=loaded.card.frontend,
        clips=int((train.labels == index).sum()),
        others=min(len(negative), int((train.labels != index).sum())),
        validation=binary_accuracy(validation, index, weights, biases, config.seed),
        versions=versions_here(),
    )
    return KeywordHead(card, weights[WORD].clone(), biases[WORD].clone())


def balanced(part: Embedded, index: int, least_others: int, seed: int) -> tuple[Tensor, Tensor]:
    """Embeddings of a word and, drawn at random, as many of other classes.

    Args:
        part: To draw from; it has clips of the word and of others.
        index: Class of the word.
        least_others: Other clips to take at least, as far as there are any.
        seed: Of the draw.

    Returns:
        Two tensors (clip, width) of equal length: all clips of the word and those drawn, the fewer ones repeated.
    """
    own = part.embeddings[part.labels == index]
    others = part.embeddings[part.labels != index]
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(seed))
    drawn = others[order[: max(len(own), least_others)]]
    places = torch.arange(max(len(own), len(drawn)))
    return own[places % len(own)], drawn[places % len(drawn)]


def binary_accuracy(
    part: Embedded, index: int, weights: Tensor, biases: Tensor, seed: int
) -> BinaryAccuracy | None:
    """Of both outputs on the clips of the word and as many others; None without clips of either."""
    own = int((part.labels == index).sum())
    n = min(own, len(part.labels) - own)
    if n == 0:
        return None
    word, rest = balanced(part, index, 0, derive_seed(seed, "validation", index))
    logits = torch.cat([word[:n], rest[:n]]) @ weights.T + biases
    truth = torch.cat([torch.full((n,), WORD), torch.full((n,), REST)])
    correct = int((logits.argmax(dim=1) == truth).sum())
    return BinaryAccuracy(accuracy=correct / (2 * n), ci95=wilson(correct, 2 * n), n=2 * n)


def _check(task: Task, words: Sequence[str]) -> None:
    if others := [word for word in words if not is_word(word)]:
        raise WorkbenchError(
            f"{names(others)} cannot be kept as words: they are what words are told from.",
            data="The library is as it was.",
            hint="A recogniser gets its class for everything else when it is composed.",
        )
    trained = {clip.label for clip in task.part(Split.TRAIN)}
    if missing := [word for word in words if word not in trained]:
        raise WorkbenchError(
            f"{task.name} has no training clips of {names(missing)}.",
            data="The library is as it was.",
            hint="Record or import some, or choose other words.",
        )
    if len(trained) < 2 or not words:
        raise WorkbenchError(
            f"{task.name} has nothing to tell a word from.",
            data="The library is as it was.",
            hint="Record or import clips of at least one more class; other words or noise will do.",
        )
