"""The loop over stages that all runs share: schedule, descent and checkpoints."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from workbench.backbones.dropout import seed_dropout
from workbench.cancel import Cancelled, CancelToken
from workbench.errors import WorkbenchError
from workbench.evaluation.score import logits_of, loss_and_correct
from workbench.methods.base import Stage
from workbench.methods.several import SeveralStage
from workbench.training.batches import LabelledRows, derive_seed, seeded
from workbench.training.checkpoint import Checkpoint, capture, restore, save_checkpoint
from workbench.training.events import CheckpointSaved, RunEvent, StagePlan, StageStarted

OptimizerFactory = Callable[[list[nn.Parameter]], Optimizer]
Schedule = Callable[[float], float]
FILM_STEPS_PER_EPOCH = 20

S = TypeVar("S", bound=Stage | SeveralStage)


def cosine(progress: float) -> float:
    """Share of the first learning rate after ``progress`` (0..1) of a stage."""
    return 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(kw_only=True)
class StageLoop(ABC, Generic[S]):
    """Runs stages of one network in order; subclasses say what an epoch is.

    Attributes:
        optimizer_of: Makes the optimizer of a stage from its trained parameters; each of its groups has a ``rate``,
            the multiple of the run's learning rate at which it learns.
        schedule: Share of the first learning rate by progress within the stage.
        folder: Where the checkpoint goes.
        fingerprint: Identity of the job.
        seconds: Time spent per stage.
        stage_index: Stage that is running.
    """

    model: nn.Module
    optimizer_of: OptimizerFactory
    learning_rate: float
    schedule: Schedule
    seed: int
    folder: Path
    fingerprint: str
    token: CancelToken
    seconds: dict[str, float] = field(default_factory=dict)
    stage_index: int = 0

    @property
    @abstractmethod
    def steps(self) -> int:
        """Steps in an epoch."""

    @abstractmethod
    def epoch(self, index: int, stage: S, epoch: int, optimizer: Optimizer) -> Iterator[RunEvent]:
        """Train and validate one epoch, counted from 0; the last event says how it went."""

    def plan(self, stages: Sequence[S]) -> tuple[StagePlan, ...]:
        return tuple(StagePlan(s.name, s.title, s.epochs, self.steps) for s in stages)

    def run(self, stages: Sequence[S], start: Checkpoint | None) -> Iterator[RunEvent]:
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

    def run_or_keep(self, stages: Sequence[S], start: Checkpoint | None) -> Iterator[RunEvent]:
        """As ``run``; told to stop and keep its result in the last stage, it ends there as if it were complete.

        Raises:
            Cancelled: when the token was stopped otherwise.
        """
        try:
            yield from self.run(stages, start)
        except Cancelled:
            if not (self.token.keeps_result and self.stage_index == len(stages) - 1):
                raise
            stages[-1].leave()

    def _run_stage(self, index: int, stage: S, resumed: Checkpoint | None) -> Iterator[RunEvent]:
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
            yield from self.epoch(index, stage, epoch, optimizer)
            snapshot = capture(
                self.fingerprint, (index, epoch + 1), self.model, optimizer, self.seconds
            )
            yield CheckpointSaved(save_checkpoint(snapshot, self.folder), index, epoch + 1)
        stage.leave()

    def begin(self, index: int, stage: S, epoch: int) -> Generator:
        """Put the network in the mode to train an epoch in; returns the method's own randomness."""
        seed_dropout(self.model, derive_seed(self.seed, index, epoch, "dropout"))
        stage.set_training_mode()
        return seeded(self.seed, index, epoch, "method")

    def set_rate(self, optimizer: Optimizer, progress: float) -> float:
        """Set the learning rate that is due after ``progress`` (0..1) of the stage; returns it."""
        rate = self.learning_rate * self.schedule(progress)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["rate"]
        return rate

    def descend(self, loss: Tensor, optimizer: Optimizer, stage: S) -> None:
        """One optimisation step; what the loss does not reach keeps its moments, since it has no gradient.

        Raises:
            WorkbenchError: when the loss is not finite.
        """
        if not torch.isfinite(loss):
            raise WorkbenchError(
                f"The loss became {float(loss.detach()):g} in stage {stage.title.lower()}.",
                data="The checkpoint of the last whole epoch is kept.",
                hint="Lower the learning rate, or look for damaged clips with the data check.",
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    def is_filmed(self, step: int) -> bool:
        """Whether decisions or gates are shown after this step of an epoch, counted from 0."""
        return step % max(1, self.steps // FILM_STEPS_PER_EPOCH) == 0 or step == self.steps - 1

    def spend(self, stage: S, started: float) -> float:
        """Add the time since ``started`` to the stage's, in seconds; returns it."""
        spent = time.monotonic() - started
        self.seconds[stage.name] = self.seconds.get(stage.name, 0.0) + spent
        return spent

    def score(self, network: nn.Module, rows: LabelledRows) -> tuple[float | None, float | None]:
        """Loss and accuracy of a network; None for an empty set."""
        if len(rows) == 0:
            return None, None
        loss, correct = loss_and_correct(logits_of(network, rows.rows, self.token), rows.labels)
        return loss, correct / len(rows)
