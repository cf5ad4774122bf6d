"""A whole run of task adapters on two tasks: gates are logged, and patches come back without closed channels."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers.tones import write_tone_task
from workbench.backbones.registry import load_backbone
from workbench.cancel import CancelToken
from workbench.detection.scorer import ScorerPool
from workbench.detection.side_by_side import share
from workbench.methods.patch import apply_patch, read_patch
from workbench.training.events import GatesLogged, SeveralFinished
from workbench.training.job import TrainingConfig
from workbench.training.several import run_several
from workbench.training.several_job import SeveralJob, TaskSource


@pytest.fixture
def tasks(tmp_path: Path) -> tuple[TaskSource, ...]:
    folders = (tmp_path / "tones", tmp_path / "pitches")
    for folder in folders:
        write_tone_task(folder, speakers=6, takes=1)
    return tuple(TaskSource(data=folder) for folder in folders)


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
