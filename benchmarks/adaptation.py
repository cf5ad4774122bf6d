"""Accuracy against storage: the backbone as it is, every method, and SWR with its ablations.

    python benchmarks/adaptation.py --backbone bcresnet3.multilingual --seeds 3 --epochs 5
    python benchmarks/adaptation.py --backbone PICTURE_BACKBONE --tasks sign-digits --picture-px 96 --seeds 3

The record of every finished run is kept in ``records/`` beside this file, so an interrupted benchmark continues where
it stopped. SWR's super-net and policy are trained once per task and seed; each budget then trains its last stage only,
as the method intends.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adaptation_variants import Variant, variants_for

from workbench import locations
from workbench.atomic import write_bytes
from workbench.backbones.base import LayerInfo
from workbench.backbones.registry import load_backbone, takes_pictures
from workbench.cancel import CancelToken
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import wilson
from workbench.methods.registry import get
from workbench.training.assess import assess_backbone
from workbench.training.events import RunFinished
from workbench.training.job import PICTURE_TRAINING, AdaptationJob, TrainingConfig
from workbench.training.run import run

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
RECORDS = Path(__file__).parent / "records"
RESULTS = Path(__file__).parent / "results"
SPEECH = {
    "english-12": DATA / "speech" / "english-12",
    "arabic-40": DATA / "speech" / "arabic-40",
    "spanish-demo": locations.resources_dir() / "demo",
}
"""The backbones were pretrained on the first two; the third, synthetic voices, is new to them."""

PICTURES = {
    "sign-digits": DATA / "images" / "sign-digits",
    "mnist": DATA / "images" / "mnist",
}
TASKS = SPEECH | PICTURES

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


def measure(arguments: argparse.Namespace) -> None:
    """Run what has no record yet."""
    for seed in range(arguments.seeds):
        for task in arguments.tasks:
            for variant in arguments.variants:
                if not record_file(arguments, task, seed, variant.name).exists():
                    run_variant(arguments, task, seed, variant)


def run_variant(arguments: argparse.Namespace, task: str, seed: int, variant: Variant) -> None:
    source = run_folder(arguments, task, seed, variant.reuses) if variant.reuses else None
    if source is not None and not (source / "record.json").exists():
        reused = next(v for v in arguments.variants if v.name == variant.reuses)
        run_variant(arguments, task, seed, reused)
    job = AdaptationJob(
        backbone=arguments.backbone,
        data=TASKS[task],
        method=variant.method,
        config=settings_of(variant, arguments.sees),
        training=training(arguments, seed),
        out=run_folder(arguments, task, seed, variant.name),
        picture_px=arguments.picture_px,
        policy_from=source,
    )
    print(f"{arguments.backbone} {task} seed {seed}: {variant.name}", flush=True)
    for event in run(job, CancelToken(), resume=True):
        if isinstance(event, RunFinished):
            print(f"  {event.record['val_accuracy']:.4f}", flush=True)
            kept = {k: v for k, v in event.record.items() if k not in ("patch", "confusion")}
            target = record_file(arguments, task, seed, variant.name)
            write_bytes(target, json.dumps(kept, indent=2).encode())


def training(arguments: argparse.Namespace, seed: int) -> TrainingConfig:
    given = {
        "epochs": arguments.epochs,
        "seed": seed,
        "threads": arguments.threads,
        "bfloat16": arguments.bfloat16,
    }
    return TrainingConfig(**({**PICTURE_TRAINING, **given} if arguments.sees else given))


def settings_of(variant: Variant, sees: bool) -> dict[str, Any]:
    return {**(get(variant.method).picture_settings if sees else {}), **variant.config}


def place(arguments: argparse.Namespace, task: str, seed: int) -> Path:
    return (
        Path(f"{Path(arguments.backbone).name}-{arguments.weights}")
        / (task if arguments.picture_px is None else f"{task}-{arguments.picture_px}px")
        / f"{arguments.epochs}-epochs{'-bfloat16' if arguments.bfloat16 else ''}"
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
        known = backbone_row(arguments, task)
        rows += [known] if known else []
        for variant in arguments.variants:
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


def backbone_row(arguments: argparse.Namespace, task: str) -> dict[str, Any] | None:
    """The backbone's own outputs for the task's classes, without any adaptation; None where it has none for them."""
    loaded = load_backbone(arguments.backbone)
    try:
        result = assess_backbone(loaded, TASKS[task], Split.VAL)
    except WorkbenchError:
        return None
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


def fits(variant: Variant, layers: Sequence[LayerInfo], sees: bool) -> bool:
    """Whether the network has what the row adapts, such as norms; methods refuse it otherwise."""
    method = get(variant.method)
    try:
        config = method.Config.model_validate(settings_of(variant, sees))
        method.predicted_cost(layers, config, 2)
    except WorkbenchError as refused:
        print(f"left out: {variant.name}. {refused.message}", flush=True)
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="bcresnet3.multilingual", help="name or folder")
    parser.add_argument("--tasks", nargs="+", default=list(SPEECH))
    parser.add_argument("--picture-px", type=int)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--bfloat16", action="store_true", help="train convolutions in 16 bits")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--table-only", action="store_true", help="train nothing more")
    parser.add_argument("--runs", default="out/benchmarks")
    arguments = parser.parse_args()
    loaded = load_backbone(arguments.backbone)
    # Weights that were trained anew need records of their own.
    arguments.weights = loaded.card.sha256[:8]
    arguments.sees = takes_pictures(arguments.backbone)
    layers = loaded.backbone.layers()
    rows = variants_for(arguments.sees)
    arguments.variants = [one for one in rows if fits(one, layers, arguments.sees)]
    if not arguments.table_only:
        measure(arguments)
    name = Path(arguments.backbone).name
    side = f"-{arguments.picture_px}px" if arguments.picture_px else ""
    record = {
        "backbone": f"{name}{side}",
        "epochs": arguments.epochs,
        "bfloat16": arguments.bfloat16,
        "rows": summarise(arguments),
    }
    kind = "pictures" if arguments.sees else "adaptation"
    target = RESULTS / f"{kind}-{name}{side}.json"
    write_bytes(target, json.dumps(record, indent=2).encode())
    print(f"wrote {target}")


if __name__ == "__main__":
    main()
