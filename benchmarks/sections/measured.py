"""Figures that stand for themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sections.text import percent, table, thousands


def controllability(path: Path) -> str:
    record = json.loads(path.read_text("utf-8"))
    names = list(record["stored"])
    picked = [i for i, c in enumerate(record["asked"]) if round(100 * c) % 8 == 2]
    rows = [
        [percent(record["asked"][i], 0), *(percent(record["stored"][name][i]) for name in names)]
        for i in picked
    ]
    text = f"{record['backbone']} on {record['task']}; the drawing is `results/controllability.svg`.\n\n"
    return text + table(["asked", *names], rows)


def ratios(path: Path) -> str:
    found = json.loads(path.read_text("utf-8"))
    rows = [
        [name, f"{value:.3g}" if isinstance(value, float) else str(value)]
        for name, value in found.items()
    ]
    return table(["what", "measured"], rows)


EXPORTS_NOTE = (
    "`benchmarks/exports.py`: a patch of every method, trained for one epoch on english-12, exported and compared\n"
    "with torch on the test clips, recordings of speakers that were not trained on.\n\n"
)


def exports(path: Path) -> str:
    found = json.loads(path.read_text("utf-8"))
    rows = []
    removed = ""
    for run, kinds in found.items():
        for kind, one in kinds.items():
            if "refused" in one:
                said = [one["refused"], "-", "-"]
            else:
                same = percent(one["same answers"]) if "same answers" in one else "-"
                said = [f"{one['largest difference']:.1e}", same, str(one["clips"])]
            rows.append([run.replace("_", " "), kind, *said])
            if "open channels" in one:
                removed += gates_removed(one)
    titles = ["patch", "exported as", "largest difference of a logit", "same answers", "clips"]
    return EXPORTS_NOTE + table(titles, rows) + removed


def gates_removed(one: dict[str, Any]) -> str:
    kept = ", ".join(
        f"{opened} of {channels}"
        for opened, channels in zip(one["open channels"], one["channels"], strict=True)
    )
    return (
        f"\n\nClosed gates removed: channels kept by layer {kept}; "
        f"{thousands(one['multiplies, closed ones removed'])} multiplies a clip instead of "
        f"{thousands(one['multiplies, all channels'])}."
    )
