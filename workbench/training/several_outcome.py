"""What a run over several tasks ends with: the backbone where it was trained, a patch and a record for each task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from workbench.atomic import write_bytes
from workbench.backbones.base import Backbone
from workbench.backbones.card import MeasuredAccuracy, WeightsCard
from workbench.backbones.inputs import InputConfig
from workbench.backbones.model_page import model_page
from workbench.backbones.registry import (
    TRAINED_FOLDER,
    LoadedBackbone,
    load_backbone,
    save_backbone,
)
from workbench.data.manifest import Problem
from workbench.data.task import Task
from workbench.methods.base import MethodConfig
from workbench.methods.ledger import together
from workbench.methods.patch import Patch, PatchCard, StoredDecision, apply_patch
from workbench.methods.registry import AnySeveralMethod, get
from workbench.methods.several import SeveralModel, SeveralStage, TaskPatch
from workbench.methods.versions import versions_here
from workbench.training.events import SeveralFinished
from workbench.training.outcome import Outcome, keep_patch, record_of, score
from workbench.training.prepare import Prepared
from workbench.training.run_folder import write_record
from workbench.training.several_job import SeveralJob
from workbench.training.several_loop import SeveralTrainer


@dataclass(frozen=True)
class PreparedTask:
    """A task of the run, with the features that it is learned from."""

    task: Task
    left_out: tuple[Problem, ...]
    frontend: InputConfig
    prepared: Prepared


@dataclass(frozen=True)
class SeveralRun:
    """A run that is set up; ``loaded`` is what it starts from."""

    job: SeveralJob
    method: AnySeveralMethod
    config: MethodConfig
    loaded: LoadedBackbone
    tasks: tuple[PreparedTask, ...]
    model: SeveralModel
    stages: list[SeveralStage]
    trainer: SeveralTrainer


def finish(run_: SeveralRun) -> SeveralFinished:
    """Write the backbone where it is a new one, and every patch; load them back and measure what was loaded."""
    token = run_.trainer.token
    base, folder = _backbone_of_the_patches(run_)
    patches = run_.method.patches(run_.model, run_.config)
    outcomes = [
        keep_patch(_completed(run_, task, patch, base), base, task.prepared, run_.job.out, token)
        for task, patch in zip(run_.tasks, patches, strict=True)
    ]
    record = _record(run_, base, folder, outcomes)
    write_record(run_.job.out, record)
    return SeveralFinished(tuple(outcome.path for outcome in outcomes), folder, record)


def _backbone_of_the_patches(run_: SeveralRun) -> tuple[LoadedBackbone, Path | None]:
    """What the run started from, or what it trained or drew, written to the run's folder."""
    trained = run_.method.shared(run_.model, run_.config)
    if trained is None and run_.loaded.card.sha256:
        return run_.loaded, None
    backbone = (trained or run_.loaded.backbone).eval()
    folder = run_.job.out / TRAINED_FOLDER
    card = save_backbone(backbone, _backbone_card(run_, backbone, trained is not None), folder)
    write_bytes(folder / "README.md", model_page(card, backbone).encode())
    return load_backbone(folder), folder


def _backbone_card(run_: SeveralRun, backbone: Backbone, trained: bool) -> WeightsCard:
    """The card of the network as it is without a patch: that of the first task."""
    first, source, training = run_.tasks[0], run_.loaded.card, run_.job.training
    names = [task.task.name for task in run_.tasks]
    token = run_.trainer.token
    result = score(backbone, first.prepared.validation, first.task.classes, token)
    measured = MeasuredAccuracy(
        dataset=f"{names[0]}, validation speakers",
        accuracy=result.accuracy,
        ci95=result.ci95,
        n=result.n,
    )
    recipe = (
        f"{run_.method.title} over {', '.join(names)} from {source.name}: {training.epochs} epochs, "
        f"learning rate {training.learning_rate:g}, seed {training.seed}; without a patch it serves {names[0]}"
    )
    return WeightsCard(
        name=f"{source.architecture}.{'+'.join(names)}" if trained else source.name,
        architecture=source.architecture,
        labels=first.task.classes,
        frontend=first.frontend,
        licence=source.licence,
        attribution=source.attribution,
        metrics=(measured,) if trained and result.n else (),
        recipe=recipe if trained else f"Random weights of seed {training.seed}",
    )


def _completed(
    run_: SeveralRun, task: PreparedTask, found: TaskPatch, base: LoadedBackbone
) -> Patch:
    """The patch of one task; decisions and cost are those of the network that it gives."""
    training = run_.job.training
    card = PatchCard(
        task=task.task.name,
        method=found.method,
        config=found.config.model_dump(mode="json"),
        backbone=base.card.name,
        backbone_sha256=base.card.sha256,
        classes=task.task.classes,
        frontend=task.frontend,
        decisions=(),
        cost={},
        seed=training.seed,
        epochs=training.epochs,
        versions=versions_here(),
    )
    tensors = {name: tensor.detach().clone() for name, tensor in found.tensors.items()}
    method = get(found.method)
    model = apply_patch(Patch(card, tensors), base)
    decided = tuple(StoredDecision.of(decision) for decision in method.decisions(model))
    cost = method.cost(model, found.config).as_record()
    return Patch(card.model_copy(update={"decisions": decided, "cost": cost}), tensors)


def _record(
    run_: SeveralRun, base: LoadedBackbone, folder: Path | None, outcomes: Sequence[Outcome]
) -> dict[str, Any]:
    """The JSON record that ends the run; ``tasks`` holds what a run over that task alone would say."""
    seconds = run_.trainer.seconds
    total = together(base.backbone, [outcome.patch for outcome in outcomes])
    return {
        "method": run_.method.name,
        "backbone": run_.loaded.card.name,
        "trained_backbone": str(folder) if folder else None,
        **asdict(total),
        "epochs": run_.job.training.epochs,
        "seed": run_.job.training.seed,
        "threads": torch.get_num_threads(),
        "seconds": seconds,
        "tasks": [
            record_of(outcome, task.left_out, seconds)
            for outcome, task in zip(outcomes, run_.tasks, strict=True)
        ],
    }
