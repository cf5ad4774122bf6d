"""Accuracy with its uncertainty, per class and as a confusion table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit
from sklearn.metrics import confusion_matrix

Z95 = 1.959963984540054


@dataclass(frozen=True)
class ClassResult:
    """Attributes: share of the class's clips that were recognised, its interval, and their number."""

    recall: float
    ci95: tuple[float, float]
    n: int


@dataclass(frozen=True)
class Evaluation:
    """Attributes: share correct with 95 % Wilson interval; confusion[i][j] counts true i called j."""

    accuracy: float
    n: int
    ci95: tuple[float, float]
    per_class: dict[str, ClassResult]
    confusion: tuple[tuple[int, ...], ...]
    labels: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


def wilson(correct: int, n: int) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson 1927); (0, 1) when there is nothing to count."""
    if n == 0:
        return 0.0, 1.0
    share = correct / n
    z2 = Z95 * Z95
    centre = share + z2 / (2 * n)
    reach = Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    # At the ends centre and reach are equal, but not to the last bit.
    low = (centre - reach) / scale if correct else 0.0
    return low, (centre + reach) / scale if correct < n else 1.0


def seeds_interval(shares: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean of several runs' proportions (Student 1908), cut to 0..1.

    It tells what other seeds would give on the same clips, not what other clips would give.

    Args:
        shares: One proportion a run; at least two.
    """
    mean = statistics.mean(shares)
    reach = stdtrit(len(shares) - 1, 0.975) * statistics.stdev(shares) / math.sqrt(len(shares))
    return max(0.0, mean - float(reach)), min(1.0, mean + float(reach))


def evaluate_predictions(
    truth: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64], labels: Sequence[str]
) -> Evaluation:
    """Compare class indices (clip,) with predicted ones (clip,)."""
    table = confusion_matrix(truth, predicted, labels=range(len(labels)))
    correct, n = int(np.trace(table)), len(truth)
    per_class = {}
    for i, label in enumerate(labels):
        of_class, hit = int(table[i].sum()), int(table[i, i])
        recall = hit / of_class if of_class else 0.0
        per_class[label] = ClassResult(recall, wilson(hit, of_class), of_class)
    confusion = tuple(tuple(int(count) for count in row) for row in table)
    accuracy = correct / n if n else 0.0
    return Evaluation(accuracy, n, wilson(correct, n), per_class, confusion, tuple(labels))
