"""Rounds over tasks of different size: aligned schedules, and moments that rest while others have their turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from workbench.audio.frontend import FRONTENDS
from workbench.backbones.registry import build
from workbench.cancel import Cancelled, CancelToken
from workbench.data.store import ClipRows
from workbench.errors import WorkbenchError
from workbench.methods.base import Batch, Draw
from workbench.methods.registry import get_several
from workbench.methods.several import SeveralStage, TaskClasses, Turn
from workbench.methods.together.tied import TiedModel
from workbench.training.batches import LabelledRows, SoundBatches, TrainingBatches
from workbench.training.events import RoundLogged, RunEvent, SeveralEpochFinished
from workbench.training.several_loop import SeveralTrainer
from workbench.training.stage_loop import cosine

FRONTEND = FRONTENDS["logmel40"]
SIZES = (10, 4)
"""Clips of the two tasks: five rounds an epoch, of which the second task repeats its two batches."""


def clips(count: int, seed: int) -> LabelledRows:
    noise = np.random.default_rng(seed).integers(-9000, 9000, (count, 16000), dtype=np.int16)
    return LabelledRows(ClipRows(noise, np.arange(count)), torch.arange(count) % 2)


def batches(count: int, seed: int) -> TrainingBatches:
    return SoundBatches(clips(count, seed), FRONTEND, None, torch.zeros(16000), 2)


def empty() -> LabelledRows:
    shape = (0, *FRONTEND.shape)
    return LabelledRows(
        ClipRows(np.empty(shape, np.float32), np.empty(0, np.int64)), torch.empty(0)
    )


class Watched(SeveralStage):
    """A stage that tells what lies before and after each descent, and which clips it was given."""

    def __init__(self, inner: SeveralStage, model: TiedModel) -> None:
        self.inner = inner
        self.model = model
        self.name, self.title, self.epochs = inner.name, inner.title, inner.epochs
        self.optimizer: Optimizer | None = None
        self.changed: list[tuple[int, set[str]]] = []
        self.heard: list[list[Tensor]] = [[] for _ in model.tasks]

    def configure(self) -> list[nn.Parameter]:
        return self.inner.configure()

    def set_training_mode(self) -> None:
        self.inner.set_training_mode()

    def turns(self, batches: Sequence[Batch], draw: Draw) -> Iterator[Turn]:
        for heard, batch in zip(self.heard, batches, strict=True):
            heard.append(batch.features)
        for turn in self.inner.turns(batches, draw):
            before = self.moments()
            yield turn
            after = self.moments()
            differing = {n for n in after if n not in before or not same(before[n], after[n])}
            self.changed.append((turn.tasks[0].task, differing))

    def moments(self) -> dict[str, dict[str, Tensor]]:
        assert self.optimizer is not None
        state = self.optimizer.state
        return {
            name: {key: value.clone() for key, value in state[parameter].items()}
            for name, parameter in self.model.named_parameters()
            if parameter in state
        }


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(one[key], other[key]) for key in one)


def train(
    folder: Path, epochs: int = 1, token: CancelToken | None = None, **settings: Any
) -> tuple[Watched, Iterator[RunEvent]]:
    method = get_several("patches_together")
    config = method.Config.model_validate(settings)
    torch.manual_seed(0)
    tasks = [TaskClasses("many", ("a", "b")), TaskClasses("few", ("c", "d"))]
    model = method.attach(build("bcresnet1", 2), tasks, config, 0)
    (inner,) = method.stages(model, config, epochs)
    stage = Watched(inner, model)

    def optimizer_of(parameters: list[nn.Parameter]) -> Optimizer:
        stage.optimizer = torch.optim.Adam([{"params": parameters, "rate": 1.0}], 1e-3)
        return stage.optimizer

    trainer = SeveralTrainer(
        model=model,
        batches=tuple(batches(size, seed) for seed, size in enumerate(SIZES)),
        validations=(empty(), empty()),
        optimizer_of=optimizer_of,
        learning_rate=1e-3,
        schedule=cosine,
        seed=0,
        folder=folder,
        fingerprint="",
        token=token or CancelToken(),
    )
    return stage, trainer.run([stage], None)


def test_private_moments_rest_in_other_tasks_turns(tmp_path: Path) -> None:
    stage, events = train(tmp_path)
    list(events)
    names = {name for name, _ in stage.model.named_parameters()}
    shared = {n for n in names if n.startswith("networks.0.") and n not in _private(stage.model)}
    second = {n for n in names if n.startswith("networks.1.")}
    assert [task for task, _ in stage.changed] == [0, 1] * 5
    for task, changed in stage.changed:
        assert changed == (names - second if task == 0 else shared | second)


def _private(model: TiedModel) -> set[str]:
    """Names in the first network whose tensors the second does not have."""
    others = {id(p) for p in model.network(1).parameters()}
    return {n for n, p in model.named_parameters() if id(p) not in others}


def test_the_largest_task_gives_the_epoch_and_the_others_repeat(tmp_path: Path) -> None:
    stage, events = train(tmp_path, epochs=2)
    said = list(events)
    rounds = [event for event in said if isinstance(event, RoundLogged)]
    assert [event.step for event in rounds] == list(range(1, 11))
    assert {event.total_steps for event in rounds} == {10}
    assert [event.learning_rate for event in rounds] == [1e-3 * cosine(i / 10) for i in range(10)]
    assert all(None not in event.losses + event.accuracies for event in rounds)
    many, few = (
        [{round(float(clip.sum()), 1) for clip in batch} for batch in task] for task in stage.heard
    )
    assert all(len(set.union(*many[e : e + 5])) == SIZES[0] for e in (0, 5))
    # Each lap of the smaller task has all of its clips.
    assert all(len(few[i] | few[i + 1]) == SIZES[1] for i in (0, 2, 5, 7))
    finished = [event for event in said if isinstance(event, SeveralEpochFinished)]
    assert [event.epoch for event in finished] == [1, 2]
    of_epoch = [event.losses for event in rounds[:5]]
    for task, found in enumerate(finished[0].tasks):
        assert found.train_loss == pytest.approx(sum(row[task] or 0 for row in of_epoch) / 5)
        assert found.val_accuracy is None


def test_a_loss_that_is_not_a_number_ends_the_run_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = torch.nn.functional.cross_entropy
    monkeypatch.setattr(
        "torch.nn.functional.cross_entropy",
        lambda *args, **settings: loss(*args, **settings) * float("nan"),
    )
    _, events = train(tmp_path)
    with pytest.raises(WorkbenchError, match="loss became nan"):
        list(events)


def test_a_stop_is_heard_in_the_next_round(tmp_path: Path) -> None:
    token = CancelToken()
    _, events = train(tmp_path, token=token)
    heard = []
    with pytest.raises(Cancelled):
        for event in events:
            heard.append(event)
            if isinstance(event, RoundLogged) and event.step == 2:
                token.stop()
    assert isinstance(heard[-1], RoundLogged)
    assert heard[-1].step == 2
