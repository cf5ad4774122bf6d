"""Make the bundled picture task: signs drawn by many invented hands.

Usage: .venv/bin/python packaging/make_picture_demo.py [FOLDER]

Each hand has a slant, a pressure, a size and a tremble of its own. Hands are split, so a network is measured on hands
that it did not learn from. The same numbers give the same pictures.
"""

from __future__ import annotations

import csv
import math
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from workbench.data.task import Split
from workbench.locations import resources_dir

SEED = 20263
SIDE_PX, FINER = 28, 6
"""Side of a picture, and how many times finer it is drawn before it is made small."""

HANDS = {Split.TRAIN: 18, Split.VAL: 6, Split.TEST: 6}
DRAWN = 2
"""Pictures of each sign by each hand."""

Point = tuple[float, float]
Strokes = tuple[tuple[Point, ...], ...]


def around(corners: int, start: float = -90.0, radius: float = 1.0) -> tuple[Point, ...]:
    """Corners of a regular polygon; the angle is in degrees, 0 to the right."""
    angles = [math.radians(start + 360 * i / corners) for i in range(corners)]
    return tuple((radius * math.cos(a), radius * math.sin(a)) for a in angles)


def closed(points: tuple[Point, ...]) -> tuple[Point, ...]:
    return (*points, points[0])


_STAR = around(5)
_HEART = tuple(
    (
        math.sin(t) ** 3,
        -(13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)) / 16,
    )
    for t in np.linspace(0, 2 * math.pi, 32)
)

SIGNS: dict[str, Strokes] = {
    "arrow": (((-1, 0), (1, 0)), ((0.3, -0.6), (1, 0), (0.3, 0.6))),
    "circle": (closed(around(32)),),
    "cross": (((-0.8, -0.8), (0.8, 0.8)), ((0.8, -0.8), (-0.8, 0.8))),
    "heart": (_HEART,),
    "lightning": (((0.4, -1), (-0.5, 0.1), (0.4, 0.1), (-0.4, 1)),),
    "square": (closed(around(4, -45, 1.1)),),
    "star": (tuple(_STAR[i] for i in (0, 2, 4, 1, 3, 0)),),
    "triangle": (closed(around(3)),),
}


@dataclass(frozen=True)
class Hand:
    """How somebody draws.

    Attributes:
        slant, turn: Shear, and rotation in degrees.
        width: Of the pen, as a share of the picture's side.
        size, narrow: Of the signs, as a share of the picture's side, and their width against their height.
        tremble: Deviation of each corner, as a share of the picture's side.
    """

    slant: float
    turn: float
    width: float
    size: float
    narrow: float
    tremble: float


def some_hand(generator: np.random.Generator) -> Hand:
    return Hand(
        slant=generator.normal(0, 0.15),
        turn=generator.normal(0, 8),
        width=generator.uniform(0.05, 0.12),
        size=generator.uniform(0.27, 0.38),
        narrow=generator.uniform(0.75, 1.25),
        tremble=generator.uniform(0.005, 0.03),
    )


def drawn(strokes: Strokes, hand: Hand, generator: np.random.Generator) -> Image.Image:
    """White on black."""
    side = SIDE_PX * FINER
    page = Image.new("L", (side, side))
    pen = ImageDraw.Draw(page)
    turn = math.radians(hand.turn + generator.normal(0, 4))
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    shear = np.array([[hand.narrow, hand.slant], [0, 1]])
    middle = 0.5 + generator.normal(0, 0.03, 2)
    width = max(1, round(hand.width * side))
    for stroke in strokes:
        points = np.array(stroke) @ (rotation @ shear).T * hand.size + middle
        points += generator.normal(0, hand.tremble, points.shape)
        line = [tuple(point) for point in points * side]
        pen.line(line, fill=255, width=width, joint="curve")
        for x, y in line:
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return page.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)


def hands() -> Iterator[tuple[Split, str, Hand]]:
    generator = np.random.default_rng(SEED)
    for split, number in HANDS.items():
        for i in range(number):
            yield split, f"{split.value}-hand-{i + 1}", some_hand(generator)


def main(folder: Path) -> None:
    for label in SIGNS:
        shutil.rmtree(folder / label, ignore_errors=True)
    generator = np.random.default_rng(SEED + 1)
    rows = []
    for split, name, hand in hands():
        for label, strokes in SIGNS.items():
            for number in range(1, DRAWN + 1):
                path = Path(label) / f"{name}-{number}.png"
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                drawn(strokes, hand, generator).save(folder / path, optimize=True)
                rows.append((path.as_posix(), label, split.value, name))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "label", "split", "speaker"))
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else resources_dir() / "signs")
