"""Trains the backbones of the composing benchmark: one network per loss, from scratch, on the same batches.

    python benchmarks/composing_backbones.py --data ../shared/data/speech/arabic-40 --out out/composing

Continues from its last whole epoch when it is started again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from workbench.atomic import write_bytes
from workbench.audio.augment import AugmentConfig
from workbench.backbones.base import Backbone
from workbench.backbones.card import MeasuredAccuracy, WeightsCard
from workbench.backbones.registry import build, default_input, save_backbone
from workbench.cancel import CancelToken
from workbench.composing.losses import Loss, loss_of
from workbench.data.task import Split
from workbench.evaluation.metrics import wilson
from workbench.evaluation.score import logits_of, loss_and_correct
from workbench.training.prepare import Prepared, default_store, prepare, usable_task
from workbench.training.pretrain import initialise
from workbench.training.stage_loop import cosine

ARCHITECTURE = "res15-narrow-pool"
EPOCHS = 20
BATCH_SIZE = 32
LEARNING_RATE = 3e-3
WARM_UP_EPOCHS = 1
SEED = 0
CHECKPOINT = "checkpoint.pt"


class Learner:
    """One network with its loss; Adam, because the three losses differ in scale and it does not mind."""

    def __init__(self, loss: Loss, classes: int) -> None:
        self.loss = loss
        self.backbone = build(ARCHITECTURE, classes)
        initialise(self.backbone, SEED)
        self.optimizer = torch.optim.Adam(self.backbone.parameters(), LEARNING_RATE)

    def step(self, features: torch.Tensor, labels: torch.Tensor, rate: float) -> float:
        self.backbone.train()
        for group in self.optimizer.param_groups:
            group["lr"] = LEARNING_RATE * rate
        with torch.autocast("cpu", torch.bfloat16):
            embedding = self.backbone.features(features)
        loss = loss_of(self.loss, self.backbone.head(embedding.float()), labels)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.backbone.parameters(), 5.0)
        self.optimizer.step()
        return float(loss.detach())

    def state(self) -> dict[str, object]:
        return {"network": self.backbone.state_dict(), "optimizer": self.optimizer.state_dict()}

    def restore(self, state: dict[str, dict[str, object]]) -> None:
        self.backbone.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])


def rate_at(epochs_done: float, epochs: int) -> float:
    return min(1.0, epochs_done / WARM_UP_EPOCHS + 1e-2) * cosine(epochs_done / epochs)


def train(learners: Sequence[Learner], prepared: Prepared, epochs: int, folder: Path) -> None:
    start = 0
    if (folder / CHECKPOINT).exists():
        saved = torch.load(folder / CHECKPOINT, weights_only=True)
        start = saved["epoch"]
        for learner in learners:
            learner.restore(saved[learner.loss.value])
    for epoch in range(start, epochs):
        began = time.monotonic()
        totals = dict.fromkeys(Loss, 0.0)
        for step, batch in enumerate(prepared.batches.epoch(SEED, "composing", epoch)):
            rate = rate_at(epoch + step / prepared.batches.steps, epochs)
            for learner in learners:
                totals[learner.loss] += learner.step(batch.features, batch.labels, rate)
        scores = "  ".join(
            f"{learner.loss}: loss {totals[learner.loss] / prepared.batches.steps:.4f}, "
            f"validation {100 * accuracy(learner.backbone, prepared)[0]:.1f} %"
            for learner in learners
        )
        print(f"epoch {epoch + 1}: {scores}  ({time.monotonic() - began:.0f} s)", flush=True)
        states = {learner.loss.value: learner.state() for learner in learners}
        partial = folder / f"{CHECKPOINT}.part"
        torch.save({"epoch": epoch + 1, **states}, partial)
        partial.replace(folder / CHECKPOINT)


def accuracy(backbone: Backbone, prepared: Prepared) -> tuple[float, int, int]:
    """Share, correct and number of validation clips, in 32 bits."""
    rows = prepared.validation
    _, correct = loss_and_correct(logits_of(backbone, rows.rows), rows.labels)
    return correct / len(rows), correct, len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="A folder per loss goes here.")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    frontend, store = default_input(ARCHITECTURE), default_store()
    task, _ = usable_task(arguments.data, frontend, store)
    prepared = prepare(task, frontend, AugmentConfig(), BATCH_SIZE, CancelToken(), store)
    arguments.out.mkdir(parents=True, exist_ok=True)
    learners = [Learner(loss, len(task.classes)) for loss in Loss]
    train(learners, prepared, arguments.epochs, arguments.out)
    clips = len(task.part(Split.TRAIN))
    recipe = (
        f"{arguments.epochs} epochs over {clips} clips, batch {BATCH_SIZE}, Adam, learning rate {LEARNING_RATE:g} "
        f"with {WARM_UP_EPOCHS} warm-up epoch and cosine to 0, convolutions in bfloat16, time shift, background "
        f"noise, gain; seed {SEED}"
    )
    for learner in learners:
        share, correct, n = accuracy(learner.backbone, prepared)
        name = f"{ARCHITECTURE}.{arguments.data.name}-{learner.loss.value}"
        metric = MeasuredAccuracy(
            dataset=f"{task.name}, validation speakers",
            accuracy=share,
            ci95=wilson(correct, n),
            n=n,
        )
        card = WeightsCard(
            name=name,
            architecture=ARCHITECTURE,
            labels=task.classes,
            frontend=frontend,
            metrics=(metric,),
            recipe=f"{learner.loss.value}; {recipe}",
        )
        save_backbone(learner.backbone, card, arguments.out / name)
    write_bytes(arguments.out / "recipe.txt", recipe.encode())


if __name__ == "__main__":
    main()
