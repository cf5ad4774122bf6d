"""The training loop: stages in order, as a generator of events."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from torch.optim import Optimizer

from workbench.backbones.dropout import seed_dropout
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.evaluation.score import logits_of, loss_and_correct
from workbench.methods.base import Draw, Stage, StepOutput
from workbench.training.batches import LabelledRows, TrainingBatches, derive_seed, seeded
from workbench.training.checkpoint import Checkpoint, capture, restore, save_checkpoint
from workbench.training.events import (
    CheckpointSaved,
    EpochFinished,
    LayerDecisions,
    RunEvent,
    StagePlan,
    StageStarted,
    StepLogged,
)

OptimizerFactory = Callable[[list[nn.Parameter]], Optimizer]
Schedule = Callable[[float], float]
FILM_STEPS_PER_EPOCH = 20


def cosine(progress: float) -> float:
    """Share of the first learning rate after ``progress`` (0..1) of a stage."""
    return 0.5 * (1 + math.cos(math.pi * progress))


@dataclass
class Trainer:
    """Runs stages of one model.

    Attributes:
        optimizer_of: Makes the optimizer of a stage from its trained parameters; each of its groups has a ``rate``,
            the multiple of the run's learning rate at which it learns.
        schedule: Share of the first learning rate by progress within the stage.
        validation: Features and labels scored after each epoch; may be empty.
        folder: Where the checkpoint goes.
        fingerprint: Identity of the job.
        seconds: Time spent per stage.
        stage_index: Stage that is running.
    """

    model: nn.Module
    batches: TrainingBatches
    validation: LabelledRows
    optimizer_of: OptimizerFactory
    learning_rate: float
    schedule: Schedule
    seed: int
    folder: Path
    fingerprint: str
    token: CancelToken
    seconds: dict[str, float] = field(default_factory=dict)
    stage_index: int = 0

    def plan(self, stages: Sequence[Stage]) -> tuple[StagePlan, ...]:
        steps = self.batches.steps
        return tuple(StagePlan(s.name, s.title, s.epochs, steps) for s in stages)

    def run(self, stages: Sequence[Stage], start: Checkpoint | None) -> Iterator[RunEvent]:
        """Train the stages in order, from a checkpoint when there is one."""
        if start:
            self.seconds.update(start.seconds)
        for index, stage in enumerate(stages):
            if start and index < start.stage:
                continue
            resumed = start if start and index == start.stage else None
            self.stage_index = index
            yield StageStarted(index, self.plan(stages)[index])
            yield from self._run_stage(index, stage, resumed)

    def _run_stage(
        self, index: int, stage: Stage, resumed: Checkpoint | None
    ) -> Iterator[RunEvent]:
        if resumed is None:
            stage.enter()
            done = 0
        else:
            # The decision that the stage trains under is part of the model's state, so load it first.
            self.model.load_state_dict(resumed.tensors)
            done = resumed.epoch
        optimizer = self.optimizer_of(stage.configure())
        if resumed is not None:
            restore(resumed, self.model, optimizer)
        for epoch in range(done, stage.epochs):
            started = time.monotonic()
            train_loss, train_accuracy = yield from self._run_epoch(index, stage, epoch, optimizer)
            val_loss, val_accuracy = self._validate() if stage.validates else (None, None)
            spent = time.monotonic() - started
            self.seconds[stage.name] = self.seconds.get(stage.name, 0.0) + spent
            yield EpochFinished(
                index,
                epoch + 1,
                stage.epochs,
                train_loss,
                train_accuracy,
                val_loss,
                val_accuracy,
                len(self.validation),
                spent,
            )
            snapshot = capture(
                self.fingerprint, (index, epoch + 1), self.model, optimizer, self.seconds
            )
            yield CheckpointSaved(save_checkpoint(snapshot, self.folder), index, epoch + 1)
        stage.leave()

    def _run_epoch(
        self, index: int, stage: Stage, epoch: int, optimizer: Optimizer
    ) -> Generator[RunEvent, None, tuple[float, float]]:
        """One pass; returns mean loss and accuracy."""
        draw_epoch = epoch % stage.draws if stage.draws else epoch
        seed_dropout(self.model, derive_seed(self.seed, index, epoch, "dropout"))
        generator = seeded(self.seed, index, epoch, "method")
        stage.set_training_mode()
        steps = self.batches.steps
        film_stride = max(1, steps // FILM_STEPS_PER_EPOCH)
        loss_sum, correct, seen = 0.0, 0, 0
        for step, batch in enumerate(self.batches.epoch(self.seed, index, draw_epoch, "data")):
            self.token.check()
            progress = (epoch * steps + step) / (stage.epochs * steps)
            rate = self.learning_rate * self.schedule(progress)
            for group in optimizer.param_groups:
                group["lr"] = rate * group["rate"]
            batch_size = len(batch.labels)
            draw = Draw(generator, progress, (draw_epoch, step))
            output = stage.step(batch, draw)
            self._descend(output, optimizer, stage)
            hits = int((output.logits.detach().argmax(dim=1) == batch.labels).sum())
            loss = float(output.target_loss)
            loss_sum, correct, seen = (
                loss_sum + loss * batch_size,
                correct + hits,
                seen + batch_size,
            )
            done = epoch * steps + step + 1
            yield StepLogged(
                index, done, stage.epochs * steps, loss, hits / batch_size, rate, output.extras
            )
            if step % film_stride == 0 or step == steps - 1:
                yield from _film(index, stage, done)
        return loss_sum / max(seen, 1), correct / max(seen, 1)

    def _descend(self, output: StepOutput, optimizer: Optimizer, stage: Stage) -> None:
        if not torch.isfinite(output.loss):
            raise WorkbenchError(
                f"The loss became {float(output.loss.detach()):g} in stage {stage.title.lower()}.",
                data="The checkpoint of the last whole epoch is kept.",
                hint="Lower the learning rate, or look for damaged clips with the data check.",
            )
        optimizer.zero_grad(set_to_none=True)
        output.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    def _validate(self) -> tuple[float | None, float | None]:
        if len(self.validation) == 0:
            return None, None
        logits = logits_of(self.model, self.validation.rows, self.token)
        loss, correct = loss_and_correct(logits, self.validation.labels)
        return loss, correct / len(self.validation)


def _film(index: int, stage: Stage, step: int) -> Iterator[RunEvent]:
    found = stage.decisions()
    if found is not None:
        probabilities, budget, hard_cost = found
        yield LayerDecisions(index, step, probabilities, budget, hard_cost)
