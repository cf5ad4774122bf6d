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

PAPER_CURVES = {
    "ce": (97.55, 95.32, 93.45, 92.0, 90.56, 89.25, 87.98, 86.78, 85.74),
    "softmax_bce": (94.28, 91.13, 88.33, 85.9, 83.75, 81.94, 80.25, 79.0, 77.8),
    "sigmoid_bce": (99.2, 98.5, 97.93, 97.38, 96.9, 96.43, 96.02, 95.64, 95.3),
}
"""Percent, for 2 to 10 classes, as the paper draws them."""

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
    curves = [
        [
            row["loss"],
            row["protocol"],
            *(
                f"{100 * found:.1f} ({paper:.1f})"
                for found, paper in zip(row["curve"], PAPER_CURVES[row["loss"]], strict=True)
            ),
        ]
        for row in record["rows"]
    ]
    numbers = range(2, 2 + len(PAPER_CURVES["ce"]))
    return "\n\n".join(
        (
            COMPOSING_PICTURES_NOTE.format(**record),
            table(TITLES, rows),
            "Composed accuracy in percent by number of classes, the paper's in brackets (drawn in "
            "`results/composing_pictures.svg`):",
            table(["loss", "fit", *map(str, numbers)], curves),
        )
    )
