"""What a patch got wrong is to be learned from, as long as no speaker is torn apart for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.audio.files import read_audio
from workbench.data.task import UNKNOWN, Split
from workbench.project.corrections import keep_correction
from workbench.project.project import Project

RATE_HZ = 16000


def sound(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.3, 0.3, RATE_HZ).astype(np.float32)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "project")


def test_one_persons_corrections_are_all_learned_from(project: Project) -> None:
    task = project.add_task("lights")
    for seed in range(12):
        project.add_recording(task.id, "on", "me", sound(seed), RATE_HZ)
    kept = [
        keep_correction(project, task.id, UNKNOWN, "me", sound(100 + i), RATE_HZ) for i in range(12)
    ]
    project_says = [row.clip.split for row in project.clip_rows([one.id for one in kept])]
    assert [one.clip.split for one in kept] == project_says == [Split.TRAIN] * 12
    assert {one.clip.label for one in kept} == {UNKNOWN}
    np.testing.assert_allclose(read_audio(kept[0].clip.path), sound(100), atol=1e-4)


def test_a_speaker_who_is_only_measured_stays_so(project: Project) -> None:
    task = project.add_task("lights")
    for number, (speaker, part) in enumerate(
        [("ann", Split.TRAIN), ("bob", Split.TRAIN), ("me", Split.VAL), ("dan", Split.TEST)]
    ):
        record = project.add_recording(task.id, "on", speaker, sound(number), RATE_HZ)
        project.set_split([record.id], part)
    kept = keep_correction(project, task.id, "on", "me", sound(9), RATE_HZ)
    assert kept.clip.split is Split.VAL
    assert keep_correction(project, task.id, "on", "eva", sound(10), RATE_HZ).clip.split is (
        Split.TRAIN
    )
