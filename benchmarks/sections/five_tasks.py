"""Five audio tasks on one encoder, and what computing it once saves."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sections.text import interval, percent, table, thousands
from workbench.studies.summary import Spread

NOTE = (
    "`benchmarks/five_tasks.py`: an analogue of the table and of Fig. 3 and 4 of *Multi-task Adapters for On-device\n"
    "Audio Inference*, not a reproduction. The paper trains eight tasks for a million steps; these are {count} tasks\n"
    "and {rounds} steps of 32 clips of each, seed {seed}, with shifts and gain. Clips: {clips}.\n"
    "Words and language are measured on speakers and sounds on recordings that no task trains on, speakers on takes\n"
    "of words that their task does not train on.\n"
    "Transfer: `audio_encoder.audio2vec`, which heard all of these collections without labels, kept with its norms.\n"
    "Multi-task: `audio_encoder_small` from random weights, everything learns, also in multi-head.\n"
    "Single-task: `audio_encoder` for each task from random weights, `finetune`, as many steps.\n"
    "Adam at 0.003, cosine to 0. Wilson intervals of 95 %; that of a mean takes the tasks as independent."
)
COST_NOTE = (
    "What the tasks cost besides the shared encoder, all of them together: adapters and last layers, a\n"
    "multiply-accumulate as two FLOPs; single-task networks share nothing. Then the share of the channels that are\n"
    "open at the end, over all tasks, by gated layer. Drawn in\n"
    "`results/five_tasks-transfer.svg` and `results/five_tasks-multi-task.svg`."
)
STEP_NOTE = (
    "`benchmarks/task_adapter_step.py`, {backbone}, five tasks, computing time of one thread, medians of works in\n"
    "turns. On the same clips, all tasks read one output of the encoder, against an encoder computed for each task.\n"
    "With clips of each task's own, as a run trains, one step over the mixed clips stands against five steps: both\n"
    "compute the encoder for every clip once, so nothing is there to be saved but overhead; {encoder} of the step\n"
    "together is the encoder. A training step is forward, backward and Adam with a kept encoder. All channels of the\n"
    "adapters are open, the most that they cost."
)
CONVOLUTIONS = 5


def five_tasks(path: Path) -> str:
    record = json.loads(path.read_text("utf-8"))
    clips = "; ".join(
        f"{name} {one['classes']} classes, {one['train']} train, {one['val']} val"
        for name, one in record["tasks"].items()
    )
    note = NOTE.format(**record, count=len(record["tasks"]), clips=clips)
    return "\n\n".join(
        [
            note,
            table(["network", *record["tasks"], "mean"], map(accuracies, record["rows"])),
            COST_NOTE,
            costs(record["rows"]),
            *expectations(record["rows"]),
        ]
    )


def name_of(row: dict[str, Any]) -> str:
    """``transfer, adapters, 0.01 per million FLOPs``"""
    if row["scenario"] == row["title"]:
        return str(row["title"])
    return f"{row['scenario']}, {row['title']}"


def accuracies(row: dict[str, Any]) -> list[str]:
    mean = mean_of(row)
    found = [(task["val_accuracy"], task["val_ci95"]) for task in row["tasks"]]
    found.append((mean.accuracy, (mean.low, mean.high)))
    return [name_of(row), *(f"{percent(share)} ({interval(ci95)})" for share, ci95 in found)]


def mean_of(row: dict[str, Any]) -> Spread:
    """Mean over the tasks; its interval is that of independent proportions."""
    shares = [(task["val_accuracy"], task["n_val"]) for task in row["tasks"]]
    mean = sum(share for share, _ in shares) / len(shares)
    reach = 1.96 * math.sqrt(sum(p * (1 - p) / n for p, n in shares)) / len(shares)
    return Spread(mean, mean - reach, mean + reach, "clips", sum(n for _, n in shares))


def total(row: dict[str, Any], key: str) -> float:
    return float(sum(task[key] for task in row["tasks"]))


def costs(rows: Sequence[dict[str, Any]]) -> str:
    titles = ["network", "parameters", "MFLOPs"]
    titles += [*(f"conv {i + 1}" for i in range(CONVOLUTIONS)), "FC"]
    return table(titles, map(cost, rows))


def cost(row: dict[str, Any]) -> list[str]:
    opened = [percent(share, 0) for share in row["open"].values()] or ["-"] * (CONVOLUTIONS + 1)
    return [
        name_of(row),
        thousands(total(row, "params")),
        f"{total(row, 'flops') / 1e6:.2f}",
        *opened,
    ]


def expectations(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What the paper leads one to expect, and what was measured."""
    yield from against("multi-head", "transfer", rows)
    yield from against("multi-head", "multi-task", rows)
    found = list(fully_connected(rows))
    if found:
        closed = sum(params < flops for *_, params, flops in found)
        shown = "; ".join(
            f"{scenario} at {price:g}: {percent(params)} open against {percent(flops)}"
            for scenario, price, params, flops in found
        )
        yield (
            "Expected: pricing parameters closes more of the fully connected layer than pricing FLOPs. Measured, "
            f"parameters against FLOPs: {shown}: it closes more in {closed} of {len(found)}."
        )


def against(plain: str, scenario: str, rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many adapters are better than a network without, of those that were measured."""
    means = {row["title"]: mean_of(row) for row in rows if row["scenario"] == scenario}
    priced = [mean for title, mean in means.items() if title != "multi-head"]
    if plain not in means or not priced:
        return
    base = means[plain]
    better = sum(mean.accuracy > base.accuracy for mean in priced)
    clearly = sum(mean.low > base.high for mean in priced)
    shown = ", ".join(percent(mean.accuracy) for mean in priced)
    yield (
        f"Expected: task adapters beat {plain} in the {scenario} scenario. Measured, mean of the tasks: {plain} "
        f"{percent(base.accuracy)}; adapters {shown}: {better} of {len(priced)} are better, {clearly} by more than "
        "both intervals."
    )


def fully_connected(
    rows: Sequence[dict[str, Any]],
) -> Iterator[tuple[str, float, float, float]]:
    """Scenario, price, and the open shares of the fully connected layer, parameters priced and FLOPs priced."""
    opened = {(r["scenario"], r["price"], r["unit"]): r["open"]["embed"] for r in rows if r["open"]}
    for (scenario, price, unit), params in opened.items():
        flops = opened.get((scenario, price, "million FLOPs"))
        if unit == "thousand parameters" and flops is not None:
            yield scenario, price, params, flops


def step(path: Path) -> str:
    record = json.loads(path.read_text("utf-8"))
    rows = {name: row for name, row in record.items() if name != "backbone"}
    (trained,) = (row for row in rows.values() if "encoder_ms" in row)
    note = STEP_NOTE.format(
        backbone=record["backbone"],
        encoder=percent(trained["encoder_ms"] / trained["together_ms"], 0),
    )
    shown = [
        [
            name,
            *(f"{row[key]:.1f}" for key in ("together_ms", "separate_ms")),
            f"{row['ratio']:.2f}",
        ]
        for name, row in rows.items()
    ]
    return f"{note}\n\n{table(['what', 'once, ms', 'for each task, ms', 'ratio'], shown)}"
