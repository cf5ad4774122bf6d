"""Cascades: cheap networks answer what they are sure of, dearer ones the rest.

Source: Streeter, "Approximation Algorithms for Cascading Prediction Models" (ICML 2018), the greedy algorithm; as used
on networks at several resolutions by Mudrakarta et al., "K for the Price of 1" (arXiv 1810.10703, section on cascades).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import wilson

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidate:
    """A network that may become a stage.

    Attributes:
        cost: Of one answer, in multiplies.
        confidence: Highest class probability, (clip,).
        correct: Whether that class is the right one, (clip,).
    """

    name: str
    cost: float
    confidence: Floats
    correct: Flags

    @property
    def accuracy(self) -> float:
        return float(self.correct.mean())


@dataclass(frozen=True)
class Stage:
    """Attributes: answers when its confidence is at least ``threshold``; the last stage's is 0, it always answers."""

    name: str
    cost: float
    threshold: float


@dataclass(frozen=True)
class CascadeScore:
    """A cascade, or a single network, on one set of clips.

    Attributes:
        accuracy: Share correct, with 95 % Wilson interval, of ``n`` clips.
        answered: Share of all clips that each stage answers.
        average_cost: Mean multiplies of a clip: of the stage that answers, and of all stages before.
    """

    accuracy: float
    ci95: tuple[float, float]
    n: int
    answered: tuple[float, ...]
    average_cost: float


@dataclass(frozen=True)
class Cascade:
    """Attributes: stages in the order in which they are asked, and the network that they must not fall behind."""

    stages: tuple[Stage, ...]
    reference: str


def candidate(
    name: str, cost: float, logits: npt.NDArray[np.floating], labels: npt.NDArray[np.int64]
) -> Candidate:
    """A candidate from logits (clip, class) and the right classes (clip,)."""
    probabilities = softmax(logits.astype(np.float64), axis=1)
    correct = probabilities.argmax(axis=1) == labels
    return Candidate(name, cost, probabilities.max(axis=1), correct)


def greedy_cascade(pool: Sequence[Candidate], reference: str | None = None) -> Cascade:
    """Choose stages and thresholds on one set of clips.

    In each step every candidate takes the smallest threshold at which it is at least as often right as the reference
    on what it answers of the clips that are left; the one with the most answers per multiply becomes the next stage.
    On these clips the cascade is at least as accurate as the reference and costs no more on average; the average cost
    is within four times the least possible.

    Args:
        pool: Candidates on the same clips in the same order.
        reference: Name of the network not to fall behind; by default the most accurate, the cheapest of equals.

    Raises:
        WorkbenchError: for no candidates, equal names, no clips, or an unknown reference.
    """
    chosen = _reference(pool, reference)
    left = np.ones(len(chosen.correct), dtype=np.bool_)
    waiting = list(pool)
    stages: list[Stage] = []
    while left.any():
        offers = [(c, _smallest_threshold(c, chosen, left)) for c in waiting]
        best, threshold = max(
            ((c, t) for c, t in offers if t is not None),
            key=lambda offer: _worth(offer[0], offer[1], left),
        )
        answered = left & (best.confidence >= threshold)
        left &= ~answered
        waiting.remove(best)
        stages.append(Stage(best.name, best.cost, threshold if left.any() else 0.0))
    return Cascade(tuple(stages), chosen.name)


def score_cascade(cascade: Cascade, pool: Sequence[Candidate]) -> CascadeScore:
    """Run a cascade on a set of clips: those that chose its thresholds, or better others.

    Args:
        cascade: Its stages are among the pool.
        pool: Candidates on these clips.
    """
    by_name = {c.name: c for c in pool}
    n = len(pool[0].correct)
    left = np.ones(n, dtype=np.bool_)
    correct, cost = 0, 0.0
    shares = []
    for stage in cascade.stages:
        found = by_name[stage.name]
        answered = left & (found.confidence >= stage.threshold)
        cost += stage.cost * int(left.sum())
        correct += int(found.correct[answered].sum())
        shares.append(int(answered.sum()) / n)
        left &= ~answered
    return CascadeScore(correct / n, wilson(correct, n), n, tuple(shares), cost / n)


def score_alone(found: Candidate) -> CascadeScore:
    """One network on all clips."""
    correct, n = int(found.correct.sum()), len(found.correct)
    return CascadeScore(correct / n, wilson(correct, n), n, (1.0,), found.cost)


def _reference(pool: Sequence[Candidate], name: str | None) -> Candidate:
    names = [c.name for c in pool]
    if not pool or len(set(names)) < len(names):
        raise WorkbenchError(
            "A cascade needs networks of different names.",
            hint="Give each patch once, and rename files of the same name.",
        )
    if len(pool[0].correct) == 0:
        raise WorkbenchError(
            "There are no clips to choose thresholds on.", hint="Choose another part of the task."
        )
    if name is None:
        return max(pool, key=lambda c: (c.accuracy, -c.cost))
    if name not in names:
        raise WorkbenchError(
            f"There is no network named {name!r} to measure the cascade against.",
            hint=f"Known are {', '.join(names)}.",
        )
    return pool[names.index(name)]


def _smallest_threshold(found: Candidate, reference: Candidate, left: Flags) -> float | None:
    """The confidence from which on a candidate may answer what is left; None where it nowhere may."""
    order = np.argsort(-found.confidence[left], kind="stable")
    confidence = found.confidence[left][order]
    ahead = np.cumsum(found.correct[left][order].astype(np.int64) - reference.correct[left][order])
    # Clips of equal confidence are answered together or not at all.
    ends = np.append(confidence[1:] != confidence[:-1], True)
    allowed = np.flatnonzero(ends & (ahead >= 0))
    return float(confidence[allowed[-1]]) if len(allowed) else None


def _worth(found: Candidate, threshold: float, left: Flags) -> tuple[float, int]:
    answers = int((left & (found.confidence >= threshold)).sum())
    return answers / found.cost, answers
