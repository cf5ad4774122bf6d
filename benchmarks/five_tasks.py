"""Task adapters against a last layer of its own, five real audio tasks on one encoder: the paper's table, Fig. 3 and 4.

    python benchmarks/five_tasks.py --epochs 8

An analogue: the paper trains eight tasks for a million steps, this one five for some hundreds. The transfer scenario
rests on the encoder that was pretrained without labels; in the multi-task scenario everything starts from random
weights. An interrupted benchmark continues where it stopped, and every finished run is in the result at once.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from five_tasks_data import write_tasks
from five_tasks_picture import drawing

from workbench.atomic import write_bytes
from workbench.audio.augment import AugmentConfig
from workbench.backbones.audio_encoder import ENCODER_SHAPES
from workbench.backbones.card import WeightsCard
from workbench.backbones.registry import (
    CARD_FILE,
    build,
    default_input,
    load_backbone,
    save_backbone,
)
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.task import Split, Task
from workbench.methods.task_adapter.price import FLOPS
from workbench.training.any_run import run_job
from workbench.training.event_file import read_events
from workbench.training.events import GatesLogged, SeveralEpochFinished
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.pretrain import initialise
from workbench.training.run_folder import RECORD_FILE
from workbench.training.several_job import SeveralJob, TaskSource

RESULT = Path(__file__).parent / "results" / "five_tasks.json"
PRETRAINED, SMALL, LARGE = "audio_encoder.audio2vec", "audio_encoder_small", "audio_encoder"
SCENARIOS = {
    "transfer": (PRETRAINED, {"encoder": "keep"}),
    "multi-task": (SMALL, {"encoder": "learn"}),
}
PRICES = (1e-2, 1e-4)
UNITS = ("thousand parameters", "million FLOPs")
BATCH = 32
AUGMENT = AugmentConfig(noise_probability=0.0)
"""Shifts and gain: noise would hide what tells sounds and speakers apart."""


@dataclass(frozen=True)
class Column:
    """A column of the table: all tasks trained at once in one scenario."""

    scenario: str
    title: str
    backbone: str
    method: str
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return f"{self.scenario} {self.title}".replace(" ", "-").replace(",", "")


def columns() -> Iterator[Column]:
    for scenario, (backbone, encoder) in SCENARIOS.items():
        yield Column(scenario, "multi-head", backbone, "multi_head", encoder)
        for unit in UNITS:
            for price in PRICES:
                config = {**encoder, "unit": unit, "price": price}
                yield priced(scenario, f"adapters, {price:g} per {unit}", backbone, config)


def priced(scenario: str, title: str, backbone: str, config: dict[str, Any]) -> Column:
    return Column(scenario, title, backbone, "task_adapters_together", config)


def finished(job: SeveralJob | AdaptationJob) -> dict[str, Any]:
    """The record of a run, which is trained where there is none yet."""
    path = job.out / RECORD_FILE
    if not path.exists():
        print(job.out.name, flush=True)
        for event in run_job(job, CancelToken(), resume=True):
            if isinstance(event, SeveralEpochFinished):
                shares = (f"{task.val_accuracy or 0:.3f}" for task in event.tasks)
                print(f"  {event.epoch}: {' '.join(shares)}, {event.seconds:.0f} s", flush=True)
    record: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return record


def training(arguments: argparse.Namespace, epochs: int) -> TrainingConfig:
    return TrainingConfig(
        epochs=epochs, batch_size=BATCH, seed=arguments.seed, augment=AUGMENT, threads=1
    )


def together(arguments: argparse.Namespace, sources: Sequence[Path], column: Column) -> SeveralJob:
    return SeveralJob(
        backbone=column.backbone,
        tasks=tuple(TaskSource(data=source) for source in sources),
        method=column.method,
        config=column.config,
        training=training(arguments, arguments.epochs),
        out=arguments.runs / column.slug,
    )


def row(arguments: argparse.Namespace, sources: Sequence[Path], column: Column) -> dict[str, Any]:
    job = together(arguments, sources, column)
    record = finished(job)
    architecture = column.backbone.partition(".")[0]
    return {
        "scenario": column.scenario,
        "title": column.title,
        "price": column.config.get("price"),
        "unit": column.config.get("unit"),
        "tasks": [task_row(task, architecture) for task in record["tasks"]],
        "open": open_shares(job.out),
        "seconds": sum(record["seconds"].values()),
    }


def task_row(record: dict[str, Any], architecture: str) -> dict[str, Any]:
    """What a task reaches, and what it alone costs: adapter and last layer, the shared encoder left out."""
    head_weights = (
        len(record["confusion"]["val"]["labels"]) * ENCODER_SHAPES[architecture].widths[-1]
    )
    added = record["multiplies"] - record["backbone_multiplies"]
    return {
        **{key: record[key] for key in ("task", "val_accuracy", "val_ci95", "n_val")},
        "params": record["stored_params"] + record["head_params"],
        "flops": FLOPS * (added + head_weights),
    }


def open_shares(folder: Path) -> dict[str, float]:
    """Share of the gates that are open at the end by gated layer, over all tasks; nothing without gates."""
    last = None
    for event in read_events(folder):
        last = event.gates if isinstance(event, GatesLogged) else last
    if last is None:
        return {}
    found = {}
    for i, layer in enumerate(last.layers):
        gates = [opening for task in last.openings for opening in task[i]]
        found[layer] = sum(opening > 0 for opening in gates) / len(gates)
    return found


def single(arguments: argparse.Namespace, sources: Sequence[Path]) -> dict[str, Any]:
    """A whole network for each task from random weights, in as many steps as the others take."""
    tasks = [load_task(source).task for source in sources]
    rounds = arguments.epochs * max(map(steps, tasks))
    records = []
    for task, source in zip(tasks, sources, strict=True):
        job = AdaptationJob(
            backbone=str(random_backbone(arguments, task)),
            data=source,
            method="finetune",
            training=training(arguments, round(rounds / steps(task))),
            out=arguments.runs / f"single-{source.name}",
        )
        records.append(finished(job))
    return {
        "scenario": "single-task",
        "title": "single-task",
        "tasks": [alone(record) for record in records],
        "open": {},
        "seconds": sum(sum(record["seconds"].values()) for record in records),
    }


def alone(record: dict[str, Any]) -> dict[str, Any]:
    """As ``task_row`` where nothing is shared."""
    return {**task_row(record, LARGE), "flops": FLOPS * record["multiplies"]}


def steps(task: Task) -> int:
    full, rest = divmod(len(task.part(Split.TRAIN)), BATCH)
    return full + (rest > 1)


def random_backbone(arguments: argparse.Namespace, task: Task) -> Path:
    folder: Path = arguments.runs / "random" / task.name
    if not (folder / CARD_FILE).exists():
        backbone = build(LARGE, len(task.classes))
        initialise(backbone, arguments.seed)
        card = WeightsCard(
            name=f"{LARGE}.random",
            architecture=LARGE,
            labels=task.classes,
            frontend=default_input(LARGE),
            licence="Apache-2.0",
        )
        save_backbone(backbone, card, folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=Path, default=Path("out/benchmarks/five_tasks"))
    arguments = parser.parse_args()
    sources = write_tasks(arguments.runs / "tasks")
    weights = load_backbone(PRETRAINED).card.sha256[:8]
    arguments.runs /= f"{weights}-{arguments.epochs}-{arguments.seed}"
    tasks = [load_task(source).task for source in sources]
    record: dict[str, Any] = {
        "epochs": arguments.epochs,
        "rounds": arguments.epochs * max(map(steps, tasks)),
        "seed": arguments.seed,
        "tasks": {
            task.name: {
                "classes": len(task.classes),
                "train": len(task.part(Split.TRAIN)),
                "val": len(task.part(Split.VAL)),
            }
            for task in tasks
        },
        "rows": [],
    }

    def keep(found: dict[str, Any]) -> None:
        record["rows"].append(found)
        write_bytes(RESULT, json.dumps(record, indent=1).encode())
        for scenario in SCENARIOS:
            picture = RESULT.with_name(f"five_tasks-{scenario}.svg")
            write_bytes(picture, drawing(scenario, record["rows"]).encode())

    for column in columns():
        keep(row(arguments, sources, column))
    keep(single(arguments, sources))
    print(f"wrote {RESULT}")


if __name__ == "__main__":
    main()
