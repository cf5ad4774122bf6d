"""Recognisers put together from single words."""

from __future__ import annotations

import json
from pathlib import Path

from sections.text import interval, percent, table

COMPOSING_NOTE = (
    "`benchmarks/composing_backbones.py`, then `benchmarks/composing.py`: {architecture} on {task}, {n} clips of\n"
    "validation speakers. Each backbone was trained from scratch with its loss: {recipe}.\n"
    "Fits: the paper's (default first rows, ten epochs of SGD, as many others as the word has clips), the same from\n"
    "zero rows, the same below a network in training mode as the paper's code has it (the norms' statistics move,\n"
    "and are the backbone's own again once words are composed), and ours (zero rows, to the minimum, 600 others at\n"
    "least). Fine-tuned is told from as many others, chance 50 %."
)

COMPOSING_TITLES = (
    "loss",
    "fit",
    "pre-trained",
    "fine-tuned, mean (range)",
    "composed",
    "relative decrease",
)


def composing(path: Path) -> str:
    record = json.loads(path.read_text("utf-8"))
    rows = [
        [
            row["loss"],
            row["protocol"],
            f"{percent(row['pretrained'])} ({interval(row['pretrained_ci95'])})",
            f"{percent(row['finetuned'])} ({interval(row['finetuned_range'])})",
            f"{percent(row['composed'])} ({interval(row['composed_ci95'])})",
            percent(row["relative_decrease"]),
        ]
        for row in record["rows"]
    ]
    numbers = [
        n for n in (2, 5, 10, 15, 20, 25, 30, 35, 40) if n - 2 < len(record["rows"][0]["curve"])
    ]
    curves = [
        [row["loss"], row["protocol"], *(percent(row["curve"][n - 2]) for n in numbers)]
        for row in record["rows"]
    ]
    ours = next(row for row in record["rows"] if row["none_of_these"] and row["protocol"] == "ours")
    none = [
        [f"{100 * found['threshold']:.0f} %", *(percent(found[key]) for key in list(found)[1:])]
        for found in ours["none_of_these"]
    ]
    late = record["late_word"]
    same = "are the same to the last bit" if late["other logits identical"] else "CHANGED"
    return "\n\n".join(
        (
            COMPOSING_NOTE.format(**record),
            table(COMPOSING_TITLES, rows),
            f"By number of words, mean of {record['orders']} random orders (drawn in `results/composing.svg`):",
            table(["loss", "fit", *map(str, numbers)], curves),
            "None of these, sigmoid_bce, ours, ten words ticked and the others heard as well:",
            table(["a word needs", *list(ours["none_of_these"][0])[1:]], none),
            f"A word added to {late['words before']} others: {late['seconds']:.1f} s of computing on one "
            f"thread, its clips included; the other logits {same}.",
        )
    )
