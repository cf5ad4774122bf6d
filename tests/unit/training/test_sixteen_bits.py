"""Convolutions in 16 bits: taken where a network can, refused before anything is read where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tiny import tiny_backbone
from tests.helpers.tones import write_tone_task
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.methods.patch import read_patch
from workbench.training.any_run import run_job
from workbench.training.events import RunFinished
from workbench.training.pretrain import PretrainJob, pretrain
from workbench.training.settings import make_job
from workbench.training.several_job import SeveralJob, TaskSource

SIXTEEN = ("bfloat16=true", "batch_size=8", "threads=1")


@pytest.fixture
def task(tmp_path: Path) -> Path:
    return write_tone_task(tmp_path / "tones", speakers=5, takes=1)


def test_a_run_ends_with_a_patch_of_32_bits(task: Path, tmp_path: Path) -> None:
    backbone = tmp_path / "res8-narrow.tiny"
    tiny_backbone(backbone, architecture="res8-narrow")
    job = make_job(
        backbone=str(backbone),
        data=task,
        method="finetune",
        epochs=1,
        out=tmp_path / "run",
        settings=SIXTEEN,
    )
    finished = list(run_job(job, CancelToken()))[-1]
    assert isinstance(finished, RunFinished)
    patch = read_patch(Path(finished.patch))
    assert {str(tensor.dtype) for tensor in patch.tensors.values()} == {"torch.float32"}


def test_networks_of_32_bits_say_so(task: Path, tmp_path: Path) -> None:
    tiny_backbone(tmp_path / "bcresnet1.tiny")
    job = make_job(
        backbone=str(tmp_path / "bcresnet1.tiny"),
        data=task,
        method="finetune",
        out=tmp_path / "run",
        settings=SIXTEEN,
    )
    with pytest.raises(WorkbenchError, match="bcresnet1 trains in 32 bits only"):
        next(run_job(job, CancelToken()))
    first = PretrainJob(
        architecture="bcresnet1", data=(task,), out=tmp_path / "bcresnet1.new", bfloat16=True
    )
    with pytest.raises(WorkbenchError, match="bcresnet1 trains in 32 bits only"):
        next(pretrain(first, CancelToken()))


def test_several_tasks_at_once_train_in_32_bits(task: Path, tmp_path: Path) -> None:
    source = TaskSource(data=task)
    job = SeveralJob(
        backbone="res8-narrow",
        tasks=(source, source),
        method="multi_head",
        training={"bfloat16": True},  # type: ignore[arg-type]
        out=tmp_path / "run",
    )
    with pytest.raises(WorkbenchError, match="Several tasks at once train in 32 bits only"):
        next(run_job(job, CancelToken()))
