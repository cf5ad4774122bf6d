"""Several tasks in one network, and several resolutions of one task as a cascade, on real speech.

    python benchmarks/together.py --backbone bcresnet3.multilingual --epochs 2

The clips are a fixed part of each task, as many of each class as ``TAKEN`` says, so that a table is a matter of
minutes. An interrupted benchmark continues where it stopped: a run that has a record is not repeated.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from workbench.atomic import write_bytes
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.manifest import MANIFEST_NAME, write_manifest
from workbench.data.task import Clip, Split
from workbench.training.any_run import run_job
from workbench.training.cascade_pool import build_cascade
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.run_folder import RECORD_FILE
from workbench.training.several_job import SeveralJob, TaskSource

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "speech"
RESULTS = Path(__file__).parent / "results"
TAKEN = {
    "english-12": {Split.TRAIN: 60, Split.VAL: 60, Split.TEST: 60},
    "arabic-40": {Split.TRAIN: 18, Split.VAL: 8, Split.TEST: 8},
}
"""Clips of a class by part, at most."""

TOGETHER = {
    "patches together": ("patches_together", {}),
    "shared encoder, own last layers": ("multi_head", {}),
    "kept encoder, own last layers": ("multi_head", {"encoder": "keep"}),
    "kept weights, own norms and last layers": ("patches_together", {"weights": "keep"}),
}
HOPS_MS = (10.0, 20.0, 40.0)
VARIANTS = "one task at several resolutions"
SCORES = ("task", "val_accuracy", "val_ci95", "n_val", "test_accuracy", "test_ci95", "n_test")


def part_of(task: str, folder: Path) -> Path:
    """A manifest of the first clips of each class and part, in the order of the task."""
    counts: dict[tuple[str, Split | None], int] = defaultdict(int)
    kept: list[Clip] = []
    for clip in load_task(DATA / task).task.clips:
        key = (clip.label, clip.split)
        if clip.split and counts[key] < TAKEN[task][clip.split]:
            counts[key] += 1
            kept.append(clip)
    target = folder / "tasks" / task
    target.mkdir(parents=True, exist_ok=True)
    write_manifest(target / MANIFEST_NAME, kept, relative=False)
    return target


def finished(job: SeveralJob | AdaptationJob) -> dict[str, Any]:
    """The record of a run, which is trained where there is none yet."""
    path = job.out / RECORD_FILE
    if not path.exists():
        print(f"{job.out.name}", flush=True)
        for _ in run_job(job, CancelToken(), resume=True):
            pass
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record


def row(name: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "variant": name,
        "params": record["params"],
        "stats": record["stats"],
        "independent_params": record["independent_params"],
        "tasks": [{key: task[key] for key in SCORES} for task in record["tasks"]],
        "multiplies": [task["multiplies"] for task in record["tasks"]],
    }


def independent(arguments: argparse.Namespace, sources: list[Path]) -> dict[str, Any]:
    """Each task fine-tuned by itself: a full copy for each."""
    records = []
    for source in sources:
        job = AdaptationJob(
            backbone=arguments.backbone,
            data=source,
            method="finetune",
            training=training(arguments),
            out=arguments.runs / f"finetune-{source.name}",
        )
        records.append(finished(job))
    total = sum(r["stored_params"] + r["head_params"] for r in records)
    stats = sum(r["stat_params"] for r in records)
    joined = {"params": total, "stats": stats, "independent_params": total, "tasks": records}
    return row("independent fine-tuning", joined)


def training(arguments: argparse.Namespace) -> TrainingConfig:
    return TrainingConfig(epochs=arguments.epochs, threads=1, seed=arguments.seed)


def several(
    arguments: argparse.Namespace,
    sources: list[TaskSource],
    name: str,
    method: str,
    config: dict[str, Any],
) -> SeveralJob:
    return SeveralJob(
        backbone=arguments.backbone,
        tasks=tuple(sources),
        method=method,
        config=config,
        training=training(arguments),
        out=arguments.runs / name.replace(" ", "_").replace(",", ""),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", default="bcresnet3.multilingual")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("out/benchmarks/together"))
    arguments = parser.parse_args()
    weights = load_backbone(arguments.backbone).card.sha256[:8]
    arguments.runs /= f"{arguments.backbone}-{weights}-{arguments.epochs}-{arguments.seed}"
    sources = [part_of(task, arguments.runs) for task in TAKEN]
    record: dict[str, Any] = {
        "backbone": arguments.backbone,
        "epochs": arguments.epochs,
        "seed": arguments.seed,
        "clips": {
            task: {str(part): len(load_task(source).task.part(part)) for part in Split}
            for task, source in zip(TAKEN, sources, strict=True)
        },
        "rows": [],
    }

    def keep(found: dict[str, Any], key: str = "rows") -> None:
        record[key] = [*record["rows"], found] if key == "rows" else found
        write_bytes(RESULTS / "together.json", json.dumps(record, indent=2).encode())

    both = [TaskSource(data=source) for source in sources]
    for name, (method, config) in TOGETHER.items():
        keep(row(name, finished(several(arguments, both, name, method, config))))
        if name == "patches together":
            variants = [TaskSource(data=sources[0], hop_ms=hop) for hop in HOPS_MS]
            shared = {"shared_last": True}
            found = finished(several(arguments, variants, VARIANTS, "patches_together", shared))
            keep(row(VARIANTS, found), "variants")
            patches = [Path(task["patch"]) for task in found["tasks"]]
            keep(build_cascade(patches, sources[0], Split.VAL, Split.TEST), "cascade")
    keep(independent(arguments, sources))
    print(f"wrote {RESULTS / 'together.json'}")


if __name__ == "__main__":
    main()
