"""One damaged clip neither stops a run nor a measurement, and both say so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.logs import LogGuard
from tests.helpers.tiny import tiny_backbone
from tests.helpers.tones import TONES_HZ, write_tone_task
from workbench.cancel import CancelToken
from workbench.data.importers import load_task
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.training.assess import assess_backbone, assess_patch, load_patched
from workbench.training.events import RunFinished
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.run import run

TOLD = r"found in tones:\n  .*: .*cannot be read as audio \(it contains values that are not"


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    return write_tone_task(tmp_path / "tones", speakers=6, takes=1)


def damaged(folder: Path, part: Split) -> Path:
    """Spoil a clip of one part behind its header."""
    path = load_task(folder).task.part(part)[0].path
    samples = np.full(16000, 0.1, np.float32)
    samples[100] = np.inf
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    return path


def adapted(data: Path, folder: Path) -> RunFinished:
    tiny_backbone(folder / "tiny", tuple(TONES_HZ))
    job = AdaptationJob(
        backbone=str(folder / "tiny"),
        data=data,
        method="head",
        config={},
        training=TrainingConfig(epochs=1, batch_size=8, threads=1),
        out=folder / "run",
    )
    *_, last = run(job, CancelToken())
    assert isinstance(last, RunFinished)
    return last


@pytest.mark.parametrize("part", list(Split))
def test_a_run_goes_on_without_a_damaged_clip(
    tones: Path, tmp_path: Path, expect_log: LogGuard, part: Split
) -> None:
    counts = {split: len(load_task(tones).task.part(split)) for split in Split}
    path = damaged(tones, part)
    counts[part] -= 1
    expect_log(TOLD)
    record = adapted(tones, tmp_path).record
    assert [Path(entry["path"]) for entry in record["left_out"]] == [path]
    assert "not numbers" in record["left_out"][0]["reason"]
    assert (record["n_val"], record["n_test"]) == (counts[Split.VAL], counts[Split.TEST])
    assert (
        json.loads((tmp_path / "run" / "record.json").read_text())["left_out"] == record["left_out"]
    )


def test_a_run_on_sound_clips_leaves_nothing_out(tones: Path, tmp_path: Path) -> None:
    assert adapted(tones, tmp_path).record["left_out"] == []


def test_damaged_clips_are_not_measured(tones: Path, tmp_path: Path, expect_log: LogGuard) -> None:
    finished = adapted(tones, tmp_path)
    network = load_patched(finished.patch, str(tmp_path / "tiny"))
    before = assess_patch(network, tones, Split.TEST)
    damaged(tones, Split.TEST)
    expect_log(TOLD)
    assert assess_patch(network, tones, Split.TEST).n == before.n - 1
    assert assess_backbone(network.loaded, tones, Split.TEST).n == before.n - 1
    for path in tones.glob("*/*.wav"):
        soundfile.write(path, np.full(16000, np.nan, np.float32), 16000, subtype="FLOAT")
    with pytest.raises(WorkbenchError, match="clips can be read"):
        assess_patch(network, tones, None)
