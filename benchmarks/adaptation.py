"""Accuracy against storage on real speech: the backbone as it is, head, fine-tuning and SWR with its ablation.

    python benchmarks/adaptation.py --backbone bcresnet3.multilingual --seeds 3 --epochs 20

Every finished run is kept, so an interrupted benchmark continues where it stopped. SWR's super-net and policy are
trained once per task and seed; each budget then trains its last stage only, as the method intends.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.atomic import write_bytes
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.data.task import Split
from workbench.evaluation.metrics import wilson
from workbench.training.assess import assess_backbone
from workbench.training.events import EpochFinished, RunFinished
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.run import run

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "speech"
TASKS = ("english-12", "arabic-40")
BUDGETS = (0.1, 0.3, 0.5)
FIRST_BUDGET = BUDGETS[0]


@dataclass(frozen=True)
class Variant:
    """One row of the table; ``reuses`` names the row whose policy it continues from."""

    name: str
    method: str
    config: dict[str, Any]
    reuses: str | None = None


def variants() -> tuple[Variant, ...]:
    rows = [Variant("head", "head", {}), Variant("finetune", "finetune", {})]
    for budget in BUDGETS:
        for exact in (True, False):
            name = f"swr c={budget:g} {'exact budget' if exact else 'threshold'}"
            config = {"budget": budget, "exact_budget": exact}
            first = exact and budget == FIRST_BUDGET
            source = None if first else f"swr c={FIRST_BUDGET:g} exact budget"
            rows.append(Variant(name, "swr", config, source))
        config = {"budget": budget, "staged": False, "exact_budget": False}
        rows.append(Variant(f"swr c={budget:g} not staged, threshold", "swr", config))
        config = {"budget": budget, "staged": False, "exact_budget": True}
        rows.append(Variant(f"swr c={budget:g} not staged, exact budget", "swr", config))
    return tuple(rows)


def measure(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run what is missing; yield one record per run."""
    for seed in range(arguments.seeds):
        for task in arguments.tasks:
            for variant in variants():
                if arguments.only and not variant.name.startswith(arguments.only):
                    continue
                yield run_variant(arguments, task, seed, variant)


def run_variant(
    arguments: argparse.Namespace, task: str, seed: int, variant: Variant
) -> dict[str, Any]:
    out = folder(arguments, task, seed, variant.name)
    source = folder(arguments, task, seed, variant.reuses) if variant.reuses else None
    job = AdaptationJob(
        backbone=arguments.backbone,
        data=DATA / task,
        method=variant.method,
        config=variant.config,
        training=TrainingConfig(epochs=arguments.epochs, seed=seed, threads=arguments.threads),
        out=out,
        policy_from=source,
    )
    done = out / "record.json"
    if not done.exists():
        print(f"{arguments.backbone} {task} seed {seed}: {variant.name}", flush=True)
        for event in run(job, CancelToken(), resume=True):
            if isinstance(event, EpochFinished) and event.val_accuracy is not None:
                print(f"  {event.epoch}/{event.epochs} {event.val_accuracy:.4f}", flush=True)
            elif isinstance(event, RunFinished):
                print(f"  {event.record['val_accuracy']:.4f}", flush=True)
    record: dict[str, Any] = json.loads(done.read_text("utf-8"))
    return {"variant": variant.name, "dataset": task, **record}


def folder(arguments: argparse.Namespace, task: str, seed: int, name: str) -> Path:
    slug = name.replace(" ", "_").replace(",", "")
    return Path(arguments.runs) / arguments.backbone / task / f"seed{seed}" / slug


def summarise(records: list[dict[str, Any]], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Mean over seeds; the interval pools the seeds' clips."""
    rows = []
    for task in arguments.tasks:
        rows.append(as_it_is(arguments.backbone, task))
        for variant in variants():
            found = [r for r in records if (r["variant"], r["dataset"]) == (variant.name, task)]
            if found:
                rows.append(row(task, variant.name, found))
    return rows


def row(task: str, name: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    n = sum(r["n_val"] for r in found)
    correct = sum(round(r["val_accuracy"] * r["n_val"]) for r in found)
    keys = (
        "stored_params",
        "head_params",
        "stat_params",
        "stored_bytes",
        "file_bytes",
        "multiplies",
    )
    return {
        "task": task,
        "variant": name,
        "seeds": len(found),
        "accuracy": statistics.mean(r["val_accuracy"] for r in found),
        "spread": statistics.stdev([r["val_accuracy"] for r in found]) if len(found) > 1 else 0.0,
        "ci95": wilson(correct, n),
        "n": n,
        "ratio": statistics.mean(r["ratio"] for r in found),
        **{key: statistics.mean(r[key] for r in found) for key in keys},
        "seconds": statistics.mean(sum(r["seconds"].values()) for r in found),
    }


def as_it_is(backbone: str, task: str) -> dict[str, Any]:
    """The backbone's own outputs for the task's classes, without any adaptation."""
    loaded = load_backbone(backbone)
    result = assess_backbone(loaded, DATA / task, Split.VAL)
    multiplies = sum(layer.multiplies for layer in loaded.backbone.layers())
    zeros = dict.fromkeys(
        ("stored_params", "head_params", "stat_params", "stored_bytes", "file_bytes"), 0
    )
    return {
        "task": task,
        "variant": "backbone as it is",
        "seeds": 1,
        "spread": 0.0,
        "ratio": 0.0,
        "seconds": 0.0,
        "multiplies": multiplies,
        **zeros,
        **{key: asdict(result)[key] for key in ("accuracy", "ci95", "n")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="bcresnet3.multilingual")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="Only rows whose name starts with this.")
    parser.add_argument("--runs", default="out/benchmarks")
    arguments = parser.parse_args()
    rows = summarise(list(measure(arguments)), arguments)
    record = {"backbone": arguments.backbone, "epochs": arguments.epochs, "rows": rows}
    target = Path(__file__).parent / "results" / f"adaptation-{arguments.backbone}.json"
    write_bytes(target, json.dumps(record, indent=2).encode())
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
