"""Writes RESULTS.md from the figures that the other scripts left in ``results/`` and on the backbones' cards.

python benchmarks/report.py
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.atomic import write_bytes
from workbench.backbones.registry import list_backbones, load_backbone

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
SPEAKERS = ", validation speakers"
JOINED = "english-12+english-extra+arabic-40"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def interval(ci95: Sequence[float]) -> str:
    return f"{100 * ci95[0]:.1f} to {100 * ci95[1]:.1f}"


def thousands(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ")


def backbones() -> str:
    cards = [card for card in list_backbones() if card.metrics]
    datasets = [metric.dataset for metric in cards[0].metrics]
    rows = []
    for card in cards:
        found = {metric.dataset: metric for metric in card.metrics}
        cells = [f"{percent(found[d].accuracy)} ({interval(found[d].ci95)})" for d in datasets]
        parameters = sum(layer.parameters for layer in load_backbone(card.name).backbone.layers())
        rows.append([card.name, thousands(parameters), *cells])
    sizes = {metric.dataset: metric.n for metric in cards[0].metrics}
    titles = [
        f"{d.removesuffix(SPEAKERS).replace(JOINED, 'all')} (n = {sizes[d]})" for d in datasets
    ]
    return table(["backbone", "parameters", *titles], rows)


def adaptation(path: Path) -> str:
    record = json.loads(path.read_text("utf-8"))
    parts = []
    for task in dict.fromkeys(row["task"] for row in record["rows"]):
        rows = [row for row in record["rows"] if row["task"] == task]
        parts.append(
            f"### {record['backbone']} on {task}, {record['epochs']} epochs, "
            f"{rows[0]['n']} validation clips\n"
        )
        parts.append(table(ADAPTATION_TITLES, map(adaptation_row, rows)) + "\n")
    return "\n".join(parts)


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
    return EXPECTATIONS_NOTE + table(titles, zip(names, *columns, strict=True))


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
        parts.append(f"### {record['backbone']}, {record['epochs']} epochs\n")
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


PAPER_TASKS = ("english-12", "arabic-40")


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


def together(path: Path) -> str:
    """Several tasks in one network, and one task at several resolutions as a cascade."""
    record = json.loads(path.read_text("utf-8"))
    parts = "; ".join(
        f"{task}: {', '.join(f'{n} {part}' for part, n in counts.items())}"
        for task, counts in record["clips"].items()
    )
    text = f"{record['backbone']}, {record['epochs']} epochs; clips of {parts}.\n\n"
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
        text += "\n\n" + cascade(record["cascade"])
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


def sections() -> Iterable[tuple[str, str]]:
    yield "Shipped backbones, validation speakers", BACKBONES_NOTE + backbones()
    found = sorted(RESULTS.glob("adaptation-*.json"))
    if found:
        yield (
            "Accuracy against storage",
            "\n\n".join([ADAPTATION_NOTE, *map(adaptation, found)]),
        )
        yield "All methods, two tasks", both_tasks(found)
        yield "Against the paper's expectations", expectations(found)
    for title, pattern, write in (
        ("Asked and stored", "controllability.json", controllability),
        ("Several tasks in one network", "together.json", together),
        ("Exported against torch, on real clips", "exports.json", exports),
        ("Many patches on one backbone", "bank.json", bank),
        ("Speed", "speed-*.json", ratios),
        ("The window while it trains", "lateness-*.json", ratios),
    ):
        for path in sorted(RESULTS.glob(pattern)):
            yield title, write(path)


BACKBONES_NOTE = (
    "Trained by `packaging/pretrain.sh`, each by the recipe on its card; each clip is assigned to\n"
    "one of all 55 classes. The sets are small "
    "parts of public corpora with this project's own speaker split: compare among this project's backbones only.\n\n"
)
ADAPTATION_NOTE = (
    "`benchmarks/adaptation.py`. Mean over seeds; the interval is Wilson's for the clips of one seed, since all seeds\n"
    "score the same clips; one accuracy is listed per seed measured so far. Every method trains the stated\n"
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


BANK_NOTE = (
    "One window through ONNX Runtime, five patches side by side against five separate networks one after the\n"
    "other; and switching among held patches until the stream listens with another one, against reading a\n"
    "whole network from disk without making it ready. Medians of works in turns, in computing time of one\n"
    "thread. The patches carry random changes: trained swr patches move the statistics of all norms and so\n"
    "share only what lies before the first one; those that share the first half were made for this\n"
    "measurement, with statistics and weights of that half as in the backbone. Times fall less than\n"
    "multiplies, since late layers take longer for each multiply.\n"
)


def main() -> None:
    text = "# Results\n\nWritten by `benchmarks/report.py` from what the scripts measured; nothing is estimated.\n"
    for title, body in sections():
        text += f"\n## {title}\n\n{body.rstrip()}\n"
    write_bytes(FOLDER / "RESULTS.md", text.encode())


if __name__ == "__main__":
    main()
