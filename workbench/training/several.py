"""One run over several tasks: from a job to a verified patch for each, as a generator of events."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch

from workbench.backbones.card import WeightsCard
from workbench.backbones.inputs import InputConfig, sized, stepped
from workbench.backbones.registry import (
    LoadedBackbone,
    architectures,
    backbone_folder,
    build,
    default_input,
    load_backbone,
    read_card,
)
from workbench.cancel import CancelToken
from workbench.data.importers import ImportResult
from workbench.data.silence import with_silence
from workbench.data.store import ClipStore
from workbench.data.task import SILENCE, Medium, ordered_classes
from workbench.errors import WorkbenchError
from workbench.methods.base import MethodConfig
from workbench.methods.registry import AnySeveralMethod, get_several
from workbench.methods.several import SeveralModel, TaskClasses
from workbench.training.checkpoint import Checkpoint, load_checkpoint, resumption
from workbench.training.events import RunEvent, SeveralStarted, TaskPlan
from workbench.training.job import TrainingConfig
from workbench.training.optimizers import Rates, optimizer_factory
from workbench.training.prepare import (
    checked_folder,
    content_fingerprint,
    default_store,
    fitting_task,
    prepare_to_adapt,
    without_damaged,
)
from workbench.training.pretrain import initialise
from workbench.training.run_folder import kept, refuse_occupied
from workbench.training.several_job import SeveralJob, TaskSource, variant_name
from workbench.training.several_loop import SeveralTrainer
from workbench.training.several_outcome import PreparedTask, SeveralRun, finish
from workbench.training.sixteen_bits import HINT
from workbench.training.stage_loop import cosine
from workbench.training.threads import fitting_threads

_ANY_CLASSES = ("one", "other")
"""Of a network whose layers alone are looked at."""


def run_several(job: SeveralJob, token: CancelToken, resume: bool = False) -> Iterator[RunEvent]:
    """Adapt one network to several tasks at once; what is said is also kept in ``job.out``.

    Args:
        job: What to do.
        token: Looked at once per round.
        resume: Continue from the checkpoint in ``job.out``; without one the run starts at its beginning.

    Yields:
        Events; the last is ``SeveralFinished`` with the patches and their record.

    Raises:
        WorkbenchError: for anything the user can mend.
        Cancelled: when the token was stopped; the checkpoint of the last whole epoch stays. A run that was told to
            keep its result and is in its last stage ends with patches instead.
    """
    folder = checked_folder(job.out)
    if not resume:
        refuse_occupied(folder)
    run_ = _set_up(job, token)
    start = load_checkpoint(folder, run_.trainer.fingerprint) if resume else None
    # From here on an earlier attempt's files are touched; a request that cannot be met has ended by now.
    yield from kept(folder, job, _events(run_, start), resume)


def starts_at_random(job: SeveralJob) -> bool:
    """Whether the job names an architecture and no weights."""
    return job.backbone in architectures()


def _events(run_: SeveralRun, start: Checkpoint | None) -> Iterator[RunEvent]:
    tasks = tuple(
        TaskPlan(t.task.name, t.task.classes, t.prepared.batches.clips, len(t.prepared.validation))
        for t in run_.tasks
    )
    plan = run_.trainer.plan(run_.stages)
    resumed_from, begun_with = resumption(start)
    yield SeveralStarted(run_.method.name, tasks, plan, resumed_from, begun_with)
    yield from run_.trainer.run_or_keep(run_.stages, start)
    yield finish(run_)


def _set_up(job: SeveralJob, token: CancelToken) -> SeveralRun:
    method = get_several(job.method)
    config = method.Config.model_validate(job.config)
    training, store = job.training, default_store()
    if training.bfloat16:
        raise WorkbenchError("Several tasks at once train in 32 bits only.", hint=HINT)
    taken = (
        default_input(job.backbone)
        if starts_at_random(job)
        else read_card(backbone_folder(job.backbone)).frontend
    )
    # Everything that can be refused without reading clips is, for reading them takes its time.
    plain = _backbone(job, taken, _ANY_CLASSES)
    method.check(plain.backbone.layers(), (), config)
    listed = tuple(_listed(job, source, taken) for source in job.tasks)
    _refuse_equal_names([task.known.name for task in listed])
    for task in listed:
        plain.taking(task.taken)
    method.check(plain.backbone.layers(), [task.known for task in listed], config)
    tasks = tuple(_prepared(job, task, store, token) for task in listed)
    loaded = _backbone(job, taken, tasks[0].task.classes)
    torch.set_num_threads(training.threads or fitting_threads(loaded.backbone))
    known = tuple(TaskClasses(t.task.name, t.task.classes) for t in tasks)
    model = method.attach(loaded.backbone, known, config, training.seed)
    identity = job.model_dump_json(exclude={"tasks", "out", "backbone"})
    identity += loaded.card.sha256 or loaded.card.architecture
    for prepared in tasks:
        identity += prepared.frontend.model_dump_json()
        identity += content_fingerprint(prepared.task, store)
    trainer = SeveralTrainer(
        model=model,
        batches=tuple(t.prepared.batches for t in tasks),
        validations=tuple(t.prepared.validation for t in tasks),
        optimizer_of=optimizer_factory(training, partial(_rates, training, method, config, model)),
        learning_rate=training.learning_rate,
        schedule=cosine,
        seed=training.seed,
        folder=job.out,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
        token=token,
    )
    stages = method.stages(model, config, training.epochs)
    return SeveralRun(job, method, config, loaded, tasks, model, stages, trainer)


@dataclass(frozen=True)
class _Listed:
    """A task whose files were not read yet.

    Attributes:
        taken: The backbone's input, or at the resolution that was asked for.
        known: As the network will know it, if no class is lost with its files.
    """

    imported: ImportResult
    taken: InputConfig
    known: TaskClasses
    gets_silence: bool


def _listed(job: SeveralJob, source: TaskSource, taken: InputConfig) -> _Listed:
    taken = sized(stepped(taken, source.hop_ms), source.picture_px)
    imported = fitting_task(source.data, taken)
    task = imported.task
    gets_silence = job.make_silence and task.medium is Medium.SOUND
    classes = ordered_classes({*task.classes, SILENCE}) if gets_silence else task.classes
    known = TaskClasses(variant_name(task.name, source), classes)
    return _Listed(imported, taken, known, gets_silence)


def _prepared(
    job: SeveralJob, listed: _Listed, store: ClipStore, token: CancelToken
) -> PreparedTask:
    """A task's clips as the backbone takes them."""
    task, left_out = without_damaged(listed.imported, listed.taken, store, token)
    if listed.gets_silence:
        task = with_silence(task, job.out / "silence" / task.name)
    task = replace(task, name=listed.known.name)
    prepared = prepare_to_adapt(job.training, task, listed.taken, token, store)
    return PreparedTask(task, left_out, listed.taken, prepared)


def _refuse_equal_names(names: Sequence[str]) -> None:
    """Each task's patch is a file of its own name."""
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise WorkbenchError(
            f"{count} of the tasks are named {name}.",
            data="Nothing was started.",
            hint="Give each task once, and rename folders of the same name.",
        )


def _backbone(job: SeveralJob, taken: InputConfig, classes: tuple[str, ...]) -> LoadedBackbone:
    """The backbone; where the job names an architecture, with random weights drawn from the run's seed."""
    if not starts_at_random(job):
        return load_backbone(job.backbone)
    backbone = build(job.backbone, len(classes))
    initialise(backbone, job.training.seed)
    card = WeightsCard(
        name=f"{job.backbone}.random",
        architecture=job.backbone,
        labels=classes,
        frontend=taken,
        licence="Apache-2.0",
    )
    return LoadedBackbone(backbone.eval(), card)


def _rates(
    training: TrainingConfig, method: AnySeveralMethod, config: MethodConfig, model: SeveralModel
) -> Rates:
    """The rate of the fresh heads, and what the method says of others."""
    fresh = (parameter for head in model.heads() for parameter in head.parameters())
    rates: Rates = method.rates(model, config)
    return rates | dict.fromkeys(fresh, training.head_rate)
