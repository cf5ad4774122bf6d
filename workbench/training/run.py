"""One adaptation run: from a job to a verified patch, as a generator of events."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn
from torch.optim import Optimizer

from workbench import __version__
from workbench.atomic import write_bytes
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.cancel import Cancelled, CancelToken
from workbench.data.manifest import Problem
from workbench.data.silence import with_silence
from workbench.data.task import Split, Task
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import Evaluation, evaluate_predictions
from workbench.evaluation.score import logits_of
from workbench.methods.base import MethodConfig, Stage, TaskModel
from workbench.methods.patch import (
    SUFFIX,
    Patch,
    PatchCard,
    StoredDecision,
    apply_patch,
    read_patch,
    save_patch,
)
from workbench.methods.registry import AnyMethod, get
from workbench.training.batches import LabelledRows
from workbench.training.checkpoint import FILE_NAME as CHECKPOINT_FILE
from workbench.training.checkpoint import Checkpoint, load_checkpoint
from workbench.training.event_file import EventWriter
from workbench.training.events import RunEvent, RunFinished, RunStarted
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.known_policy import adopt_policy
from workbench.training.loop import OptimizerFactory, Trainer, cosine
from workbench.training.prepare import (
    Prepared,
    checked_folder,
    content_fingerprint,
    default_store,
    prepare,
    usable_task,
)
from workbench.training.threads import fitting_threads

JOB_FILE = "job.json"
RECORD_FILE = "record.json"


@dataclass(frozen=True)
class _Run:
    job: AdaptationJob
    method: AnyMethod
    config: MethodConfig
    loaded: LoadedBackbone
    task: Task
    left_out: tuple[Problem, ...]
    prepared: Prepared
    model: TaskModel
    stages: list[Stage]
    trainer: Trainer


def run(job: AdaptationJob, token: CancelToken, resume: bool = False) -> Iterator[RunEvent]:
    """Adapt a backbone to a task; what is said is also kept in ``job.out``.

    Args:
        job: What to do.
        token: Looked at once per step.
        resume: Continue from the checkpoint in ``job.out``; without one the run starts at its beginning.

    Yields:
        Events; the last is ``RunFinished`` with the patch and its record.

    Raises:
        WorkbenchError: for anything the user can mend.
        Cancelled: when the token was stopped; the checkpoint of the last whole epoch stays. A run that was told to
            keep its result and is in its last stage ends with a patch instead.
    """
    folder = checked_folder(job.out)
    if not resume:
        _refuse_occupied(folder)
    run_ = _set_up(job, token)
    start = load_checkpoint(folder, run_.trainer.fingerprint) if resume else None
    # From here on an earlier attempt's files are touched; a request that cannot be met has ended by now.
    write_bytes(folder / JOB_FILE, job.model_dump_json(indent=2).encode())
    with EventWriter(folder, resume) as history:
        for event in _events(run_, token, start):
            history.write(event)
            yield event


def _refuse_occupied(folder: Path) -> None:
    """Never train over what an earlier run has left."""
    if any((folder / name).exists() for name in (CHECKPOINT_FILE, RECORD_FILE)):
        raise WorkbenchError(
            f"{folder} holds a run already.",
            data="That run is untouched.",
            hint="Choose another folder, or continue that run with --resume.",
        )


def _events(run_: _Run, token: CancelToken, start: Checkpoint | None) -> Iterator[RunEvent]:
    yield _started(run_, start.epoch if start else None)
    try:
        yield from run_.trainer.run(run_.stages, start)
    except Cancelled:
        if not (token.keeps_result and run_.trainer.stage_index == len(run_.stages) - 1):
            raise
        run_.stages[-1].leave()
    yield _finish(run_)


def _set_up(job: AdaptationJob, token: CancelToken) -> _Run:
    method = get(job.method)
    config = method.Config.model_validate(job.config)
    loaded = load_backbone(job.backbone)
    torch.set_num_threads(job.training.threads or fitting_threads(loaded.backbone))
    store = default_store()
    task, left_out = usable_task(job.data, loaded.card.frontend, store, token)
    if job.make_silence:
        task = with_silence(task, job.out / "silence")
    training = job.training
    prepared = prepare(
        task, loaded.card.frontend, training.augment, training.batch_size, token, store
    )
    model = method.attach(loaded.backbone, task.classes, config, training.seed)
    stages = method.stages(model, config, training.epochs)
    identity = job.model_dump_json(exclude={"data", "out", "backbone", "policy_from"})
    identity += loaded.card.sha256 + content_fingerprint(task, store)
    if job.policy_from is not None:
        identity += adopt_policy(job.policy_from, model, config, loaded.card.sha256)
        stages = stages[-1:]
    trainer = Trainer(
        model,
        prepared.batches,
        prepared.validation,
        _adam(training, method, config, model),
        training.learning_rate,
        cosine,
        training.seed,
        job.out,
        hashlib.sha256(identity.encode()).hexdigest(),
        token,
    )
    return _Run(job, method, config, loaded, task, left_out, prepared, model, stages, trainer)


def _adam(
    training: TrainingConfig, method: AnyMethod, config: MethodConfig, model: TaskModel
) -> OptimizerFactory:
    """Adam with a group for each learning rate: the fresh head's, what the method says, and the run's."""

    def optimizer_of(parameters: list[nn.Parameter]) -> Optimizer:
        rates = method.rates(model, config)
        rates |= dict.fromkeys(model.backbone.head_layer.parameters(), training.head_rate)
        groups: dict[float, list[nn.Parameter]] = {}
        for parameter in parameters:
            groups.setdefault(rates.get(parameter, 1.0), []).append(parameter)
        return torch.optim.Adam(
            [{"params": group, "rate": rate} for rate, group in groups.items()],
            training.learning_rate,
        )

    return optimizer_of


def _started(run_: _Run, resumed_from: int | None) -> RunStarted:
    decided = run_.method.decisions(run_.model)
    return RunStarted(
        run_.method.name,
        run_.trainer.plan(run_.stages),
        tuple(d.name for d in decided),
        tuple(str(d.kind) for d in decided),
        tuple(d.share for d in decided),
        resumed_from,
    )


def _finish(run_: _Run) -> RunFinished:
    """Write the patch, load it back onto the backbone, and measure what was loaded."""
    job, method, model = run_.job, run_.method, run_.model
    for stem, tensors in method.artifacts(model, run_.config).items():
        write_bytes(job.out / f"{stem}.safetensors", save(tensors))
    card = _card(run_)
    draft = Patch(card, method.patch_tensors(model, run_.config))
    restored = apply_patch(draft, run_.loaded)
    scores = {
        part: _score(restored, rows, run_.task.classes)
        for part, rows in ((Split.VAL, run_.prepared.validation), (Split.TEST, run_.prepared.test))
        if len(rows)
    }
    metrics = {
        str(part): {"accuracy": s.accuracy, "n": s.n, "ci95": list(s.ci95)}
        for part, s in scores.items()
    }
    path = job.out / f"{run_.task.name}{SUFFIX}"
    save_patch(Patch(card.model_copy(update={"metrics": metrics}), draft.tensors), path)
    assert read_patch(path, run_.loaded.card.sha256)
    record = _record(run_, path, scores)
    write_bytes(job.out / RECORD_FILE, json.dumps(record, indent=2).encode())
    return RunFinished(path, record)


def _card(run_: _Run) -> PatchCard:
    loaded, job = run_.loaded.card, run_.job
    return PatchCard(
        task=run_.task.name,
        method=run_.method.name,
        config=run_.config.model_dump(mode="json"),
        backbone=loaded.name,
        backbone_sha256=loaded.sha256,
        classes=run_.task.classes,
        frontend=loaded.frontend,
        decisions=tuple(StoredDecision.of(d) for d in run_.method.decisions(run_.model)),
        cost=run_.method.cost(run_.model, run_.config).as_record(),
        seed=job.training.seed,
        epochs=job.training.epochs,
        versions={"workbench": __version__, "torch": torch.__version__},
    )


def _score(model: TaskModel, rows: LabelledRows, classes: tuple[str, ...]) -> Evaluation:
    predicted = logits_of(model, rows.rows).argmax(dim=1)
    return evaluate_predictions(rows.labels.numpy(), predicted.numpy(), classes)


def _record(run_: _Run, path: Path, scores: dict[Split, Evaluation]) -> dict[str, Any]:
    """The JSON record that ends a run; its keys are part of the command line's contract."""
    val, test = scores.get(Split.VAL), scores.get(Split.TEST)
    return {
        "patch": str(path),
        "method": run_.method.name,
        "backbone": run_.loaded.card.name,
        "task": run_.task.name,
        "left_out": [{"path": str(p.path), "reason": p.reason} for p in run_.left_out],
        "budget": getattr(run_.config, "budget", None),
        **run_.method.cost(run_.model, run_.config).as_record(),
        "file_bytes": path.stat().st_size,
        "val_accuracy": val.accuracy if val else None,
        "val_ci95": list(val.ci95) if val else None,
        "n_val": val.n if val else 0,
        "test_accuracy": test.accuracy if test else None,
        "test_ci95": list(test.ci95) if test else None,
        "n_test": test.n if test else 0,
        "epochs": run_.job.training.epochs,
        "seed": run_.job.training.seed,
        "threads": torch.get_num_threads(),
        "seconds": run_.trainer.seconds,
        "confusion": {str(part): s.as_record() for part, s in scores.items()},
    }
