"""Where names stand in a picture of points, so that they hide neither points nor each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

RADII = (11, 17, 25, 34, 44, 56, 70, 86, 104, 124)
DIRECTIONS = 16
LEADER_FROM = 20
"""Distance in pixels from which a name needs a line to its point."""


class Box(NamedTuple):
    """A rectangle in pixels; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two have more than an edge in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True)
class Label:
    """A name to be placed at a point, ``width`` by ``height`` pixels."""

    x: float
    y: float
    width: float
    height: float


class Place(NamedTuple):
    """Where a name stands, and whether it is so far off that it needs a line to its point."""

    box: Box
    needs_line: bool


def place_labels(
    labels: Sequence[Label], obstacles: Sequence[Box], area: Box
) -> tuple[Place | None, ...]:
    """A place for each name, the nearest that is free; None where there is none.

    Args:
        labels: The important ones first, for they have the first choice.
        obstacles: What no name may cover.
        area: What no name may leave.
    """
    taken = list(obstacles)
    places: list[Place | None] = []
    for label in labels:
        place = next(
            (
                place
                for place in _around(label)
                if area.holds(place.box) and not any(place.box.meets(box) for box in taken)
            ),
            None,
        )
        if place is not None:
            taken.append(place.box)
        places.append(place)
    return tuple(places)


def _around(label: Label) -> list[Place]:
    """Places on ever wider rings; on each the right comes first, then the left, above and below."""
    found = []
    for radius in RADII:
        for step in sorted(range(DIRECTIONS), key=_liking):
            angle = 2 * math.pi * step / DIRECTIONS
            across, down = math.cos(angle), math.sin(angle)
            # The edge of the name that is nearest to the point lies on the ring.
            x = label.x + radius * across + (across - 1) / 2 * label.width
            y = label.y + radius * down + (down - 1) / 2 * label.height
            box = Box(x, y, x + label.width, y + label.height)
            found.append(Place(box, radius >= LEADER_FROM))
    return found


def _liking(step: int) -> tuple[int, int]:
    """Right and left before above and below before what lies between."""
    quarter = DIRECTIONS // 4
    rank = (0, 2, 1, 2)[step // quarter] if step % quarter == 0 else 3
    return rank, step
