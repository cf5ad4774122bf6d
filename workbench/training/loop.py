"""Training on one task: what an epoch is."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from torch.optim import Optimizer

from workbench.methods.base import Draw, Stage
from workbench.training.batches import LabelledRows, TrainingBatches
from workbench.training.events import (
    EpochFinished,
    GatesLogged,
    LayerDecisions,
    RunEvent,
    StepLogged,
)
from workbench.training.stage_loop import StageLoop


@dataclass(kw_only=True)
class Trainer(StageLoop[Stage]):
    """Runs stages on the batches of one task.

    Attributes:
        validation: Features and labels scored after each epoch; may be empty.
    """

    batches: TrainingBatches
    validation: LabelledRows

    @property
    def steps(self) -> int:
        return self.batches.steps

    def epoch(
        self, index: int, stage: Stage, epoch: int, optimizer: Optimizer
    ) -> Iterator[RunEvent]:
        started = time.monotonic()
        train = yield from self._pass(index, stage, epoch, optimizer)
        validated = self.score(self.model, self.validation) if stage.validates else (None, None)
        yield EpochFinished(
            index,
            epoch + 1,
            stage.epochs,
            *train,
            *validated,
            len(self.validation),
            self.spend(stage, started),
        )

    def _pass(
        self, index: int, stage: Stage, epoch: int, optimizer: Optimizer
    ) -> Generator[RunEvent, None, tuple[float, float]]:
        """Every batch once; returns mean loss and accuracy."""
        draw_epoch = epoch % stage.draws if stage.draws else epoch
        generator = self.begin(index, stage, epoch)
        loss_sum, correct, seen = 0.0, 0, 0
        for step, batch in enumerate(self.batches.epoch(self.seed, index, draw_epoch, "data")):
            self.token.check()
            progress = (epoch * self.steps + step) / (stage.epochs * self.steps)
            rate = self.set_rate(optimizer, progress)
            batch_size = len(batch.labels)
            output = stage.step(batch, Draw(generator, progress, (draw_epoch, step)))
            self.descend(output.loss, optimizer, stage)
            hits = int((output.logits.detach().argmax(dim=1) == batch.labels).sum())
            loss = float(output.target_loss)
            loss_sum, correct, seen = (
                loss_sum + loss * batch_size,
                correct + hits,
                seen + batch_size,
            )
            done, total = epoch * self.steps + step + 1, stage.epochs * self.steps
            yield StepLogged(index, done, total, loss, hits / batch_size, rate, output.extras)
            if self.is_filmed(step):
                yield from _film(index, stage, done)
        return loss_sum / max(seen, 1), correct / max(seen, 1)


def _film(index: int, stage: Stage, step: int) -> Iterator[RunEvent]:
    found = stage.decisions()
    if found is not None:
        probabilities, budget, hard_cost = found
        yield LayerDecisions(index, step, probabilities, budget, hard_cost)
    gates = stage.gates()
    if gates is not None:
        yield GatesLogged(index, step, gates)
