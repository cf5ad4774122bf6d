"""One adaptation run: from a job to a verified patch, as a generator of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from safetensors.torch import save

from workbench.atomic import write_bytes
from workbench.backbones.inputs import InputConfig, sized
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.cancel import CancelToken
from workbench.data.manifest import Problem
from workbench.data.silence import with_silence
from workbench.data.task import Medium, Task
from workbench.methods.base import MethodConfig, Stage, TaskModel
from workbench.methods.patch import Patch, PatchCard, StoredDecision
from workbench.methods.registry import AnyMethod, get
from workbench.methods.versions import versions_here
from workbench.training.checkpoint import Checkpoint, load_checkpoint, resumption
from workbench.training.events import RunEvent, RunFinished, RunStarted
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.known_policy import adopt_policy
from workbench.training.loop import Trainer
from workbench.training.optimizers import Rates, optimizer_factory
from workbench.training.outcome import keep_patch, record_of
from workbench.training.prepare import (
    Prepared,
    checked_folder,
    content_fingerprint,
    default_store,
    prepare_to_adapt,
    usable_task,
)
from workbench.training.run_folder import kept, refuse_occupied, write_record
from workbench.training.sixteen_bits import refuse_sixteen_bits
from workbench.training.stage_loop import cosine
from workbench.training.threads import fitting_threads


@dataclass(frozen=True)
class _Run:
    job: AdaptationJob
    method: AnyMethod
    config: MethodConfig
    loaded: LoadedBackbone
    taken: InputConfig
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
        refuse_occupied(folder)
    run_ = _set_up(job, token)
    start = load_checkpoint(folder, run_.trainer.fingerprint) if resume else None
    # From here on an earlier attempt's files are touched; a request that cannot be met has ended by now.
    yield from kept(folder, job, _events(run_, start), resume)


def _events(run_: _Run, start: Checkpoint | None) -> Iterator[RunEvent]:
    yield _started(run_, start)
    yield from run_.trainer.run_or_keep(run_.stages, start)
    yield _finish(run_)


def _set_up(job: AdaptationJob, token: CancelToken) -> _Run:
    method = get(job.method)
    config = method.Config.model_validate(job.config)
    loaded = load_backbone(job.backbone)
    if job.training.bfloat16:
        refuse_sixteen_bits(loaded.card.architecture)
    torch.set_num_threads(job.training.threads or fitting_threads(loaded.backbone))
    store, taken = default_store(), sized(loaded.card.frontend, job.picture_px)
    # What the backbone does not allow is told before clips are read, for reading them takes its time.
    method.predicted_cost(loaded.taking(taken).layers(), config, len(loaded.card.labels))
    task, left_out = usable_task(job.data, taken, store, token)
    if job.make_silence and task.medium is Medium.SOUND:
        task = with_silence(task, job.out / "silence")
    training = job.training
    prepared = prepare_to_adapt(training, task, taken, token, store)
    model = method.attach(loaded.taking(taken), task.classes, config, training.seed)
    model.sixteen_bits = training.bfloat16
    stages = method.stages(model, config, training.epochs)
    identity = job.model_dump_json(exclude={"data", "out", "backbone", "policy_from"})
    identity += loaded.card.sha256 + content_fingerprint(task, store)
    if job.policy_from is not None:
        identity += adopt_policy(job.policy_from, model, config, loaded.card.sha256)
        stages = stages[-1:]
    trainer = Trainer(
        model=model,
        batches=prepared.batches,
        validation=prepared.validation,
        optimizer_of=optimizer_factory(training, partial(_rates, training, method, config, model)),
        learning_rate=training.learning_rate,
        schedule=cosine,
        seed=training.seed,
        folder=job.out,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
        token=token,
    )
    return _Run(
        job, method, config, loaded, taken, task, left_out, prepared, model, stages, trainer
    )


def _rates(
    training: TrainingConfig, method: AnyMethod, config: MethodConfig, model: TaskModel
) -> Rates:
    """The fresh head's rate, and what the method says of others."""
    head = dict.fromkeys(model.backbone.head_layer.parameters(), training.head_rate)
    return method.rates(model, config) | head


def _started(run_: _Run, start: Checkpoint | None) -> RunStarted:
    decided = run_.method.decisions(run_.model)
    resumed_from, begun_with = resumption(start)
    return RunStarted(
        run_.method.name,
        run_.trainer.plan(run_.stages),
        tuple(d.name for d in decided),
        tuple(str(d.kind) for d in decided),
        tuple(d.share for d in decided),
        resumed_from,
        run_.task.name,
        begun_with,
    )


def _finish(run_: _Run) -> RunFinished:
    """Write the patch, load it back onto the backbone, and measure what was loaded."""
    job, method, model = run_.job, run_.method, run_.model
    for stem, tensors in method.artifacts(model, run_.config).items():
        write_bytes(job.out / f"{stem}.safetensors", save(tensors))
    patch = Patch(_card(run_), method.patch_tensors(model, run_.config))
    outcome = keep_patch(patch, run_.loaded, run_.prepared, job.out, run_.trainer.token)
    record = record_of(outcome, run_.left_out, run_.trainer.seconds)
    write_record(job.out, record)
    return RunFinished(outcome.path, record)


def _card(run_: _Run) -> PatchCard:
    loaded, job = run_.loaded.card, run_.job
    return PatchCard(
        task=run_.task.name,
        method=run_.method.name,
        config=run_.config.model_dump(mode="json"),
        backbone=loaded.name,
        backbone_sha256=loaded.sha256,
        classes=run_.task.classes,
        frontend=run_.taken,
        decisions=tuple(StoredDecision.of(d) for d in run_.method.decisions(run_.model)),
        cost=run_.method.cost(run_.model, run_.config).as_record(),
        seed=job.training.seed,
        epochs=job.training.epochs,
        versions=versions_here(),
    )
