"""Digits composed from one-word recognisers, beside the composing paper's Table 1."""

from __future__ import annotations

import json
from pathlib import Path

from sections.text import percent, table

COMPOSING_PICTURES_NOTE = (
    "`benchmarks/composing_pictures.py`: {architecture} on {task}, mean of {seeds} seeds, {n} validation pictures.\n"
    "In brackets the paper's figure for the same loss. The fit called `paper` is the paper's recipe for digits, also\n"
    "from zero rows, and below a network in training mode, dropout on, as the paper's code has it; `ours` starts from\n"
    "zero rows and goes to the minimum. A negative decrease is a gain. Under the first two losses half the sum of a\n"
    "word's two first rows stays in it for good: from zero rows nothing is lost, and dropout keeps what is learned\n"
    "smaller beside it."
)

TITLES = (
    "loss",
    "fit",
    "pre-trained",
    "fine-tuned, mean",
    "composed",
    "composed, worst to best seed",
    "relative decrease",
)


def composing_pictures(path: Path) -> str:
    record = json.loads(path.read_text("utf-8"))
    rows = []
    for row in record["rows"]:
        pretrained, finetuned, composed, decrease = record["paper"][row["loss"]]
        by_seed = row["composed_by_seed"]
        rows.append(
            [
                row["loss"],
                row["protocol"],
                f"{percent(row['pretrained'])} ({pretrained})",
                f"{percent(row['finetuned'])} ({finetuned})",
                f"{percent(row['composed'])} ({composed})",
                f"{percent(min(by_seed))} to {percent(max(by_seed))}",
                f"{percent(row['relative_decrease'], 2)} ({decrease})",
            ]
        )
    return "\n\n".join((COMPOSING_PICTURES_NOTE.format(**record), table(TITLES, rows)))
