"""Training on several tasks at once: what an epoch is.

A round holds a batch of every task. The largest task gives the length of an epoch and smaller ones repeat, so that all
tasks are equally far in one schedule (Mudrakarta et al., K for the Price of 1, arXiv 1810.10703, align theirs by the
length of the data sets).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from torch import Tensor, nn
from torch.optim import Optimizer

from workbench.methods.base import Batch, Draw
from workbench.methods.several import SeveralModel, SeveralStage, Turn
from workbench.training.batches import LabelledRows, TrainingBatches
from workbench.training.events import (
    GatesLogged,
    RoundLogged,
    RunEvent,
    SeveralEpochFinished,
    TaskEpoch,
)
from workbench.training.stage_loop import StageLoop


class OneTask(nn.Module):
    """A network for several tasks, as it serves one of them: features in, that task's logits out."""

    def __init__(self, network: SeveralModel, task: int) -> None:
        super().__init__()
        self.network = network
        self.task = task

    def forward(self, x: Tensor) -> Tensor:
        return self.network.logits(x, self.task)


@dataclass
class _Tally:
    """Sums over the clips of one task."""

    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0

    def add(self, other: _Tally) -> None:
        self.loss_sum += other.loss_sum
        self.correct += other.correct
        self.seen += other.seen

    @property
    def loss(self) -> float | None:
        return self.loss_sum / self.seen if self.seen else None

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.seen if self.seen else None


@dataclass(kw_only=True)
class SeveralTrainer(StageLoop[SeveralStage]):
    """Runs stages on rounds of batches.

    Attributes:
        batches, validations: By task; a task may have nothing to validate.
    """

    model: SeveralModel
    batches: tuple[TrainingBatches, ...]
    validations: tuple[LabelledRows, ...]

    @property
    def steps(self) -> int:
        return max(batches.steps for batches in self.batches)

    def epoch(
        self, index: int, stage: SeveralStage, epoch: int, optimizer: Optimizer
    ) -> Iterator[RunEvent]:
        started = time.monotonic()
        tallies = [_Tally() for _ in self.batches]
        yield from self._rounds(index, stage, epoch, optimizer, tallies)
        tasks = tuple(self._finished(stage, task, tally) for task, tally in enumerate(tallies))
        yield SeveralEpochFinished(
            index, epoch + 1, stage.epochs, tasks, self.spend(stage, started)
        )

    def _rounds(
        self,
        index: int,
        stage: SeveralStage,
        epoch: int,
        optimizer: Optimizer,
        tallies: Sequence[_Tally],
    ) -> Iterator[RunEvent]:
        generator = self.begin(index, stage, epoch)
        streams = [self._repeated(task, index, epoch) for task in range(len(self.batches))]
        total = stage.epochs * self.steps
        for step in range(self.steps):
            self.token.check()
            done = epoch * self.steps + step
            draw = Draw(generator, done / total, (epoch, step))
            rate = self.set_rate(optimizer, draw.progress)
            batches = [next(stream) for stream in streams]
            found = [_Tally() for _ in batches]
            extras: dict[str, float] = {}
            for turn in stage.turns(batches, draw):
                self.descend(turn.loss, optimizer, stage)
                _count(turn, batches, found)
                extras |= turn.extras
            for tally, more in zip(tallies, found, strict=True):
                tally.add(more)
            losses, accuracies = tuple(t.loss for t in found), tuple(t.accuracy for t in found)
            yield RoundLogged(index, done + 1, total, losses, accuracies, rate, extras)
            gates = stage.gates() if self.is_filmed(step) else None
            if gates is not None:
                yield GatesLogged(index, done + 1, gates)

    def _repeated(self, task: int, index: int, epoch: int) -> Iterator[Batch]:
        """Batches of one task without end; each lap has an order and variations of its own."""
        for lap in count():
            yield from self.batches[task].epoch(self.seed, index, epoch, "data", task, lap)

    def _finished(self, stage: SeveralStage, task: int, tally: _Tally) -> TaskEpoch:
        rows = self.validations[task]
        alone = OneTask(self.model, task)
        validated = self.score(alone, rows) if stage.validates else (None, None)
        return TaskEpoch(tally.loss, tally.accuracy, *validated, len(rows))


def _count(turn: Turn, batches: Sequence[Batch], tallies: Sequence[_Tally]) -> None:
    for part in turn.tasks:
        labels = batches[part.task].labels
        hits = int((part.logits.detach().argmax(dim=1) == labels).sum())
        tallies[part.task].add(_Tally(float(part.loss) * len(labels), hits, len(labels)))
