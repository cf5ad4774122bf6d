"""Whole runs of task adapters, on one task and on two: gates are logged, and patches are without closed channels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers.tones import write_tone_task
from workbench.backbones.audio_encoder import EncoderShape
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.detection.scorer import ScorerPool
from workbench.detection.side_by_side import share
from workbench.methods.patch import apply_patch, read_patch
from workbench.methods.task_adapter.price import cost_of, positions
from workbench.training.event_file import read_events
from workbench.training.events import (
    GatesLogged,
    LayerDecisions,
    RunFinished,
    RunStarted,
    SeveralFinished,
    StepLogged,
)
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.run import run
from workbench.training.several import run_several
from workbench.training.several_job import SeveralJob, TaskSource


@pytest.fixture
def tasks(tmp_path: Path) -> tuple[TaskSource, ...]:
    folders = (tmp_path / "tones", tmp_path / "pitches")
    for folder in folders:
        write_tone_task(folder, speakers=6, takes=1)
    return tuple(TaskSource(data=folder) for folder in folders)


def test_a_run_of_one_task_logs_its_gates_as_well(
    tmp_path: Path, tasks: tuple[TaskSource, ...]
) -> None:
    """Slope and price are the run's, the cost is equation 1's of the openings, and what is open is what is stored."""
    training = TrainingConfig(epochs=4, batch_size=8, learning_rate=0.02, threads=1)
    job = AdaptationJob(
        backbone="audio_encoder.audio2vec",
        data=tasks[0].data,
        method="task_adapter",
        config={"price": 1.0, "last_slope": 50.0},
        training=training,
        out=tmp_path / "run",
    )
    events = list(run(job, CancelToken()))
    logged = [event for event in events if isinstance(event, GatesLogged)]
    films = [event for event in events if isinstance(event, LayerDecisions)]
    assert [(event.stage, event.step) for event in logged] == [(e.stage, e.step) for e in films]
    assert isinstance(events[0], RunStarted)
    assert events[0].task == "tones"
    first, last = logged[0].gates, logged[-1].gates
    assert first.slope == 1.0
    total = next(event.total_steps for event in events if isinstance(event, StepLogged))
    assert last.slope == pytest.approx(50.0 ** min(1.0, (total - 1) / total / 0.9))
    assert (last.price, last.unit) == (1.0, "thousand parameters")
    assert last.layers == (*(f"encode.{i}" for i in range(5)), "embed")
    shape = load_backbone(job.backbone).backbone.shape
    assert isinstance(shape, EncoderShape)
    for gates in (first, last):
        (openings,) = gates.openings
        opened = [sum(layer) for layer in openings]
        cost = cost_of(shape, opened, "thousand parameters", positions(96, 64))
        assert gates.costs == pytest.approx((cost,), rel=1e-4)
    assert last.costs[0] < first.costs[0]
    assert isinstance(events[-1], RunFinished)
    stored = read_patch(events[-1].patch).tensors.get("adapter/embed.bias", torch.empty(0))
    assert len(stored) == sum(opening > 0 for opening in last.openings[0][-1])
    assert [event for event in read_events(job.out) if isinstance(event, GatesLogged)] == logged


def test_a_run_from_random_weights_ends_with_patches_that_load(
    tmp_path: Path, tasks: tuple[TaskSource, ...]
) -> None:
    """The price is high, so that training closes channels within a few steps."""
    job = SeveralJob(
        backbone="audio_encoder_small",
        tasks=tasks,
        method="task_adapters_together",
        config={"price": 1.0},
        training=TrainingConfig(epochs=8, batch_size=8, learning_rate=0.02, threads=1),
        out=tmp_path / "run",
    )
    events = list(run_several(job, CancelToken()))
    gates = [event.gates for event in events if isinstance(event, GatesLogged)]
    assert gates[0].slope == 1.0 < gates[-1].slope
    assert all(last < first for first, last in zip(gates[0].costs, gates[-1].costs, strict=True))
    last = events[-1]
    assert isinstance(last, SeveralFinished)
    base = load_backbone(job.out / "backbone")
    for path, channels in zip(last.patches, gates[-1].openings, strict=True):
        patch = read_patch(path, base.card.sha256)
        opened = [sum(opening > 0 for opening in layer) for layer in channels]
        embed = patch.tensors.get("adapter/embed.bias", torch.empty(0))
        assert len(embed) <= opened[-1] < 19
        model = apply_patch(patch, base)
        with torch.no_grad():
            assert model(torch.randn(1, *base.backbone.input_spec.shape)).shape == (1, 3)
    together = share(list(map(ScorerPool().open, last.patches)))
    layers = base.backbone.layers()
    encoder = sum(row.multiplies for row in layers[:-1])
    separate = sum(task["multiplies"] for task in last.record["tasks"])
    assert together.sharing.shared_layers == len(layers) - 1
    assert together.sharing.separate_multiplies == separate
    assert together.sharing.multiplies == separate - encoder


@pytest.mark.parametrize("method", ["task_adapters_together", "multi_head"])
def test_an_encoder_that_never_saw_a_label_can_be_kept(
    tmp_path: Path, tasks: tuple[TaskSource, ...], method: str
) -> None:
    job = SeveralJob(
        backbone="audio_encoder.audio2vec",
        tasks=tasks,
        method=method,
        config={"encoder": "keep"},
        training=TrainingConfig(epochs=1, batch_size=8, threads=1),
        out=tmp_path / "run",
    )
    *_, last = run_several(job, CancelToken())
    assert isinstance(last, SeveralFinished)
    body = sum(p.numel() for p in load_backbone(job.backbone).backbone.parameters())
    copies = sum(body + task["head_params"] for task in last.record["tasks"])
    if method == "multi_head":
        assert last.record["independent_params"] == copies
    assert last.record["params"] < copies
