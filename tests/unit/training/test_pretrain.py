"""A finished backbone is never trained over; its own training may be started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.tones import write_tone_task
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.training import checkpoint
from workbench.training.checkpoint import FILE_NAME
from workbench.training.events import RunFinished, RunStarted
from workbench.training.pretrain import PretrainJob, pretrain


def test_it_starts_again_where_its_checkpoint_is_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "versions_here", lambda: {"torch": "1.0"})
    task = write_tone_task(tmp_path / "tones", speakers=5, takes=1)
    out = tmp_path / "bcresnet1.tones"
    job = PretrainJob(architecture="bcresnet1", data=(task,), out=out, epochs=1, threads=1)
    assert isinstance(list(pretrain(job, CancelToken()))[-1], RunFinished)
    weights = (out / "weights.safetensors").read_bytes()
    again = list(pretrain(job, CancelToken()))
    assert isinstance(again[0], RunStarted)
    assert (again[0].resumed_from_epoch, again[0].begun_with) == (1, {"torch": "1.0"})
    assert (out / "weights.safetensors").read_bytes() == weights
    (out / FILE_NAME).unlink()
    with pytest.raises(WorkbenchError, match="holds a backbone already"):
        next(pretrain(job, CancelToken()))
    assert (out / "weights.safetensors").read_bytes() == weights
