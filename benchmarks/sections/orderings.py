"""Orderings that the papers lead one to expect, and whether this project's figures have them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from sections.text import table

NOTE = (
    "Each ordering with what was measured for it, mean over seeds. Within the interval means that a difference of the\n"
    "wrong sign is smaller than the half width of the 95 % interval of the clips.\n\n"
)
TITLES = ("expected", "where", "measured", "holds")

Rows = dict[str, dict[str, Any]]
Row = tuple[str, str, str, str]


def orderings(folder: Path) -> str:
    """All orderings for which there are figures in the folder of results."""
    rows = [*_of_methods(folder), *_of_budgets(folder), *_of_composing(folder)]
    return NOTE + table(TITLES, rows)


def _of_methods(folder: Path) -> Iterable[Row]:
    pairs = (
        ("swr c=0.1 at least the last layer alone", "swr c=0.1 exact budget", "head"),
        ("swr c=0.5 at least c=0.1", "swr c=0.5 exact budget", "swr c=0.1 exact budget"),
        *(
            (f"staged at least not staged, c={c}", f"swr c={c} threshold", f"swr c={c} not staged")
            for c in ("0.1", "0.3", "0.5")
        ),
        (
            "scale, shift and last layer above the last layer",
            "patch: scale, shift, last layer",
            "head",
        ),
        ("moved statistics alone are no gain", "head", "head and statistics"),
    )
    for path in sorted(folder.glob("adaptation-*.json")):
        record = _read(path)
        for task in dict.fromkeys(row["task"] for row in record["rows"]):
            found: Rows = {row["variant"]: row for row in record["rows"] if row["task"] == task}
            where = f"{record['backbone']}, {task}"
            for expected, better, worse in pairs:
                if {better, worse} <= found.keys():
                    yield expected, where, *_compared(found[better], found[worse])


def _compared(better: dict[str, Any], worse: dict[str, Any]) -> tuple[str, str]:
    difference = better["accuracy"] - worse["accuracy"]
    low, high = better["ci95"]
    verdict = "yes" if difference >= 0 else "within the interval"
    if -difference > (high - low) / 2:
        verdict = "no"
    return f"{100 * difference:+.1f} points", verdict


def _of_budgets(folder: Path) -> Iterable[Row]:
    for path in sorted(folder.glob("controllability.json")):
        record = _read(path)
        for name in ("exact budget", "with super-net"):
            stored = record["stored"][name]
            steps = [later - earlier for earlier, later in pairwise(stored)]
            yield (
                "a larger budget never stores less",
                f"{record['backbone']}, {record['task']}, {name}",
                f"smallest step {100 * min(steps):+.1f} points",
                _yes(min(steps) >= 0),
            )


def _of_composing(folder: Path) -> Iterable[Row]:
    for path in sorted(folder.glob("composing.json")):
        record = _read(path)
        rows = [row for row in record["rows"] if row["protocol"] == "paper"]
        lost = {row["loss"]: row["relative_decrease"] for row in rows}
        yield (
            "sigmoid-BCE loses least by composing",
            record["task"],
            ", ".join(f"{loss} {100 * share:.1f} %" for loss, share in lost.items()),
            _yes(min(lost, key=lambda loss: lost[loss]) == "sigmoid_bce"),
        )
        yield (
            "composed accuracy falls with the number of classes",
            record["task"],
            ", ".join(f"{r['loss']} {_percents(r['curve'], (0, -1))}" for r in rows),
            _yes(all(row["curve"][-1] < row["curve"][0] for row in rows)),
        )


def _percents(values: list[float], places: tuple[int, ...]) -> str:
    return " to ".join(f"{100 * values[place]:.1f} %" for place in places)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
