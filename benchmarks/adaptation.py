"""Accuracy against storage on real speech: the backbone as it is, every method, and SWR with its ablations.

    python benchmarks/adaptation.py --backbone bcresnet3.multilingual --seeds 3 --epochs 5

The record of every finished run is kept in ``records/`` beside this file, so an interrupted benchmark continues where
it stopped. SWR's super-net and policy are trained once per task and seed; each budget then trains its last stage only,
as the method intends.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import locations
from workbench.atomic import write_bytes
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.data.task import Split
from workbench.evaluation.metrics import wilson
from workbench.training.assess import assess_backbone
from workbench.training.events import RunFinished
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.run import run

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "speech"
RECORDS = Path(__file__).parent / "records"
RESULTS = Path(__file__).parent / "results"
TASKS = {
    "english-12": DATA / "english-12",
    "arabic-40": DATA / "arabic-40",
    "spanish-demo": locations.resources_dir() / "demo",
}
"""The backbones were pretrained on the first two; the third, synthetic voices, is new to them."""

BUDGETS = (0.1, 0.3, 0.5)
FIRST_BUDGET = BUDGETS[0]
COSTS = (
    "stored_params",
    "head_params",
    "stat_params",
    "stored_bytes",
    "file_bytes",
    "multiplies",
    "least_multiplies",
    "backbone_multiplies",
    "ratio",
)
MULTIPLIES = ("multiplies", "least_multiplies", "backbone_multiplies")


@dataclass(frozen=True)
class Variant:
    """One row of the table; ``reuses`` names the row whose policy it continues from."""

    name: str
    method: str
    config: dict[str, Any]
    reuses: str | None = None


def variants() -> tuple[Variant, ...]:
    rows = [
        Variant("head", "head", {}),
        # What moving the norms' statistics does by itself; every method below moves them.
        Variant("head and statistics", "patch", {"norms": "off", "statistics": "move"}),
        Variant("finetune", "finetune", {}),
    ]
    for budget in BUDGETS:
        for exact in (True, False):
            name = f"swr c={budget:g} {'exact budget' if exact else 'threshold'}"
            config = {"budget": budget, "exact_budget": exact}
            first = exact and budget == FIRST_BUDGET
            source = None if first else f"swr c={FIRST_BUDGET:g} exact budget"
            rows.append(Variant(name, "swr", config, source))
        config = {"budget": budget, "staged": False, "exact_budget": False}
        rows.append(Variant(f"swr c={budget:g} not staged", "swr", config))
    return (*rows, *ablations(), *other_methods())


def ablations() -> tuple[Variant, ...]:
    """SWR's own switches, and how this program can store it; all but one train the last stage only."""
    source = f"swr c={FIRST_BUDGET:g} exact budget"
    switched = (
        ("half precision", {"half_precision": True}),
        ("8-bit changes", {"int8": True}),
        ("with scale and shift", {"train_affine": True}),
    )
    rows = [
        Variant(f"swr c={FIRST_BUDGET:g} {name}", "swr", {"budget": FIRST_BUDGET, **config}, source)
        for name, config in switched
    ]
    config = {"budget": FIRST_BUDGET, "keep_super_weights": True}
    rows.append(Variant(f"swr c={FIRST_BUDGET:g} from super-net weights", "swr", config))
    return tuple(rows)


def other_methods() -> tuple[Variant, ...]:
    return (
        Variant("taps", "taps", {}),
        Variant("residual adapter, parallel", "residual_adapter", {}),
        Variant("residual adapter, series", "residual_adapter", {"place": "series"}),
        Variant("spottune", "spottune", {}),
        Variant("rep-net", "repnet", {}),
        Variant("piggyback", "piggyback", {}),
        Variant("patch: scale, shift, last layer", "patch", {}),
        Variant("patch: scale and shift, random last layer", "patch", {"last": False}),
        Variant("patch: depth-wise, last layer", "patch", {"norms": "off", "depthwise": True}),
    )


def measure(arguments: argparse.Namespace) -> None:
    """Run what has no record yet."""
    for seed in range(arguments.seeds):
        for task in arguments.tasks:
            for variant in variants():
                if not record_file(arguments, task, seed, variant.name).exists():
                    run_variant(arguments, task, seed, variant)


