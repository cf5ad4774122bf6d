"""Training a backbone from scratch on one or more tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from torch import nn
from torch.optim import Optimizer

from workbench.atomic import write_bytes
from workbench.audio.augment import AugmentConfig
from workbench.backbones.base import Backbone
from workbench.backbones.card import MeasuredAccuracy, WeightsCard
from workbench.backbones.model_page import model_page
from workbench.backbones.registry import (
    CARD_FILE,
    WEIGHTS_FILE,
    build,
    default_input,
    save_backbone,
    takes_pictures,
)
from workbench.cancel import CancelToken
from workbench.data.task import Medium, Split, Task
from workbench.errors import WorkbenchError
from workbench.evaluation.metrics import wilson
from workbench.evaluation.score import logits_of, loss_and_correct
from workbench.images.augment import PictureAugment
from workbench.methods.base import Batch, Draw, Stage, StepOutput
from workbench.training.batches import labelled_features
from workbench.training.checkpoint import FILE_NAME as CHECKPOINT_FILE
from workbench.training.checkpoint import load_checkpoint, resumption
from workbench.training.events import RunEvent, RunFinished, RunStarted
from workbench.training.loop import Trainer
from workbench.training.prepare import (
    checked_folder,
    content_fingerprint,
    default_store,
    namespaced,
    prepare,
    usable_task,
)
from workbench.training.sixteen_bits import refuse_sixteen_bits
from workbench.training.stage_loop import cosine

WARM_UP_EPOCHS = 3
WIDEST_MEL_MASK = {"bcresnet1": 0, "bcresnet1.5": 1, "bcresnet2": 3, "bcresnet3": 5}
"""Small networks learn less from masked features; the widths are those of the BC-ResNet recipe."""

WIDEST_MEL_MASK_OTHERWISE = 7
WIDEST_TIME_MASK = 20
VALIDATED = {Medium.SOUND: "validation speakers", Medium.PICTURE: "validation pictures"}


class PretrainJob(BaseModel):
    """Request for a new backbone.

    Attributes:
        name: ``architecture.tag``; the tag is the folder's.
        data: Tasks whose classes are joined.
        noise: Long recordings that are mixed into training clips.
        learning_rate, weight_decay, momentum: Of SGD; linear warm-up, then cosine to 0.
        label_smoothing: Share of the target spread over all classes.
        bfloat16: Convolve in 16 bits; on processors with matrix units a Res network trains three times as fast.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: str
    data: tuple[Path, ...]
    noise: tuple[Path, ...] = ()
    out: Path
    epochs: int = 40
    batch_size: int = 32
    learning_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 1e-3
    label_smoothing: float = 0.1
    seed: int = 0
    threads: int = 2
    bfloat16: bool = False
    licence: str = "Apache-2.0"
    attribution: tuple[str, ...] = ()


class SupervisedStage(Stage):
    """Plain supervised training of a whole backbone."""

    name, title = "pretrain", "Pretrain"

    def __init__(self, backbone: Backbone, job: PretrainJob) -> None:
        self.backbone = backbone
        self.epochs = job.epochs
        self.bfloat16 = job.bfloat16

    def configure(self) -> list[nn.Parameter]:
        return list(self.backbone.parameters())

    def set_training_mode(self) -> None:
        self.backbone.train()

    def step(self, batch: Batch, draw: Draw) -> StepOutput:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            logits = self.backbone(batch.features)
        logits = logits.float()
        loss = batch.loss(logits)
        return StepOutput(loss, loss.detach(), logits)


def augmentation(architecture: str) -> AugmentConfig | PictureAugment:
    """SpecAugment as wide as a network of this size bears; for pictures the usual variation."""
    if takes_pictures(architecture):
        return PictureAugment()
    mel_mask = WIDEST_MEL_MASK.get(architecture, WIDEST_MEL_MASK_OTHERWISE)
    return AugmentConfig(mel_mask=mel_mask, time_mask=WIDEST_TIME_MASK if mel_mask else 0)


