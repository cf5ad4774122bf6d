"""Backbones and finished runs as a training leaves them: made by the real engine, only the training is left out."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from workbench import locations
from workbench.backbones.card import MeasuredAccuracy, WeightsCard
from workbench.backbones.registry import (
    LoadedBackbone,
    build,
    default_input,
    load_backbone,
    save_backbone,
)
from workbench.cancel import RunState
from workbench.evaluation.metrics import evaluate_predictions, wilson
from workbench.methods.base import TaskModel
from workbench.methods.model_patch.model import ModelPatchModel
from workbench.methods.patch import SUFFIX, Patch, PatchCard, StoredDecision, save_patch
from workbench.methods.registry import get
from workbench.methods.swr.model import SwrModel
from workbench.project.project import Project
from workbench.project.records import RunRecord
from workbench.training.job import AdaptationJob, TrainingConfig

WORDS = (
    *("_silence_", "_unknown_", "abajo", "apaga", "arriba", "cocina", "enciende", "luz", "musica"),
    "para",
)
"""Classes of the bundled demo, so that its clips fit."""

DEMO = locations.resources_dir() / "demo"
MANIFEST = "manifest.csv"


def few_clips(folder: Path, per_part: int = 2) -> Path:
    """A folder with a few clips of each class of the demo, in all three parts."""
    with (DEMO / MANIFEST).open(newline="") as file:
        rows = list(csv.DictReader(file))
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in rows:
        seen[row["label"], row["split"]] += 1
        if seen[row["label"], row["split"]] <= per_part:
            kept.append(row)
            (folder / row["path"]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(DEMO / row["path"], folder / row["path"])
    with (folder / MANIFEST).open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(kept)
    return folder


def install_backbone(
    name: str,
    classes: int = 12,
    metrics: Sequence[tuple[str, float, int]] = (),
    attribution: Sequence[str] = (),
) -> LoadedBackbone:
    """A backbone with random weights among the user's own."""
    architecture = name.split(".", maxsplit=1)[0]
    torch.manual_seed(len(name))
    measured = [
        MeasuredAccuracy(dataset=d, accuracy=a, ci95=wilson(round(a * n), n), n=n)
        for d, a, n in metrics
    ]
    card = WeightsCard(
        name=name,
        architecture=architecture,
        labels=tuple(f"word {i}" for i in range(classes)),
        frontend=default_input(architecture),
        attribution=tuple(attribution),
        metrics=tuple(measured),
    )
    save_backbone(build(architecture, classes), card, locations.user_models_dir() / name)
    return load_backbone(name)


def finished_run(
    project: Project,
    task_id: str,
    backbone: str,
    data: Path,
    method: str = "swr",
    accuracy: float = 0.95,
    n: int = 400,
    seed: int = 0,
    **config: Any,
) -> RunRecord:
    """A run in a project as a training would leave it, with random changes."""
    job = AdaptationJob(
        backbone=backbone,
        data=data,
        method=method,
        config=config,
        training=TrainingConfig(seed=seed),
        out=Path("later"),
    )
    run = project.new_run(task_id, job)
    write_run(run.folder, job, accuracy, n, seed=int(run.id))
    project.finish_run(run.id, json.loads((run.folder / "record.json").read_text()))
    project.set_run_state(run.id, RunState.FINISHED)
    return next(one for one in project.runs(task_id) if one.id == run.id)


def write_run(folder: Path, job: AdaptationJob, accuracy: float, n: int, seed: int) -> None:
    """Job, patch, policy and record of a finished run."""
    loaded = load_backbone(job.backbone)
    engine = get(job.method)
    settings = engine.Config.model_validate(job.config)
    model = engine.attach(loaded.backbone, WORDS, settings, seed)
    _change(model, settings)
    for stem, tensors in engine.artifacts(model, settings).items():
        save_file(tensors, folder / f"{stem}.safetensors")
    (folder / "job.json").write_text(job.model_copy(update={"out": folder}).model_dump_json())
    decisions = tuple(StoredDecision.of(d) for d in engine.decisions(model))
    card = PatchCard(
        task="kitchen words",
        method=job.method,
        config=settings.model_dump(mode="json"),
        backbone=loaded.card.name,
        backbone_sha256=loaded.card.sha256,
        classes=WORDS,
        frontend=loaded.card.frontend,
        decisions=decisions,
        cost=engine.cost(model, settings).as_record(),
        seed=0,
        epochs=30,
        versions={},
    )
    path = folder / f"kitchen{SUFFIX}"
    save_patch(Patch(card, engine.patch_tensors(model, settings)), path)
    record = _record(card, path, accuracy, n, seed) | {"seed": job.training.seed}
    (folder / "record.json").write_text(json.dumps(record))


def _change(model: TaskModel, settings: Any) -> None:
    """Random changes that look like learned ones: a tenth of the pretrained weight, depth-wise layers more."""
    torch.manual_seed(7)
    with torch.no_grad():
        if isinstance(model, SwrModel):
            _teach_policy(model)
            model.decide(settings)
            for row in model.rows:
                delta = model.injected[row.name]
                strength = 0.3 if row.kind == "depthwise" else 0.1
                delta.delta.normal_(0, strength * float(delta.base.std()))
            model.switch_to_decision()
        elif isinstance(model, ModelPatchModel):
            for parameter in model.tensors().values():
                parameter.add_(0.1 * torch.randn_like(parameter))
        elif type(model).__name__ == "FinetuneModel":
            for parameter in model.backbone.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.1 * parameter.std().nan_to_num(0.0))


def _teach_policy(model: SwrModel) -> None:
    """A policy that takes cheap layers first and gives one of them up at larger budgets."""
    first, second, last = (model.policy.body[i] for i in (0, 2, 4))
    for layer in (first, second, last):
        layer.weight.zero_()  # type: ignore[operator, union-attr]
        layer.bias.zero_()  # type: ignore[operator, union-attr]
    first.weight[0, 0] = second.weight[0, 0] = 1.0  # type: ignore[index, union-attr]
    steep = 8.0
    largest = max(model.shares)
    for i, share in enumerate(model.shares):
        wanted = 0.9 * (share / largest) ** 0.7 + 0.08 * float(torch.rand(()))
        # The first layer is wanted at small budgets only.
        direction, start = (-1.0, 0.2) if i == 0 else (1.0, wanted)
        last.weight[2 * i, 0] = direction * steep  # type: ignore[index, union-attr]
        last.bias[2 * i] = -direction * steep * start  # type: ignore[index, union-attr]


def _record(card: PatchCard, path: Path, accuracy: float, n: int, seed: int) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, len(WORDS), n)
    wrong = generator.random(n) > accuracy
    predicted = np.where(wrong, generator.integers(0, len(WORDS), n), truth)
    test = evaluate_predictions(truth, predicted, WORDS)
    return {
        "patch": str(path),
        "method": card.method,
        "backbone": card.backbone,
        "task": card.task,
        "budget": card.config.get("budget"),
        **card.cost,
        "file_bytes": path.stat().st_size,
        "val_accuracy": test.accuracy,
        "val_ci95": list(test.ci95),
        "n_val": n,
        "test_accuracy": test.accuracy,
        "test_ci95": list(test.ci95),
        "n_test": n,
        "epochs": 30,
        "seconds": {"super_net": 31.0 + seed, "policy": 12.5, "reparametrize": 22.0},
        "confusion": {"test": json.loads(json.dumps(test.as_record()))},
    }
