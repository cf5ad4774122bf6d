"""Several tasks or patches on one network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sections.text import interval, percent, table, thousands

TOGETHER_NOTE = (
    "`benchmarks/together.py`, one seed, validation speakers. The backbone was pretrained on both tasks, so a kept\n"
    "encoder starts from features that know the words, and few epochs on few clips cost accuracy before they gain:\n"
    "the table compares what is stored, not what full training reaches. Parameters and statistics are those of all\n"
    "tasks together.\n\n"
)

BANK_NOTE = (
    "One window through ONNX Runtime, five patches side by side against five separate networks one after the\n"
    "other; and switching among held patches until the stream listens with another one, against reading a\n"
    "whole network from disk without making it ready. Medians of works in turns, in computing time of one\n"
    "thread. The patches carry random changes: swr patches move the statistics of all norms and, with\n"
    "random kernels from the first layer on, share nothing here; those that share the first half were made for this\n"
    "measurement, with statistics and weights of that half as in the backbone. Times fall less than\n"
    "multiplies, since late layers take longer for each multiply.\n"
)

BESIDE_TITLES = (
    "five patches share",
    "layers",
    "multiplies, together / separate",
    "together, ms",
    "separate, ms",
    "ratio",
    "same bits",
)

SWITCH_TITLES = ("patches held", "switch, ms", "loading a network, ms", "ratio")


def together(path: Path) -> str:
    """Several tasks in one network, and one task at several resolutions as a cascade."""
    record = json.loads(path.read_text("utf-8"))
    parts = "; ".join(
        f"{task}: {', '.join(f'{n} {part}' for part, n in counts.items())}"
        for task, counts in record["clips"].items()
    )
    text = f"{TOGETHER_NOTE}{record['backbone']}, {record['epochs']} epochs; clips of {parts}.\n\n"
    names = list(record["clips"])
    rows = [
        [
            row["variant"],
            *(f"{percent(t['val_accuracy'])} ({interval(t['val_ci95'])})" for t in row["tasks"]),
            thousands(row["params"]),
            thousands(row["stats"]),
        ]
        for row in record["rows"]
    ]
    text += table(["network", *names, "parameters in all", "statistics in all"], rows)
    if "cascade" in record:
        variants = record["variants"]
        text += f"\n\nOne task at {len(variants['tasks'])} resolutions with one last layer: "
        text += f"{thousands(variants['params'])} parameters in all, as independent copies "
        text += f"{thousands(variants['independent_params'])}. {cascade(record['cascade'])}"
    return text


def cascade(record: dict[str, Any]) -> str:
    stages = ", then ".join(f"{s['name']} from {s['threshold']:.2f}" for s in record["stages"])
    rows = []
    for part in (record["tuned"], record["checked"]):
        for name, found in {"cascade": part["cascade"], **part["alone"]}.items():
            shown = f"{name} (reference)" if name == record["reference"] else name
            score = f"{percent(found['accuracy'])} ({interval(found['ci95'])})"
            rows.append([part["split"], shown, score, thousands(found["average_cost"])])
    text = f"Cascade: {stages}; thresholds chosen on {record['tuned']['split']}.\n\n"
    return text + table(["part", "network", "accuracy", "multiplies a clip"], rows)


RESOLUTIONS_NOTE = (
    "`benchmarks/resolutions.py`, one seed, sign language digits: all weights learn, and each size has norms of\n"
    "its own or none. An analogue of K for the Price of 1, section 5, on a small task. Accuracies of the validation\n"
    "pictures.\n\n"
)


def resolutions(path: Path) -> str:
    """One network at several picture sizes, and the cascade from it."""
    record = json.loads(path.read_text("utf-8"))
    sizes = [task["task"] for task in record["rows"][0]["tasks"]]
    rows = [
        [
            row["variant"],
            *(f"{percent(t['val_accuracy'])} ({interval(t['val_ci95'])})" for t in row["tasks"]),
            thousands(row["params"]),
        ]
        for row in record["rows"]
    ]
    text = f"{RESOLUTIONS_NOTE}{record['backbone']}, {record['epochs']} epochs.\n\n"
    text += table(["network", *sizes, "parameters in all"], rows)
    return f"{text}\n\n{cascade(record['cascade'])}" if "cascade" in record else text


def bank(path: Path) -> str:
    parts = [BANK_NOTE]
    for backbone, found in json.loads(path.read_text("utf-8")).items():
        beside = [
            [
                what,
                f"{one['shared_layers']} of {one['layers']}",
                f"{one['multiplies_ratio']:.2f}",
                f"{one['together_ms']:.2f}",
                f"{one['separate_ms']:.2f}",
                f"{one['ratio']:.2f}",
                "yes" if one["same_bits"] else "no",
            ]
            for what, one in found["side by side"].items()
        ]
        switching = [
            [held, f"{one['ms']:.3f}", f"{one['loading_ms']:.1f}", f"{one['ratio']:.4f}"]
            for held, one in found["switching"].items()
        ]
        exact = "yes" if found["A, B, A gives the same bits"] else "no"
        first = found["first opening of a patch, ms"]
        parts += [
            f"### {backbone}\n",
            table(BESIDE_TITLES, beside) + "\n",
            table(SWITCH_TITLES, switching),
            f"\nA, B, A gives the same bits: {exact}. Opening a patch for the first time: {first:.0f} ms.\n",
        ]
    return "\n".join(parts)