def pretrain(job: PretrainJob, token: CancelToken) -> Iterator[RunEvent]:
    """Train, measure on the validation speakers, and write weights with their card.

    An interrupted job continues from its checkpoint when it is started again.

    Raises:
        WorkbenchError: for an unknown architecture, a folder that holds a backbone without the checkpoint of its
            training, and anything else that the user can mend.
    """
    # Loading the data takes minutes; what is wrong with the request is said before.
    taken = default_input(job.architecture)
    refuse_finished(job.out)
    if job.bfloat16:
        refuse_sixteen_bits(job.architecture)
    torch.set_num_threads(job.threads)
    store = default_store()
    folder = checked_folder(job.out)
    tasks = [usable_task(path, taken, store, token)[0] for path in job.data]
    joined = namespaced(tasks) if len(tasks) > 1 else tasks[0]
    augment = augmentation(job.architecture)
    prepared = prepare(
        joined, taken, augment, job.batch_size, token, store, job.noise, job.label_smoothing
    )
    backbone = build(job.architecture, len(joined.classes))
    initialise(backbone, job.seed)
    settings = job.model_dump_json(
        exclude={"out", "data", "noise", "threads", "attribution", "licence"}
    )
    identity = settings + augment.model_dump_json() + content_fingerprint(joined, store)
    fingerprint = hashlib.sha256(identity.encode()).hexdigest()

    def optimizer_of(parameters: list[nn.Parameter]) -> Optimizer:
        group = {"params": parameters, "rate": 1.0}
        return torch.optim.SGD(
            [group], job.learning_rate, job.momentum, weight_decay=job.weight_decay
        )

    def schedule(progress: float) -> float:
        return min(1.0, progress * job.epochs / WARM_UP_EPOCHS + 1e-3) * cosine(progress)

    trainer = Trainer(
        model=backbone,
        batches=prepared.batches,
        validation=prepared.validation,
        optimizer_of=optimizer_of,
        learning_rate=job.learning_rate,
        schedule=schedule,
        seed=job.seed,
        folder=folder,
        fingerprint=fingerprint,
        token=token,
    )
    stages = [SupervisedStage(backbone, job)]
    start = load_checkpoint(folder, fingerprint)
    resumed_from, begun_with = resumption(start)
    plan = trainer.plan(stages)
    yield RunStarted("pretrain", plan, (), (), (), resumed_from, begun_with=begun_with)
    yield from trainer.run(stages, start)
    measured = [*tasks, joined] if len(tasks) > 1 else tasks
    metrics = tuple(measure(backbone, task, joined.classes, job.architecture) for task in measured)
    card = WeightsCard(
        name=job.out.name,
        architecture=job.architecture,
        labels=joined.classes,
        frontend=taken,
        licence=job.licence,
        attribution=job.attribution,
        metrics=metrics,
        recipe=_recipe(job, joined),
    )
    card = save_backbone(backbone, card, folder)
    write_bytes(folder / "README.md", model_page(card, backbone).encode())
    yield RunFinished(folder, card.model_dump(mode="json"))


def refuse_finished(folder: Path) -> None:
    """Never train over a backbone, unless this is the folder of its own training."""
    finished = any((folder / name).exists() for name in (WEIGHTS_FILE, CARD_FILE))
    if finished and not (folder / CHECKPOINT_FILE).exists():
        raise WorkbenchError(
            f"{folder} holds a backbone already.",
            data="That backbone is untouched.",
            hint="Choose another folder.",
        )


def initialise(backbone: nn.Module, seed: int) -> None:
    """Default initialisation of every layer, drawn from ``seed``."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in backbone.modules():
            if isinstance(module, nn.Linear) and module.out_features == 0:
                continue
            if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                module.reset_parameters()


def measure(
    backbone: Backbone, task: Task, all_classes: Sequence[str], architecture: str
) -> MeasuredAccuracy:
    """Accuracy on the validation part, choosing among all of the backbone's classes."""
    joined = task if task.classes == tuple(all_classes) else namespaced([task])
    clips = joined.part(Split.VAL)
    rows = labelled_features(default_store(), clips, all_classes, default_input(architecture))
    _, correct = loss_and_correct(logits_of(backbone, rows.rows), rows.labels)
    return MeasuredAccuracy(
        dataset=f"{task.name}, {VALIDATED[task.medium]}",
        accuracy=correct / max(len(clips), 1),
        ci95=wilson(correct, len(clips)),
        n=len(clips),
    )


def _recipe(job: PretrainJob, task: Task) -> str:
    examples = f"{len(task.part(Split.TRAIN))} {task.medium.example}s"
    return (
        f"{job.epochs} epochs over {examples}, batch {job.batch_size}, SGD momentum {job.momentum:g}, "
        f"learning rate {job.learning_rate:g} with {WARM_UP_EPOCHS} warm-up epochs and cosine to 0, weight decay "
        f"{job.weight_decay:g}, label smoothing {job.label_smoothing:g}, "
        f"{_variation_text(augmentation(job.architecture))}; seed {job.seed}"
    )


def _variation_text(augment: AugmentConfig | PictureAugment) -> str:
    if isinstance(augment, PictureAugment):
        return f"random parts of at least {augment.least_area:.0%} of the picture, brightness, contrast, colour"
    masks = f"SpecAugment of {augment.mel_mask} bands and {augment.time_mask} frames"
    return f"time shift, background noise, gain, {masks if augment.mel_mask else 'no SpecAugment'}"
