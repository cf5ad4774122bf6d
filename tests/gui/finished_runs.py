"""Backbones and finished runs for window tests: made by the real engine, only the training is left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
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
    default_frontend,
    load_backbone,
    save_backbone,
)
from workbench.cancel import RunState
from workbench.evaluation.metrics import evaluate_predictions, wilson
from workbench.methods.base import TaskModel
from workbench.methods.patch import SUFFIX, Patch, PatchCard, StoredDecision, save_patch
from workbench.methods.registry import get
from workbench.methods.swr.model import SwrModel
from workbench.training.job import AdaptationJob, TrainingConfig

WORDS = (
    *("_silence_", "_unknown_", "abajo", "apaga", "arriba", "cocina", "enciende", "luz", "musica"),
    "para",
)
"""Classes of the bundled demo, so that its clips fit."""

CREATED = "2026-03-02T14:{minute:02}:00"


@dataclass(frozen=True)
class StubRun:
    """As the project's run record."""

    id: str
    task_id: str
    method: str
    budget: float | None
    state: RunState
    folder: Path
    record: dict[str, Any] | None
    created: str


@dataclass
class StubProject:
    """The part of a project that the stations for backbones and runs read."""

    folder: Path
    records: list[StubRun] = field(default_factory=list)
    name: str = "Kitchen words"

    def runs(self, task_id: str | None = None) -> tuple[StubRun, ...]:
        return tuple(self.records)

    def close(self) -> None:
        self.records.clear()


def install_backbone(
    name: str,
    classes: int = 12,
    metrics: Sequence[tuple[str, float, int]] = (),
    attribution: Sequence[str] = (),
) -> LoadedBackbone:
    """A backbone with random weights among the user's own."""
    architecture = name.split(".")[0]
    torch.manual_seed(len(name))
    measured = [
        MeasuredAccuracy(dataset=d, accuracy=a, ci95=wilson(round(a * n), n), n=n)
        for d, a, n in metrics
    ]
    card = WeightsCard(
        name=name,
        architecture=architecture,
        labels=tuple(f"word {i}" for i in range(classes)),
        frontend=default_frontend(architecture),
        attribution=tuple(attribution),
        metrics=tuple(measured),
    )
    save_backbone(build(architecture, classes), card, locations.user_models_dir() / name)
    return load_backbone(name)


def finished_run(
    folder: Path,
    backbone: str,
    method: str = "swr",
    accuracy: float = 0.95,
    n: int = 400,
    minute: int = 0,
    data: Path | None = None,
    **config: Any,
) -> StubRun:
    """A run's folder and record as a training would leave them, with random changes."""
    folder.mkdir(parents=True)
    loaded = load_backbone(backbone)
    engine = get(method)
    settings = engine.Config.model_validate(config)
    model = engine.attach(loaded.backbone, WORDS, settings, seed=minute)
    _change(model, settings)
    for stem, tensors in engine.artifacts(model).items():
        save_file(tensors, folder / f"{stem}.safetensors")
    job = AdaptationJob(
        backbone=backbone,
        data=data or folder / "task",
        method=method,
        config=config,
        training=TrainingConfig(epochs=30),
        out=folder,
    )
    (folder / "job.json").write_text(job.model_dump_json())
    path = folder / f"kitchen{SUFFIX}"
    decisions = tuple(
        StoredDecision(**{**asdict(d), "kind": str(d.kind)}) for d in engine.decisions(model)
    )
    cost = engine.cost(model, settings).as_record()
    card = PatchCard(
        task="kitchen words",
        method=method,
        config=settings.model_dump(mode="json"),
        backbone=backbone,
        backbone_sha256=loaded.card.sha256,
        classes=WORDS,
        frontend=loaded.card.frontend,
        decisions=decisions,
        cost=cost,
        seed=0,
        epochs=30,
        versions={},
    )
    save_patch(Patch(card, engine.patch_tensors(model, settings)), path)
    record = _record(card, path, accuracy, n, minute)
    (folder / "record.json").write_text(json.dumps(record))
    budget = record["budget"]
    created = CREATED.format(minute=minute)
    return StubRun(folder.name, "task", method, budget, RunState.FINISHED, folder, record, created)


def _change(model: TaskModel, settings: Any) -> None:
    """Random changes that look like learned ones: a tenth of the pretrained weight, depth-wise layers more."""
    torch.manual_seed(7)
    with torch.no_grad():
        if isinstance(model, SwrModel):
            _teach_policy(model)
            model.decide(settings)
            for row in model.rows:
                delta = model.deltas[row.name]
                strength = 0.3 if row.kind == "depthwise" else 0.1
                delta.delta.normal_(0, strength * float(delta.base.std()))
            model.switch_to_decision()
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


def _record(card: PatchCard, path: Path, accuracy: float, n: int, minute: int) -> dict[str, Any]:
    generator = np.random.default_rng(minute)
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
        "seed": 0,
        "seconds": {"super_net": 31.0 + minute, "policy": 12.5, "reparametrize": 22.0},
        "confusion": {"test": json.loads(json.dumps(test.as_record()))},
    }