def run_variant(arguments: argparse.Namespace, task: str, seed: int, variant: Variant) -> None:
    source = run_folder(arguments, task, seed, variant.reuses) if variant.reuses else None
    if source is not None and not (source / "record.json").exists():
        reused = next(v for v in variants() if v.name == variant.reuses)
        run_variant(arguments, task, seed, reused)
    job = AdaptationJob(
        backbone=arguments.backbone,
        data=TASKS[task],
        method=variant.method,
        config=variant.config,
        training=TrainingConfig(epochs=arguments.epochs, seed=seed, threads=arguments.threads),
        out=run_folder(arguments, task, seed, variant.name),
        policy_from=source,
    )
    print(f"{arguments.backbone} {task} seed {seed}: {variant.name}", flush=True)
    for event in run(job, CancelToken(), resume=True):
        if isinstance(event, RunFinished):
            print(f"  {event.record['val_accuracy']:.4f}", flush=True)
            kept = {k: v for k, v in event.record.items() if k not in ("patch", "confusion")}
            target = record_file(arguments, task, seed, variant.name)
            write_bytes(target, json.dumps(kept, indent=2).encode())


def place(arguments: argparse.Namespace, task: str, seed: int) -> Path:
    return (
        Path(f"{arguments.backbone}-{arguments.weights}")
        / task
        / f"{arguments.epochs}-epochs"
        / f"seed{seed}"
    )


def slug(name: str) -> str:
    return name.replace(" ", "_").replace(",", "").replace(":", "")


def run_folder(arguments: argparse.Namespace, task: str, seed: int, name: str) -> Path:
    return Path(arguments.runs) / place(arguments, task, seed) / slug(name)


def record_file(arguments: argparse.Namespace, task: str, seed: int, name: str) -> Path:
    return RECORDS / place(arguments, task, seed) / f"{slug(name)}.json"


def summarise(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """One row per variant: the mean over the seeds that have a record."""
    rows = []
    for task in arguments.tasks:
        if (DATA / task).exists():
            rows.append(as_it_is(arguments.backbone, task))
        for variant in variants():
            files = [
                record_file(arguments, task, seed, variant.name) for seed in range(arguments.seeds)
            ]
            found = [json.loads(file.read_text("utf-8")) for file in files if file.exists()]
            if found:
                rows.append(row(task, variant.name, found))
    return rows


def row(task: str, name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean over seeds. All seeds score the same clips, so the interval is that of one seed's clips."""
    n = found[0]["n_val"]
    accuracies = [r["val_accuracy"] for r in found]
    return {
        "task": task,
        "variant": name,
        "seeds": len(found),
        "accuracy": statistics.mean(accuracies),
        "by_seed": accuracies,
        "ci95": wilson(round(statistics.mean(accuracies) * n), n),
        "n": n,
        **{key: statistics.mean(cost(r, key) for r in found) for key in COSTS},
    }


def cost(record: dict[str, Any], key: str) -> float:
    # Methods that compute one path have no figure of their own for the cheapest one.
    return float(record.get(key, record["multiplies"]))


def as_it_is(backbone: str, task: str) -> dict[str, Any]:
    """The backbone's own outputs for the task's classes, without any adaptation."""
    loaded = load_backbone(backbone)
    result = assess_backbone(loaded, TASKS[task], Split.VAL)
    multiplies = sum(layer.multiplies for layer in loaded.backbone.layers())
    return {
        "task": task,
        "variant": "backbone as it is",
        "seeds": 1,
        "accuracy": result.accuracy,
        "by_seed": [result.accuracy],
        "ci95": result.ci95,
        "n": result.n,
        **dict.fromkeys(COSTS, 0),
        **dict.fromkeys(MULTIPLIES, multiplies),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="bcresnet3.multilingual")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--table-only", action="store_true", help="train nothing more")
    parser.add_argument("--runs", default="out/benchmarks")
    arguments = parser.parse_args()
    # Weights that were trained anew need records of their own.
    arguments.weights = load_backbone(arguments.backbone).card.sha256[:8]
    if not arguments.table_only:
        measure(arguments)
    rows = summarise(arguments)
    record = {"backbone": arguments.backbone, "epochs": arguments.epochs, "rows": rows}
    target = RESULTS / f"adaptation-{arguments.backbone}.json"
    write_bytes(target, json.dumps(record, indent=2).encode())
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
