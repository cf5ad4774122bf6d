"""kill -9 anywhere, resume, same patch; and every failure keeps what was there."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.backbones.registry import load_backbone
from workbench.cancel import Cancelled, CancelToken
from workbench.errors import WorkbenchError
from workbench.methods.patch import apply_patch, read_patch
from workbench.methods.versions import versions_here
from workbench.training.event_file import FILE_NAME, EventWriter, read_events
from workbench.training.events import (
    CheckpointSaved,
    EpochFinished,
    RunFinished,
    RunStarted,
    StepLogged,
)
from workbench.training.job import AdaptationJob
from workbench.training.run import run

KILLED_RUN = """
import os, signal, sys
from workbench.cancel import CancelToken
from workbench.training.events import StepLogged
from workbench.training.job import AdaptationJob
from workbench.training.run import run

job = AdaptationJob.model_validate_json(sys.argv[1])
stage, step = int(sys.argv[2]), int(sys.argv[3])
for event in run(job, CancelToken()):
    if isinstance(event, StepLogged) and (event.stage, event.step) == (stage, step):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def finish(job: AdaptationJob, resume: bool = False) -> RunFinished:
    *_, last = run(job, CancelToken(), resume)
    assert isinstance(last, RunFinished)
    return last


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def moved(job: AdaptationJob, folder: Path) -> AdaptationJob:
    return job.model_copy(update={"out": folder})


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Patches of runs that nobody disturbed, by the fingerprint of their settings."""
    return {}


def undisturbed(job: AdaptationJob, folder: Path, known: dict[str, str]) -> str:
    key = job.model_dump_json(exclude={"out"})
    if key not in known:
        known[key] = sha(finish(moved(job, folder)).patch)
    return known[key]


@pytest.mark.recipe
def test_history_on_disk_is_what_was_said(tone_job: AdaptationJob) -> None:
    *said, end = run(tone_job, CancelToken())
    *kept, kept_end = read_events(tone_job.out)
    assert kept == said
    assert isinstance(end, RunFinished)
    assert isinstance(kept_end, RunFinished)
    assert kept_end.record == json.loads(json.dumps(end.record))


@pytest.mark.recipe
@pytest.mark.parametrize(("stage", "step"), [(0, 2), (0, 4), (1, 4), (2, 2), (2, 5)])
def test_killed_run_resumes_to_the_same_patch(
    tone_job: AdaptationJob, tmp_path: Path, reference: dict[str, str], stage: int, step: int
) -> None:
    expected = undisturbed(tone_job, tmp_path / "undisturbed", reference)
    command = [sys.executable, "-c", KILLED_RUN, tone_job.model_dump_json(), str(stage), str(step)]
    killed = subprocess.run(command, capture_output=True, check=False, timeout=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not list(tone_job.out.glob("*.patch.safetensors"))
    assert sha(finish(tone_job, resume=True).patch) == expected


@pytest.mark.recipe
def test_resuming_continues_instead_of_starting_over(tone_job: AdaptationJob) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        for event in run(tone_job, token):
            if isinstance(event, EpochFinished):
                token.stop()
    events = list(run(tone_job, CancelToken(), resume=True))
    assert isinstance(events[0], RunStarted)
    assert (events[0].resumed_from_epoch, events[0].begun_with) == (1, versions_here())
    first_step = next(e for e in events if isinstance(e, StepLogged))
    assert (first_step.stage, first_step.step) == (0, 4)


@pytest.mark.recipe
def test_same_seed_same_patch_other_seed_other_patch(
    tone_job: AdaptationJob, tmp_path: Path, reference: dict[str, str]
) -> None:
    expected = undisturbed(tone_job, tmp_path / "undisturbed", reference)
    assert sha(finish(moved(tone_job, tmp_path / "again")).patch) == expected
    other = tone_job.model_copy(
        update={"training": tone_job.training.model_copy(update={"seed": 1})}
    )
    assert sha(finish(moved(other, tmp_path / "other")).patch) != expected


@pytest.mark.recipe
def test_kept_policy_trains_only_the_last_stage(tone_job: AdaptationJob, tmp_path: Path) -> None:
    finish(tone_job)
    later = tone_job.model_copy(
        update={
            "config": {"budget": 0.6, "policy_epochs": 2},
            "out": tmp_path / "later",
            "policy_from": tone_job.out,
        }
    )
    events = list(run(later, CancelToken()))
    assert isinstance(events[0], RunStarted)
    assert [stage.name for stage in events[0].stages] == ["reparametrize"]
    stored = {
        budget: sum(d.share for d in read_patch(path).card.decisions if d.changed)
        for budget, path in ((0.3, finish(tone_job, resume=True).patch), (0.6, _patch(events)))
    }
    assert stored[0.3] <= 0.3 < stored[0.6] <= 0.6


@pytest.mark.recipe
def test_a_policy_is_taken_only_from_a_staged_run_on_this_backbone(
    tone_job: AdaptationJob, tmp_path: Path
) -> None:
    at_once = tone_job.model_copy(update={"config": {**tone_job.config, "staged": False}})
    finish(at_once)
    with pytest.raises(WorkbenchError, match="not a finished run with a policy"):
        finish(moved(tone_job, tmp_path / "later").model_copy(update={"policy_from": tone_job.out}))
    with pytest.raises(WorkbenchError, match="not a finished run with a policy"):
        finish(moved(tone_job, tmp_path / "later").model_copy(update={"policy_from": tmp_path}))
    warm = {"config": {"keep_super_weights": True}, "policy_from": tone_job.out}
    with pytest.raises(WorkbenchError, match="train its super-net itself"):
        finish(moved(tone_job, tmp_path / "later").model_copy(update=warm))
    head = {"method": "head", "config": {}, "policy_from": tone_job.out}
    with pytest.raises(WorkbenchError, match="Only SWR"):
        finish(moved(tone_job, tmp_path / "later").model_copy(update=head))


@pytest.mark.recipe
@pytest.mark.parametrize("resume", [False, True])
def test_a_request_that_cannot_be_met_leaves_the_earlier_run_alone(
    tone_job: AdaptationJob, resume: bool
) -> None:
    finish(tone_job)
    before = {path.name: path.read_bytes() for path in tone_job.out.iterdir()}
    wrong = tone_job.model_copy(update={"backbone": "misspelt"} if resume else {})
    with pytest.raises(WorkbenchError):
        finish(wrong, resume)
    assert {path.name: path.read_bytes() for path in tone_job.out.iterdir()} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_under_the_history_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to("/dev/full")
    with (
        pytest.raises(WorkbenchError, match="history of the run cannot be written"),
        EventWriter(tmp_path, resume=False) as history,
    ):
        history.write(StepLogged(0, 1, 2, 0.5, 1.0, 1e-3, {}))
    with (
        pytest.raises(WorkbenchError, match="history of the run cannot be written"),
        EventWriter(tmp_path, resume=False) as history,
    ):
        history.write(EpochFinished(0, 1, 2, 0.5, 1.0, None, None, 0, 1.0))


def _patch(events: list[Any]) -> Path:
    assert isinstance(events[-1], RunFinished)
    return events[-1].patch


@pytest.mark.recipe
def test_stop_and_keep_in_the_last_stage_leaves_a_patch(tone_job: AdaptationJob) -> None:
    token = CancelToken()
    last = None
    for event in run(tone_job, token):
        if isinstance(event, StepLogged) and event.stage == 2:
            token.stop(keep_result=True)
        last = event
    assert isinstance(last, RunFinished)
    assert read_patch(last.patch).card.task == "tones"


@pytest.mark.recipe
def test_a_run_that_is_stopped_while_it_is_measured_can_be_continued(
    tone_job: AdaptationJob, tmp_path: Path, reference: dict[str, str]
) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        for event in run(tone_job, token):
            if isinstance(event, CheckpointSaved) and (event.stage, event.epoch) == (2, 2):
                token.stop()
    left = {path.name for path in tone_job.out.iterdir()}
    assert not any("part" in name or "patch" in name or "record" in name for name in left), left
    expected = undisturbed(tone_job, tmp_path / "undisturbed", reference)
    assert sha(finish(tone_job, resume=True).patch) == expected


@pytest.mark.recipe
def test_the_record_says_what_the_patch_does(tone_job: AdaptationJob) -> None:
    finished = finish(tone_job)
    record = finished.record
    assert record["multiplies"] == record["backbone_multiplies"]
    assert record["ratio"] == record["stored_params"] / record["backbone_params"]
    assert json.loads((tone_job.out / "record.json").read_text()) == json.loads(json.dumps(record))
    card = read_patch(finished.patch).card
    assert card.metrics["val"]["accuracy"] == record["val_accuracy"]


@pytest.mark.recipe
def test_learns_the_tones(tone_job: AdaptationJob) -> None:
    longer = tone_job.model_copy(
        update={
            "method": "finetune",
            "config": {},
            "training": tone_job.training.model_copy(update={"epochs": 15, "augment": None}),
        }
    )
    record = finish(longer).record
    assert record["val_accuracy"] > 0.8, record


def test_nan_loss_is_a_plain_error_and_keeps_the_checkpoint(
    tone_job: AdaptationJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = run(tone_job, CancelToken())
    for event in events:
        if isinstance(event, EpochFinished):
            next(events)
            break
    before = sha(tone_job.out / "checkpoint.pt")
    loss = torch.nn.functional.cross_entropy
    monkeypatch.setattr(
        "torch.nn.functional.cross_entropy",
        lambda *args, **settings: loss(*args, **settings) * float("nan"),
    )
    with pytest.raises(WorkbenchError, match="loss became nan"):
        list(events)
    assert sha(tone_job.out / "checkpoint.pt") == before


def test_full_disk_is_a_plain_error_and_keeps_the_checkpoint(
    tone_job: AdaptationJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = run(tone_job, CancelToken())
    for event in events:
        if isinstance(event, EpochFinished):
            next(events)
            break
    before = sha(tone_job.out / "checkpoint.pt")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkbenchError, match="No space left"):
        list(events)
    monkeypatch.undo()
    assert sha(tone_job.out / "checkpoint.pt") == before
    assert not list(tone_job.out.glob("*.part"))


def test_a_run_of_other_settings_is_not_continued(tone_job: AdaptationJob) -> None:
    events = run(tone_job, CancelToken())
    for event in events:
        if isinstance(event, EpochFinished):
            next(events)
            break
    other = tone_job.model_copy(update={"config": {"budget": 0.9}})
    with pytest.raises(WorkbenchError, match="other settings"):
        list(run(other, CancelToken(), resume=True))


def test_truncated_patch_and_foreign_backbone_are_refused(
    tone_job: AdaptationJob, tmp_path: Path
) -> None:
    head = tone_job.model_copy(update={"method": "head", "config": {}})
    path = finish(head).patch
    broken = tmp_path / "broken.patch.safetensors"
    broken.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WorkbenchError, match="not a complete patch"):
        read_patch(broken)
    loaded = load_backbone(tone_job.backbone)
    with pytest.raises(WorkbenchError, match="belongs to"):
        read_patch(path, "0" * 64)
    assert apply_patch(read_patch(path, loaded.card.sha256), loaded).classes
