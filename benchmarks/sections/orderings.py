"""Orderings that the papers lead one to expect, and whether this project's figures have them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

from sections.text import percent, table

NOTE = (
    "Each ordering with what was measured for it, mean over seeds. Within the interval means that a difference of the\n"
    "wrong sign is smaller than the half width of the 95 % interval of the clips.\n\n"
)
TITLES = ("expected", "where", "measured", "holds")

KNOWN_NOTE = (
    "SWR below the last layer alone is found where the backbone was pretrained on the task's very words. The\n"
    "experiment: the same rows on words that no backbone has heard (spanish-demo). `to gain` is what fine-tuning\n"
    "gains on the last layer, `statistics` what moving the norms' statistics does by itself: methods that move\n"
    "them, as SWR does, pay that first. In points of accuracy.\n\n"
)
KNOWN_TITLES = (
    "backbone, task",
    "backbone as it is",
    "last layer",
    "to gain",
    "statistics",
    "swr c=0.1 - last layer",
)

COMPOSED_NOTE = (
    "For composing in training mode the experiment is in the rows themselves. The network of arabic-40 has no\n"
    "dropout: its two fits differ in nothing but norms that normalise by the batch, half of which is one word.\n"
    "The network of digits has dropout and no norms."
)

Rows = dict[str, dict[str, Any]]
Row = tuple[str, str, str, str]
Pairs = tuple[tuple[str, str, str], ...]


def orderings(folder: Path) -> str:
    """All orderings for which there are figures in the folder of results."""
    rows = [
        *_of_methods(folder, "adaptation", _pairs_on_sounds()),
        *_of_methods(folder, "pictures", _pairs_on_pictures()),
        *_of_budgets(folder),
        *_of_composing(folder),
        *_of_sizes(folder),
    ]
    known = table(KNOWN_TITLES, _of_known_words(folder))
    return f"{NOTE}{table(TITLES, rows)}\n\n{KNOWN_NOTE}{known}\n\n{COMPOSED_NOTE}"


def _pairs_on_sounds() -> Pairs:
    return (
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


def _pairs_on_pictures() -> Pairs:
    return (
        ("scale, shift and last layer above the last layer", "scale, shift, last", "last"),
        ("depth-wise kernels and last layer above the last layer", "depth-wise, last", "last"),
        ("moved statistics alone are no gain", "last", "last and statistics"),
        ("swr c=0.1 at least the last layer alone", "swr c=0.1 exact budget", "last"),
        ("swr c=0.5 at least c=0.1", "swr c=0.5 exact budget", "swr c=0.1 exact budget"),
    )


def _of_methods(folder: Path, kind: str, pairs: Pairs) -> Iterable[Row]:
    for where, found in _tasks(folder, kind):
        for expected, better, worse in pairs:
            if {better, worse} <= found.keys():
                yield expected, where, *_compared(found[better], found[worse])


def _of_known_words(folder: Path) -> Iterable[tuple[str, ...]]:
    head, moved, swr, all_of_it = (
        "head",
        "head and statistics",
        "swr c=0.1 exact budget",
        "finetune",
    )
    for where, found in _tasks(folder, "adaptation"):
        if not {head, moved, swr, all_of_it} <= found.keys():
            continue
        accuracy = {name: row["accuracy"] for name, row in found.items()}
        known = accuracy.get("backbone as it is")
        yield (
            where,
            "does not know them" if known is None else percent(known),
            percent(accuracy[head]),
            *(
                f"{100 * (accuracy[name] - accuracy[head]):+.1f}"
                for name in (all_of_it, moved, swr)
            ),
        )


def _tasks(folder: Path, kind: str) -> Iterable[tuple[str, Rows]]:
    """Backbone and task, and the rows that were measured there."""
    for path in sorted(folder.glob(f"{kind}-*.json")):
        record = _read(path)
        for task in dict.fromkeys(row["task"] for row in record["rows"]):
            rows = {row["variant"]: row for row in record["rows"] if row["task"] == task}
            yield f"{record['backbone']}, {task}", rows


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
    for path in sorted(folder.glob("composing*.json")):
        record = _read(path)
        for protocol in ("paper", "paper, training mode"):
            rows = [row for row in record["rows"] if row["protocol"] == protocol]
            if rows:
                yield from _of_losses(f"{record['task']}, fit: {protocol}", rows)


def _of_losses(where: str, rows: list[dict[str, Any]]) -> Iterable[Row]:
    lost = {row["loss"]: row["relative_decrease"] for row in rows}
    yield (
        "sigmoid-BCE loses least by composing",
        where,
        ", ".join(f"{loss} {100 * share:.1f} %" for loss, share in lost.items()),
        _yes(min(lost, key=lambda loss: lost[loss]) == "sigmoid_bce"),
    )
    yield (
        "composed accuracy falls with the number of classes",
        where,
        ", ".join(f"{r['loss']} {_percents(r['curve'], (0, -1))}" for r in rows),
        _yes(all(row["curve"][-1] < row["curve"][0] for row in rows)),
    )


def _of_sizes(folder: Path) -> Iterable[Row]:
    for path in sorted(folder.glob("resolutions.json")):
        record = _read(path)
        smallest = [
            {"accuracy": row["tasks"][0]["val_accuracy"], "ci95": row["tasks"][0]["val_ci95"]}
            for row in record["rows"]
        ]
        if len(smallest) == 2:
            yield (
                "norms of its own above everything shared, at the smallest size",
                f"{record['backbone']}, {record['task']}",
                *_compared(*smallest),
            )


def _percents(values: list[float], places: tuple[int, ...]) -> str:
    return " to ".join(f"{100 * values[place]:.1f} %" for place in places)


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
