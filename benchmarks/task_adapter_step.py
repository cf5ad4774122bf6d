"""What five task adapters save by computing the shared encoder once, against computing it for each task.

python benchmarks/task_adapter_step.py

Times are those of the thread that works, medians of works in turns.
"""

from __future__ import annotations

import workbench  # noqa: F401  # isort: skip -- says how torch's threads wait, which torch reads when it is imported

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from bank import interleaved
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.backbones.base import Backbone
from workbench.backbones.memory import keep_freed_memory
from workbench.backbones.registry import load_backbone
from workbench.methods.base import Batch, Draw
from workbench.methods.several import TaskClasses
from workbench.methods.task_adapter.together import (
    TaskAdaptersModel,
    TaskAdaptersTogetherConfig,
    TogetherStage,
)

BACKBONE = "audio_encoder.audio2vec"
CLASSES = (12, 40, 18, 10, 3)
"""Of the tasks of ``five_tasks.py``."""

BATCH = 32
CONFIG = TaskAdaptersTogetherConfig(encoder="keep")
RESULT = Path(__file__).parent / "results" / "task_adapter_step.json"

Answers = Callable[[TaskAdaptersModel, Tensor], list[Tensor]]


def tasks() -> tuple[TaskClasses, ...]:
    return tuple(TaskClasses(f"task {i}", tuple(map(str, range(n)))) for i, n in enumerate(CLASSES))


def stage_of(backbone: Backbone, known: Sequence[TaskClasses]) -> TogetherStage:
    return TogetherStage(TaskAdaptersModel(backbone, known, CONFIG, 0), CONFIG, 1)


def descending(stage: TogetherStage, losses: Callable[[], Iterable[Tensor]]) -> Callable[[], None]:
    """A work that descends each loss with Adam, in the transfer scenario."""
    optimizer = torch.optim.Adam(stage.configure())
    stage.set_training_mode()

    def step() -> None:
        for loss in losses():
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return step


def engine_step(
    backbone: Backbone, known: Sequence[TaskClasses], batches: Sequence[Batch]
) -> Callable[[], None]:
    """The step of a run, each task with clips of its own."""
    stage, draw = stage_of(backbone, known), Draw(torch.Generator(), 0.0, (0, 0))
    return descending(stage, lambda: (turn.loss for turn in stage.turns(batches, draw)))


def batch_of(task: TaskClasses, features: Tensor) -> Batch:
    return Batch(labels_of(task), lambda: features)


def own_clips(backbone: Backbone, features: Tensor) -> dict[str, float]:
    """One step of all tasks, five steps of one, and the encoder by itself."""
    known = tasks()
    batches = [
        batch_of(task, part) for task, part in zip(known, torch.split(features, BATCH), strict=True)
    ]
    separate = [
        engine_step(backbone, [task], [batch]) for task, batch in zip(known, batches, strict=True)
    ]
    encoder = stage_of(backbone, known).model.encoder.requires_grad_(False)
    return interleaved(
        {
            "together": engine_step(backbone, known, batches),
            "separate": lambda: [step() for step in separate],
            "encoder": lambda: encoder.activations(features),
        }
    )


def same_clips(backbone: Backbone, clips: Tensor) -> dict[str, float]:
    """A step in which all tasks learn from the same clips, with the encoder computed once and for each task."""
    works = {}
    for name, answers in (("together", together), ("separate", separately)):
        stage = stage_of(backbone, tasks())
        losses = partial(joint_loss, stage.model, clips, answers)
        works[name] = descending(stage, losses)
    return interleaved(works)


def joint_loss(model: TaskAdaptersModel, clips: Tensor, answers: Answers) -> list[Tensor]:
    found = zip(answers(model, clips), model.tasks, strict=True)
    losses = [F.cross_entropy(logits, labels_of(task)) for logits, task in found]
    prices = [CONFIG.price * model.adapter(i).cost(CONFIG.unit) for i in range(len(losses))]
    return [torch.stack([*losses, *prices]).sum()]


def labels_of(task: TaskClasses) -> Tensor:
    return torch.arange(BATCH) % len(task.classes)


def together(model: TaskAdaptersModel, clips: Tensor) -> list[Tensor]:
    return model.logits_of(clips, range(len(model.tasks)))


def separately(model: TaskAdaptersModel, clips: Tensor) -> list[Tensor]:
    return [model.logits(clips, task) for task in range(len(model.tasks))]


def measured_answers(model: TaskAdaptersModel, clips: Tensor) -> dict[str, float]:
    """All tasks' answers on the same clips."""
    with torch.no_grad():
        return interleaved(
            {
                "together": lambda: together(model, clips),
                "separate": lambda: separately(model, clips),
            }
        )


def row(seconds: dict[str, float]) -> dict[str, float]:
    return {
        **{f"{name}_ms": 1000 * value for name, value in seconds.items()},
        "ratio": seconds["together"] / seconds["separate"],
    }


def main() -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    backbone = load_backbone(BACKBONE).backbone
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(BATCH * len(CLASSES), *backbone.input_spec.shape, generator=generator)
    model = TaskAdaptersModel(backbone, tasks(), CONFIG, 0).eval()
    record = {
        "backbone": BACKBONE,
        "answers, one clip": row(measured_answers(model, features[:1])),
        f"answers, {BATCH} clips": row(measured_answers(model, features[:BATCH])),
        f"training step, the same {BATCH} clips": row(same_clips(backbone, features[:BATCH])),
        f"training step, {BATCH} clips of each task's own": row(own_clips(backbone, features)),
    }
    write_bytes(RESULT, json.dumps(record, indent=1).encode())
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
