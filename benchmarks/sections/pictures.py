"""Importing many pictures."""

from __future__ import annotations

import json
from pathlib import Path

from sections.text import table, thousands

PICTURES_NOTE = (
    "`benchmarks/pictures.py`: generated JPEG and PNG files, 64 to 256 pixels wide, every hundredth broken in one of\n"
    "five ways, loaded and decoded into a store by a process of its own. Seconds were taken on a machine that did\n"
    "other work meanwhile.\n\n"
)


def pictures(path: Path) -> str:
    found = json.loads(path.read_text("utf-8"))
    reasons = found.pop("reasons")
    rows = [[name, _shown(value)] for name, value in found.items()]
    refused = [[reason, thousands(number)] for reason, number in reasons.items()]
    return (
        PICTURES_NOTE
        + table(["what", "measured"], rows)
        + "\n\n"
        + table(["refused since", "files"], refused)
    )


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    return thousands(value) if isinstance(value, int) else str(value)
