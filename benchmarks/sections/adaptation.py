"""Accuracy of the methods against what they store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sections.text import interval, percent, table, thousands

PAPER_TASKS = ("english-12", "arabic-40")

ADAPTATION_NOTE = (
    "`benchmarks/adaptation.py`. Mean over seeds; the interval is Wilson's for the clips of one seed, since all seeds\n"
    "score the same clips; one accuracy is listed per seed. Every method trains the stated\n"
    "epochs (SWR in its first and last stage, a third of them in its policy stage).\n"
    "The backbone as it is chooses among its own outputs for the task's classes."
)

BOTH_TASKS_NOTE = (
    "#Param is 1 + what both tasks store besides heads and statistics, over the backbone's parameters; #Mult is what\n"
    'one task computes over the backbone with the same head, "at least" along the path that an input takes. An\n'
    "analogue of the paper's table on this project's data, not a reproduction of it.\n\n"
)

EXPECTATIONS_NOTE = (
    "Points of accuracy. The paper expects SWR at c = 0.1 within 0.5 points of fine-tuning, and stages above no\n"
    "stages; runs without stages decide by threshold. The last row is what moving the norms' statistics costs by\n"
    "itself, with the head as the only trained layer: where the backbone already knows the words, SWR has to earn\n"
    "that back with its budget before it can gain.\n\n"
)

PICTURES_NOTE = (
    "`benchmarks/adaptation.py` as well, on pictures of the validation part, with defaults of their own. Rows that a\n"
    "network has no parts for (norms, depth-wise kernels) are left out. The names of model patches are those of K for\n"
    "the Price of 1: S/B is scale and shift, DW depth-wise kernels.\n"
)

ADAPTATION_TITLES = (
    "method",
    "accuracy",
    "95 %",
    "by seed",
    "stored parameters",
    "of the backbone",
    "with statistics and head",
    "file, bytes",
    "multiplies",
)


def adaptation(path: Path, noun: str = "clips") -> str:
    record = json.loads(path.read_text("utf-8"))
    parts = []
    for task in dict.fromkeys(row["task"] for row in record["rows"]):
        rows = [row for row in record["rows"] if row["task"] == task]
        parts.append(
            f"### {record['backbone']} on {task}, {length(record)}, "
            f"{rows[0]['n']} validation {noun}\n"
        )
        parts.append(table(ADAPTATION_TITLES, map(adaptation_row, rows)) + "\n")
    return "\n".join(parts)


def length(record: dict[str, Any]) -> str:
    """How every row of a record was trained."""
    bits = ", convolutions in bfloat16" if record.get("bfloat16") else ""
    return f"{record['epochs']} epochs{bits}"


def adaptation_row(row: dict[str, Any]) -> list[str]:
    return [
        row["variant"],
        percent(row["accuracy"]),
        interval(row["ci95"]),
        ", ".join(f"{100 * one:.1f}" for one in row["by_seed"]),
        thousands(row["stored_params"]),
        percent(row["ratio"]),
        thousands(row["stored_params"] + row["stat_params"] + row["head_params"]),
        thousands(row["file_bytes"]),
        thousands(row["multiplies"]),
    ]


def expectations(paths: list[Path]) -> str:
    """Differences in points between rows that the paper compares, where both were measured."""
    compared = (
        ("swr c=0.1 - finetune", "swr c=0.1 exact budget", "finetune"),
        *(
            (f"{rule}, staged - not, c={c}", f"swr c={c} {rule}", f"swr c={c} not staged")
            for rule in ("threshold", "exact budget")
            for c in ("0.1", "0.3", "0.5")
        ),
        ("statistics alone", "head and statistics", "head"),
        ("swr c=0.1 - head", "swr c=0.1 exact budget", "head"),
        ("swr c=0.5 - c=0.1", "swr c=0.5 exact budget", "swr c=0.1 exact budget"),
        ("scale and shift with last layer - head", "patch: scale, shift, last layer", "head"),
        *(
            (f"{name} - finetune", name, "finetune")
            for name in (
                "taps",
                "residual adapter, parallel",
                "residual adapter, series",
                "spottune",
                "rep-net",
                "piggyback",
            )
        ),
    )
    titles = ["difference"]
    columns: list[list[str]] = []
    for record in (json.loads(path.read_text("utf-8")) for path in paths):
        for task in dict.fromkeys(row["task"] for row in record["rows"]):
            found = {r["variant"]: r["accuracy"] for r in record["rows"] if r["task"] == task}
            titles.append(f"{record['backbone']}, {task}")
            columns.append(
                [
                    f"{100 * (found[a] - found[b]):+.1f}" if {a, b} <= found.keys() else "-"
                    for _, a, b in compared
                ]
            )
    names = [name for name, _, _ in compared]
    rows = [row for row in zip(names, *columns, strict=True) if set(row[1:]) != {"-"}]
    return EXPECTATIONS_NOTE + table(titles, rows)


def both_tasks(paths: list[Path]) -> str:
    """As the table of the SWR paper: both tasks, what they store together, and what one of them computes."""
    parts = []
    for record in (json.loads(path.read_text("utf-8")) for path in paths):
        tasks = dict.fromkeys(row["task"] for row in record["rows"])
        found = {(row["task"], row["variant"]): row for row in record["rows"]}
        variants = dict.fromkeys(row["variant"] for row in record["rows"])
        whole = [v for v in variants if all((task, v) in found for task in PAPER_TASKS)]
        if not set(PAPER_TASKS) <= set(tasks) or not whole:
            continue
        rows = [both_tasks_row(v, [found[task, v] for task in PAPER_TASKS]) for v in whole]
        parts.append(f"### {record['backbone']}, {length(record)}\n")
        parts.append(table(("method", *PAPER_TASKS, "#Param", "#Mult", "#Mult at least"), rows))
        parts.append("")
    return BOTH_TASKS_NOTE + "\n".join(parts)


def both_tasks_row(variant: str, rows: list[dict[str, Any]]) -> list[str]:
    stored = 1 + sum(row["ratio"] for row in rows)
    multiplies, least = (
        sum(row[key] / row["backbone_multiplies"] for row in rows) / len(rows)
        for key in ("multiplies", "least_multiplies")
    )
    accuracies = [f"{percent(row['accuracy'])} ({interval(row['ci95'])})" for row in rows]
    return [variant, *accuracies, f"{stored:.2f}x", f"{multiplies:.2f}x", f"{least:.2f}x"]
