"""Replaying a run: the same figures as the run's own record, and its mistakes clip by clip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.finished_runs import MANIFEST, few_clips
from tests.helpers.tiny import tiny_backbone
from workbench.cancel import Cancelled, CancelToken
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.training.job import AdaptationJob, TrainingConfig
from workbench.training.replay import OpenedRun, open_run, open_runs, replay
from workbench.training.run import run


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A run that was really trained, for one epoch on a few clips."""
    tiny_backbone(tmp_path / "tiny")
    job = AdaptationJob(
        backbone=str(tmp_path / "tiny"),
        data=few_clips(tmp_path / "clips"),
        method="swr",
        config={"budget": 0.3},
        training=TrainingConfig(epochs=1, batch_size=10, threads=1, augment=None),
        out=tmp_path / "run",
    )
    for _ in run(job, CancelToken()):
        pass
    return job.out


def test_replay_measures_what_the_run_reported(finished: Path) -> None:
    record = json.loads((finished / "record.json").read_text())
    opened = open_run(finished)
    for split in (Split.TEST, Split.VAL):
        again = replay(opened, split).evaluation
        assert again.accuracy == record[f"{split}_accuracy"]
        assert again.n == record[f"n_{split}"]
        assert [list(row) for row in again.confusion] == record["confusion"][split]["confusion"]
    _check_mistakes(opened)
    _check_layers_left_out(opened)


def _check_mistakes(opened: OpenedRun) -> None:
    found = replay(opened, Split.TEST)
    confusion, labels = found.evaluation.confusion, found.evaluation.labels
    counted = {
        (said, heard): confusion[i][j]
        for i, said in enumerate(labels)
        for j, heard in enumerate(labels)
        if i != j and confusion[i][j]
    }
    listed: dict[tuple[str, str], int] = {}
    for mistake in found.mistakes:
        pair = mistake.truth, mistake.predicted
        listed[pair] = listed.get(pair, 0) + 1
        assert mistake.clip.path.is_file()
        assert mistake.clip.label == mistake.truth
        assert mistake.truth_probability <= mistake.confidence <= 1
    assert listed == counted
    sure = [mistake.confidence for mistake in found.mistakes]
    assert sure == sorted(sure, reverse=True)


def _check_layers_left_out(opened: OpenedRun) -> None:
    changed = [d.name for d in opened.patch.card.decisions if d.changed]
    whole = replay(opened, Split.VAL)
    assert replay(opened, Split.VAL, without=()) == whole
    assert replay(opened, Split.VAL, without=changed).evaluation.n == whole.evaluation.n
    stopped = CancelToken()
    stopped.stop()
    with pytest.raises(Cancelled):
        replay(opened, Split.VAL, stopped)


def test_what_cannot_be_opened_is_told_and_the_rest_is_opened(
    finished: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    no_patch = tmp_path / "no_patch"
    no_patch.mkdir()
    (no_patch / "job.json").write_text((finished / "job.json").read_text())
    opened, problems = open_runs([empty, finished, no_patch, finished])
    assert [run.folder for run in opened] == [finished, finished]
    assert opened[0].loaded is opened[1].loaded
    assert "no readable job.json" in problems[0].message
    assert "has no patch" in problems[1].message


def test_a_part_that_is_gone_is_told(finished: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "clips" / MANIFEST
    rows = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(row for row in rows if ",test" not in row))
    opened = open_run(finished)
    assert replay(opened, Split.VAL).evaluation.n
    with pytest.raises(WorkbenchError, match="has no test examples"):
        replay(opened, Split.TEST)


def test_a_run_on_another_backbone_is_refused(finished: Path, tmp_path: Path) -> None:
    tiny_backbone(tmp_path / "tiny", architecture="bcresnet1.5")
    with pytest.raises(WorkbenchError, match="belongs to"):
        open_run(finished)
