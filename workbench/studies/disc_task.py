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
    """Which points are inside: in each some 36 % of the square, so that "all outside" is right for 64 %."""

    ONE_DISC = "one disc"
    TWO_DISCS = "two discs"
    RING = "ring"


DISCS: dict[Labelling, tuple[tuple[float, float, float], ...]] = {
    Labelling.ONE_DISC: ((0.0, 0.0, 0.68),),
    Labelling.TWO_DISCS: ((-0.5, -0.5, 0.48), (0.5, 0.5, 0.48)),
    Labelling.RING: ((0.0, 0.0, 0.8), (0.0, 0.0, 0.42)),
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
        first_steps, steps: Of learning ``first`` and ``second``, with all points in each.
        first_rate, rate: Of Adam at the start; they fall to 0 along half a cosine. Few numbers want a larger one
            than all (section 5 of the paper).
        grid: Points along a side of the decision map, which is also what accuracy is measured on.
    """

    first: Labelling = Labelling.TWO_DISCS
    second: Labelling = Labelling.ONE_DISC
    width: int = 2
    modes: tuple[Mode, ...] = tuple(Mode)
    pretrained: bool = True
    seed: int = 0
    points: int = 500
    first_steps: int = 600
    steps: int = 1000
    first_rate: float = 0.01
    rate: float = 0.02
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
