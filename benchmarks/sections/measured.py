"""Figures that stand for themselves."""

from __future__ import annotations

import json
from pathlib import Path

from sections.text import percent, table


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


def exports(path: Path) -> str:
    found = json.loads(path.read_text("utf-8"))
    rows = []
    for run, kinds in found.items():
        for kind, one in kinds.items():
            said = (
                [one["refused"], "-", "-"]
                if "refused" in one
                else [
                    f"{one['largest difference']:.1e}",
                    percent(one["same answers"]),
                    str(one["clips"]),
                ]
            )
            rows.append([run.replace("_", " "), kind, *said])
    return table(
        ["patch", "exported as", "largest difference of a logit", "same answers", "clips"], rows
    )
