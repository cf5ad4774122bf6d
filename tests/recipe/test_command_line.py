"""The main job by command line: shapes of records are fixed, because scripts rely on them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from typer.testing import CliRunner

from tests.helpers.tones import write_tone_task
from workbench.audio.files import write_wave
from workbench.cli.main import app
from workbench.data.task import SILENCE
from workbench.methods.patch import read_patch

pytestmark = pytest.mark.recipe

RECORD_KEYS = {
    "patch",
    "method",
    "budget",
    "backbone_params",
    "stored_params",
    "stored_bytes",
    "ratio",
    "head_params",
    "stat_params",
    "multiplies",
    "backbone_multiplies",
    "val_accuracy",
    "test_accuracy",
    "n_test",
    "seconds",
}


def call(*arguments: object) -> Any:
    """Run a verb with ``--json -`` and return what it printed."""
    result = CliRunner().invoke(app, [*map(str, arguments), "--json", "-"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def adapted(
    backbone_folder: Path, tone_task: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("run")
    record: dict[str, Any] = call(
        "adapt", "--backbone", backbone_folder, "--data", tone_task, "--method", "swr", "--budget", 0.2,
        "--epochs", 1, "--set", "batch_size=16", "--set", "threads=1", "--out", out,
    )  # fmt: skip
    return record


def test_adapt_ends_with_the_agreed_record(adapted: dict[str, Any]) -> None:
    assert adapted.keys() >= RECORD_KEYS
    assert adapted["budget"] == 0.2
    assert set(adapted["seconds"]) == {"super_net", "policy", "reparametrize"}
    assert adapted["n_test"] > 0


@pytest.mark.parametrize(("option", "made"), [("--silence", True), ("--no-silence", False)])
def test_words_without_background_get_a_silence_class(
    backbone_folder: Path, tmp_path: Path, option: str, made: bool
) -> None:
    task = write_tone_task(tmp_path / "tones")
    shutil.rmtree(task / SILENCE, ignore_errors=True)
    record = call(
        "adapt", "--backbone", backbone_folder, "--data", task, "--method", "head", "--epochs", 1,
        "--set", "threads=1", "--out", tmp_path / "run", option,
    )  # fmt: skip
    assert (SILENCE in read_patch(Path(record["patch"])).card.classes) is made


def test_evaluate_agrees_with_the_record(
    adapted: dict[str, Any], backbone_folder: Path, tone_task: Path
) -> None:
    found = call(
        "evaluate", "--data", tone_task, "--patch", adapted["patch"], "--backbone", backbone_folder,
        "--split", "test",
    )  # fmt: skip
    assert found["accuracy"] == adapted["test_accuracy"]
    assert found["n"] == adapted["n_test"] == sum(sum(row) for row in found["confusion"])
    assert found["ci95"][0] <= found["accuracy"] <= found["ci95"][1]


def test_predict_names_a_class_for_each_file(
    adapted: dict[str, Any], backbone_folder: Path, tone_task: Path
) -> None:
    files = sorted(tone_task.glob("*/*.wav"))[:3]
    found = call("predict", "--patch", adapted["patch"], "--backbone", backbone_folder, *files)
    assert [item["input"] for item in found] == [str(path) for path in files]
    assert all(sum(item["scores"].values()) == pytest.approx(1, abs=1e-5) for item in found)
    assert all(item["label"] == max(item["scores"], key=item["scores"].get) for item in found)


def test_layers_shows_what_the_patch_changed(
    adapted: dict[str, Any], backbone_folder: Path
) -> None:
    found = call("layers", backbone_folder, "--patch", adapted["patch"])
    stored = sum(row["parameters"] for row in found["layers"] if row["changed"])
    assert stored == adapted["stored_params"]
    estimate = call("layers", backbone_folder, "--budget", 1.0)
    assert all(row["changed"] for row in estimate["layers"] if row["changed"] is not None)


def test_listen_to_a_file_gives_detections_in_order(
    adapted: dict[str, Any], backbone_folder: Path, tone_task: Path
) -> None:
    wave = next(tone_task.glob("high/*.wav"))
    found = call(
        "listen", "--patch", adapted["patch"], "--backbone", backbone_folder, "--file", wave,
        "--threshold", 0.01,
    )  # fmt: skip
    times = [item["time_s"] for item in found]
    assert times == sorted(times)
    assert times


def test_the_operating_point_counts_the_words_of_the_run_that_are_missed(
    adapted: dict[str, Any], backbone_folder: Path, tone_task: Path, tmp_path: Path
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, 40 * 16000).astype(np.float32)
    rooms = [tmp_path / "kitchen.wav", tmp_path / "street.wav"]
    for room in rooms:
        write_wave(room, noise, 16000)
    point = call(
        "operating-point", "--patch", adapted["patch"], "--backbone", backbone_folder,
        "--background", rooms[0], "--background", rooms[1], "--per-hour", 60,
    )  # fmt: skip
    assert point["alarms"]["hours"] == pytest.approx(80 / 3600)
    assert point["alarms"]["per_hour"] <= point["goal_per_hour"] == 60
    assert point["smoothing_ms"] == 160
    validated = call(
        "evaluate", "--patch", adapted["patch"], "--backbone", backbone_folder, "--data", tone_task,
        "--split", "val",
    )  # fmt: skip
    words = [found["n"] for label, found in validated["per_class"].items() if label != SILENCE]
    assert point["missed"]["n"] == sum(words) > 0


@pytest.mark.parametrize("kind", ["onnx", "merged"])
@pytest.mark.parametrize("own_clips", [True, False])
def test_export_is_verified(
    adapted: dict[str, Any],
    backbone_folder: Path,
    tone_task: Path,
    tmp_path: Path,
    kind: str,
    own_clips: bool,
) -> None:
    out = tmp_path / ("tones.onnx" if kind == "onnx" else "bcresnet1.tones")
    found = call(
        "export", "--patch", adapted["patch"], "--backbone", backbone_folder, "--format", kind, "--out", out,
        *(("--data", tone_task) if own_clips else ()),
    )  # fmt: skip
    assert found["real"] is own_clips
    assert found["clips"] == (adapted["n_val"] if own_clips else 24)
    assert found["agreement"] == 1.0
    assert found["max_abs_diff"] < 1e-3
    assert out.exists()


def test_the_history_of_a_run_opens_in_tensorboard(adapted: dict[str, Any], tmp_path: Path) -> None:
    found = call(
        "export", "--patch", adapted["patch"], "--format", "tensorboard", "--out", tmp_path / "logs"
    )  # fmt: skip
    read = EventAccumulator(str(tmp_path / "logs"), {"scalars": 0}).Reload()
    by_tag = {tag: read.Scalars(tag) for tag in read.Tags()["scalars"]}
    assert sum(map(len, by_tag.values())) == found["values"]
    last = by_tag["reparametrize/epoch/val_accuracy"][-1]
    assert last.step == adapted["epochs"]
    assert last.value == pytest.approx(adapted["val_accuracy"], abs=1e-6)
    assert len([tag for tag in by_tag if tag.startswith("policy/probability/")]) == 43


def test_doctor_lists_a_corrupt_file(tone_task: Path, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "task"
    shutil.copytree(tone_task, copy)
    (copy / "low" / "broken.wav").write_bytes(b"not audio")
    found = call("doctor", "--data", copy)
    assert [Path(problem["path"]).name for problem in found["problems"]] == ["broken.wav"]
    assert found["clips"] == 60


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def test_a_mendable_error_is_one_line_and_exit_code_2() -> None:
    result = run_program("layers", "bcresnet9.nowhere")
    assert result.returncode == 2
    assert result.stderr.startswith("workbench: There is no backbone named 'bcresnet9.nowhere'.")
    assert result.stderr.count("\n") == 1


def test_help_lists_every_verb() -> None:
    result = run_program("--help")
    verbs = (
        "backbones",
        "layers",
        "pretrain",
        "adapt",
        "evaluate",
        "predict",
        "listen",
        "operating-point",
        "export",
        "doctor",
    )
    assert result.returncode == 0
    assert all(verb in result.stdout for verb in verbs)
