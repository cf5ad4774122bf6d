"""Errors of a detector: false alarms per hour, missed words, and the curve between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, nbinom

from workbench.evaluation.metrics import wilson

RULE_OF_THREE = 3.0


@dataclass(frozen=True)
class HourlyRate:
    """Events per hour.

    Attributes:
        events: How many were counted.
        hours: How long was listened.
        per_hour: Their ratio; infinite when nothing was heard.
        ci95: Interval of the true rate per hour.
    """

    events: int
    hours: float
    per_hour: float
    ci95: tuple[float, float]


@dataclass(frozen=True)
class MissRate:
    """Attributes: words missed, words spoken, their share, its 95 % Wilson interval."""

    missed: int
    n: int
    share: float
    ci95: tuple[float, float]


@dataclass(frozen=True)
class DetPoint:
    """One point of the detection error trade-off: what a threshold costs on either side."""

    threshold: float
    false_alarms_per_hour: float
    false_reject_rate: float


def false_alarms_per_hour(events: int, hours: float) -> HourlyRate:
    """Rate of a Poisson count with its 95 % interval.

    With events the interval is the exact one (Garwood 1936). Without any, the upper bound is ``3 / hours`` (the rule
    of three, one-sided 95 %): five clean minutes only prove fewer than 36 per hour.
    """
    if hours <= 0:
        return HourlyRate(events, hours, float("inf"), (0.0, float("inf")))
    if events == 0:
        return HourlyRate(0, hours, 0.0, (0.0, RULE_OF_THREE / hours))
    low = float(chi2.ppf(0.025, 2 * events)) / 2
    high = float(chi2.ppf(0.975, 2 * events + 2)) / 2
    return HourlyRate(events, hours, events / hours, (low / hours, high / hours))


def expected_again(events: int, hours: float) -> tuple[float, float]:
    """Rate per hour to expect of as much other audio, when the threshold was chosen to leave ``events``.

    A threshold that was placed on the counted audio is a little flattered by it, and the next count varies too. Given
    the choice, that count follows a negative binomial law, whatever the scores' distribution: of n + n scores in random
    order, those of the new audio above the (events + 1)-th highest old one. The interval covers at least 90 %; for no
    events it is (0, 3 / hours).
    """
    if hours <= 0:
        return 0.0, float("inf")
    law = nbinom(events + 1, 0.5)
    low = max(0, int(law.ppf(0.05)))
    high = int(law.ppf(0.95)) if events else int(RULE_OF_THREE)
    return low / hours, high / hours


def false_reject_rate(missed: int, n: int) -> MissRate:
    """Share of spoken words that were not detected; 0 with the interval (0, 1) when none was spoken."""
    return MissRate(missed, n, missed / n if n else 0.0, wilson(missed, n))


def det_curve(
    word_scores: Sequence[float], alarm_scores: Sequence[float], hours: float
) -> tuple[DetPoint, ...]:
    """Trade-off over all thresholds at which anything changes, from the lowest to the highest.

    Args:
        word_scores: Highest score of each spoken word.
        alarm_scores: Highest score of each separate event in audio without words.
        hours: Length of that audio.
    """
    words, alarms = np.sort(word_scores), np.sort(alarm_scores)
    thresholds = np.unique(np.concatenate([words, alarms]))
    missed = np.searchsorted(words, thresholds, side="left")
    raised = len(alarms) - np.searchsorted(alarms, thresholds, side="left")
    return tuple(
        DetPoint(
            float(threshold),
            float(alarm) / hours if hours > 0 else float("inf"),
            float(miss) / len(words) if len(words) else 0.0,
        )
        for threshold, alarm, miss in zip(thresholds, raised, missed, strict=True)
    )
