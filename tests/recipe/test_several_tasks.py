"""One run over several tasks: kill -9 anywhere, resume, same patches; and each patch is a patch like any other."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recipe.test_command_line import RECORD_KEYS, call
from workbench.backbones.registry import load_backbone
from workbench.cancel import Cancelled, CancelToken
from workbench.errors import WorkbenchError
from workbench.methods.patch import Patch, read_patch, save_patch
from workbench.methods.versions import versions_here
from workbench.training import outcome
from workbench.training.checkpoint import FILE_NAME as CHECKPOINT_FILE
from workbench.training.event_file import read_events
from workbench.training.events import (
    RoundLogged,
    SeveralEpochFinished,
    SeveralFinished,
    SeveralStarted,
)
from workbench.training.job import TrainingConfig
from workbench.training.several import run_several
from workbench.training.several_job import SeveralJob, TaskSource

pytestmark = pytest.mark.recipe

KILLED_RUN = """
import os, signal, sys
from workbench.cancel import CancelToken
from workbench.training.events import RoundLogged
from workbench.training.several import run_several
from workbench.training.several_job import SeveralJob

job = SeveralJob.model_validate_json(sys.argv[1])
for event in run_several(job, CancelToken()):
    if isinstance(event, RoundLogged) and event.step == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="session")
