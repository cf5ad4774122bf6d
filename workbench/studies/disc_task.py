"""A task in the plane that can be looked at: labellings of a square, what may change, and what a study tells.

After appendix A of "K for the price of 1" (arXiv 1810.10703). The paper shows its labellings as pictures only; discs
are this project's choice. No torch here, so that a window can show the choices before the engine is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

HALF_SIDE = 1.0
"""The plane is the square from -1 to 1 on both axes."""


class Labelling(StrEnum):
    """Which points are inside; nearly half the square each, so that guessing one class never looks good."""

    ONE_DISC = "one disc"
    TWO_DISCS = "two discs"
    RING = "ring"


DISCS: dict[Labelling, tuple[tuple[float, float, float], ...]] = {
    Labelling.ONE_DISC: ((0.0, 0.0, 0.76),),
    Labelling.TWO_DISCS: ((-0.45, -0.45, 0.54), (0.45, 0.45, 0.54)),
    Labelling.RING: ((0.0, 0.0, 0.9), (0.0, 0.0, 0.45)),
}
"""Centre and radius; a point is inside when it lies in an odd number of discs."""


class Mode(StrEnum):
    """What may change when the second labelling is learned, with the letter that the paper gives it."""

    BIASES = "A"
    SCALES = "B"
    BOTH = "C"
    BOTH_AND_LOGITS = "D"
    LOGITS = "E"


@dataclass(frozen=True)
class DiscConfig:
    """One study.

    Attributes:
        first: What the network learns with all its parameters.
        second: What it is then adapted to, once per mode.
        width: Of the embedding, the last layer's input; the paper's m.
        modes: In this order.
        pretrained: Adapt the network that learned ``first``; else one with random weights, and learn nothing before.
        seed: Of the weights and the training points.
        points: Training points, even over the square.
        steps: Of each stage, with all points in each.
        learning_rate: Of Adam at the start; it falls to 0 along a half cosine.
        grid: Points along a side of the decision map, which is also what accuracy is measured on.
    """

    first: Labelling = Labelling.ONE_DISC
    second: Labelling = Labelling.TWO_DISCS
    width: int = 2
    modes: tuple[Mode, ...] = tuple(Mode)
    pretrained: bool = True
    seed: int = 0
    points: int = 1000
    steps: int = 1500
    learning_rate: float = 0.02
    grid: int = 48


@dataclass(frozen=True)
class StageStarted:
    """The first labelling is being learned where ``modes`` is empty, else the second, in these modes at once.

    Attributes:
        trained: Numbers that may change, per mode; one for the first labelling.
        total: Weights and biases of the network; its scales, which fold into the weights, are not counted.
    """

    modes: tuple[Mode, ...]
    trained: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class View:
    """One network as it is after some steps.

    Attributes:
        loss: Over the training points, in nats, before the last step.
        accuracy: Share of the decision map that is right, 0 to 1.
        inside: Decision map (row, column), rows from y = -1 upwards, columns from x = -1: probability of inside.
    """

    loss: float
    accuracy: float
    inside: NDArray[np.float32]


@dataclass(frozen=True)
class Looked:
    """All networks of a stage after some of its steps; views in the order of ``StageStarted.modes``."""

    step: int
    steps: int
    views: tuple[View, ...]


DiscEvent = StageStarted | Looked


def grid_points(side: int) -> NDArray[np.float32]:
    """Centres of equal cells, row by row as in ``Looked.inside``: (side * side, 2)."""
    ticks = (np.arange(side, dtype=np.float32) + 0.5) * (2 * HALF_SIDE / side) - HALF_SIDE
    x, y = np.meshgrid(ticks, ticks)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def labels(labelling: Labelling, points: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each point (point, 2) is inside."""
    inside = np.zeros(len(points), dtype=bool)
    for x, y, radius in DISCS[labelling]:
        inside ^= (points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2 < radius**2
    return inside