def fewer_tones(tone_task: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smaller task with two of the three classes."""
    folder = tmp_path_factory.mktemp("fewer") / "fewer"
    for label in ("low", "high"):
        for path in sorted((tone_task / label).glob("*_0.wav")):
            target = folder / label / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return folder


@pytest.fixture
def job(backbone_folder: Path, tone_task: Path, fewer_tones: Path, tmp_path: Path) -> SeveralJob:
    return SeveralJob(
        backbone=str(backbone_folder),
        tasks=(TaskSource(data=tone_task), TaskSource(data=fewer_tones)),
        method="patches_together",
        training=TrainingConfig(epochs=2, batch_size=16, learning_rate=3e-3, threads=1),
        out=tmp_path / "run",
    )


def finish(job: SeveralJob, resume: bool = False) -> SeveralFinished:
    *_, last = run_several(job, CancelToken(), resume)
    assert isinstance(last, SeveralFinished)
    return last


def shas(finished: SeveralFinished) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in finished.patches]


@pytest.fixture(scope="session")
def undisturbed() -> dict[str, list[str]]:
    """Patches of a run that nobody disturbed, once for all tests."""
    return {}


def expected(job: SeveralJob, folder: Path, known: dict[str, list[str]]) -> list[str]:
    if not known:
        known["patches"] = shas(finish(job.model_copy(update={"out": folder})))
    return known["patches"]


@pytest.mark.parametrize("step", [2, 4, 5])
def test_killed_run_resumes_to_the_same_patches(
    job: SeveralJob, tmp_path: Path, undisturbed: dict[str, list[str]], step: int
) -> None:
    wanted = expected(job, tmp_path / "undisturbed", undisturbed)
    command = [sys.executable, "-c", KILLED_RUN, job.model_dump_json(), str(step)]
    killed = subprocess.run(command, capture_output=True, check=False, timeout=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not list(job.out.glob("*.patch.safetensors"))
    assert shas(finish(job, resume=True)) == wanted


def test_what_was_said_is_kept_and_says_it_by_task(job: SeveralJob) -> None:
    said = list(run_several(job, CancelToken()))
    kept = list(read_events(job.out))
    assert kept[:-1] == said[:-1]
    started, finished = kept[0], kept[-1]
    assert isinstance(started, SeveralStarted)
    assert isinstance(finished, SeveralFinished)
    assert [task.name for task in started.tasks] == ["tones", "fewer"]
    (stage,) = started.stages
    rounds = [event for event in kept if isinstance(event, RoundLogged)]
    assert len(rounds) == stage.epochs * stage.steps_per_epoch
    assert stage.steps_per_epoch == -(-started.tasks[0].clips // 16)
    assert started.tasks[0].clips > started.tasks[1].clips
    last = [event for event in kept if isinstance(event, SeveralEpochFinished)][-1]
    for plan, found, task in zip(started.tasks, last.tasks, finished.record["tasks"], strict=True):
        assert found.val_count == plan.val_clips == task["n_val"]
        # The patch was loaded back onto the backbone that was written, and scored there.
        assert found.val_accuracy == task["val_accuracy"]
        assert task.keys() >= RECORD_KEYS
    assert json.loads((job.out / "record.json").read_text()) == finished.record


def test_a_stopped_run_continues_and_one_of_other_settings_is_refused(job: SeveralJob) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        for event in run_several(job, token):
            if isinstance(event, SeveralEpochFinished):
                token.stop()
    assert (job.out / CHECKPOINT_FILE).exists()
    with pytest.raises(WorkbenchError, match="holds a run already"):
        finish(job)
    other = job.model_copy(update={"config": {"depthwise": True}})
    with pytest.raises(WorkbenchError, match="other settings"):
        finish(other, resume=True)
    events = list(run_several(job, CancelToken(), resume=True))
    assert isinstance(events[0], SeveralStarted)
    assert (events[0].resumed_from_epoch, events[0].begun_with) == (1, versions_here())


def test_a_run_that_is_stopped_after_its_first_patch_can_be_continued(
    job: SeveralJob,
    tmp_path: Path,
    undisturbed: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = expected(job, tmp_path / "undisturbed", undisturbed)
    token = CancelToken()

    def save_and_stop(patch: Patch, path: Path) -> None:
        save_patch(patch, path)
        token.stop()

    with monkeypatch.context() as patched, pytest.raises(Cancelled):
        patched.setattr(outcome, "save_patch", save_and_stop)
        list(run_several(job, token))
    left = {path.name for path in job.out.iterdir()}
    assert len([name for name in left if "patch" in name]) == 1, left
    assert not any("part" in name or "record" in name for name in left), left
    assert shas(finish(job, resume=True)) == wanted


def test_stop_and_keep_leaves_patches(job: SeveralJob) -> None:
    token = CancelToken()
    last = None
    for last in run_several(job, token):
        if isinstance(last, RoundLogged):
            token.stop(keep_result=True)
    assert isinstance(last, SeveralFinished)
    assert [read_patch(path).card.task for path in last.patches] == ["tones", "fewer"]


@pytest.fixture(scope="module")
def adapted(
    backbone_folder: Path,
    tone_task: Path,
    fewer_tones: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    record: dict[str, Any] = call(
        "adapt", "--backbone", backbone_folder, "--data", tone_task, "--data", fewer_tones,
        "--method", "patches_together", "--epochs", 1, "--set", "batch_size=16", "--set", "threads=1",
        "--out", tmp_path_factory.mktemp("several") / "run",
    )  # fmt: skip
    return record


def test_each_patch_is_a_patch_like_any_other(
    adapted: dict[str, Any], tone_task: Path, fewer_tones: Path, tmp_path: Path
) -> None:
    """The backbone is found beside the patch: it is not installed."""
    assert Path(adapted["trained_backbone"]).is_dir()
    for task, data in zip(adapted["tasks"], (tone_task, fewer_tones), strict=True):
        found = call("evaluate", "--data", data, "--patch", task["patch"], "--split", "val")
        assert (found["accuracy"], found["n"]) == (task["val_accuracy"], task["n_val"])
        wave = next(data.glob("high/*.wav"))
        (predicted,) = call("predict", "--patch", task["patch"], wave)
        assert set(predicted["scores"]) == set(read_patch(Path(task["patch"])).card.classes)
        assert call("listen", "--patch", task["patch"], "--file", wave, "--threshold", 0.01)
        for kind in ("onnx", "merged"):
            name = f"{task['task']}.onnx" if kind == "onnx" else f"bcresnet1.{task['task']}"
            report = call(
                "export", "--patch", task["patch"], "--format", kind, "--out", tmp_path / name
            )
            assert report["agreement"] == 1.0


def test_the_trained_backbone_serves_the_first_task_as_it_is(
    adapted: dict[str, Any], tone_task: Path
) -> None:
    found = call(
        "evaluate", "--data", tone_task, "--backbone", adapted["trained_backbone"], "--split", "val"
    )
    assert found["accuracy"] == adapted["tasks"][0]["val_accuracy"]
    card = load_backbone(adapted["trained_backbone"]).card
    assert card.metrics[0].accuracy == found["accuracy"]


def test_history_of_several_tasks_opens_in_tensorboard(
    adapted: dict[str, Any], tmp_path: Path
) -> None:
    report = call(
        "export", "--patch", adapted["tasks"][0]["patch"], "--format", "tensorboard", "--out", tmp_path / "l"
    )  # fmt: skip
    rounds = sum(
        isinstance(e, RoundLogged) for e in read_events(Path(adapted["tasks"][0]["patch"]).parent)
    )
    assert report["values"] == rounds * (1 + 2 * 2) + 2 * 4


def test_variants_of_one_task_from_random_weights_make_a_cascade(
    tone_task: Path, tmp_path: Path
) -> None:
    record = call(
        "adapt", "--backbone", "bcresnet1", "--data", tone_task, "--hop-ms", 10, "--hop-ms", 40,
        "--method", "patches_together", "--set", "shared_last=true", "--epochs", 1, "--set", "threads=1",
        "--out", tmp_path / "run",
    )  # fmt: skip
    fine, coarse = record["tasks"]
    assert [fine["task"], coarse["task"]] == ["tones-10ms", "tones-40ms"]
    # 101 and 26 frames; all that is multiplied scales with them, but for the last layer's mean of all frames.
    head = fine["head_params"] - 4
    assert (coarse["multiplies"] - head) * 101 == (fine["multiplies"] - head) * 26
    found = call("evaluate", "--data", tone_task, "--patch", coarse["patch"], "--split", "val")
    assert found["accuracy"] == coarse["val_accuracy"]
    wave = next(tone_task.glob("high/*.wav"))
    assert call("listen", "--patch", coarse["patch"], "--file", wave, "--threshold", 0.01)
    kept = tmp_path / "tones.cascade.json"
    built = call(
        "cascade", "--patch", fine["patch"], "--patch", coarse["patch"], "--data", tone_task, "--out", kept
    )  # fmt: skip
    tuned = built["tuned"]
    assert tuned["cascade"]["accuracy"] >= tuned["alone"][built["reference"]]["accuracy"]
    assert tuned["cascade"]["average_cost"] <= tuned["alone"][built["reference"]]["average_cost"]
    assert tuned["alone"]["tones-40ms"]["accuracy"] == coarse["val_accuracy"]
    assert built["checked"]["alone"]["tones-10ms"]["accuracy"] == fine["test_accuracy"]
    checked = built["checked"]["cascade"]
    assert checked["n"] == fine["n_test"]
    measured = call("evaluate", "--cascade", kept, "--data", tone_task, "--split", "test")
    assert measured["accuracy"] == checked["accuracy"]
    assert measured["average_multiplies"] == pytest.approx(checked["average_cost"])
    assert list(measured["answered"].values()) == checked["answered"]
    (answer,) = call("predict", "--cascade", kept, wave)
    assert answer["answered_by"] in measured["answered"]
