"""Exports are verified with the task's own validation clips: a bounded number, of every class."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers.picture_folders import picture_folder
from tests.helpers.tones import RATE_HZ, TONES_HZ, write_tone_task
from workbench.audio.files import read_audio
from workbench.backbones.registry import default_input
from workbench.data.importers import load_task
from workbench.data.task import Split
from workbench.errors import WorkbenchError
from workbench.export import examples as module
from workbench.export.examples import validation_examples

SOUND, PICTURES = default_input("bcresnet1"), default_input("resnet20")


def alike(samples: torch.Tensor, row: torch.Tensor) -> bool:
    """As the same recording is in 16 bits."""
    return bool((samples - row).abs().max() < 1e-3)


def test_they_are_the_validation_clips_of_every_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_EXAMPLES", 4)
    clips = load_task(write_tone_task(tmp_path / "tones", speakers=30)).task.part(Split.VAL)
    assert len(clips) > 12, "more than are taken, of each class too"
    found = validation_examples(tmp_path / "tones", SOUND)
    assert found is not None
    recorded = [(clip.label, torch.from_numpy(read_audio(clip.path, RATE_HZ))) for clip in clips]
    labels = [label for row in found for label, samples in recorded if alike(samples, row)]
    assert len(labels) == 4
    assert set(labels) == set(TONES_HZ)


def test_pictures_are_bytes_of_the_validation_part(tmp_path: Path) -> None:
    data = picture_folder(tmp_path / "animals", each=20)
    found = validation_examples(data, PICTURES)
    assert found is not None
    assert (found.dtype, found.shape[1:]) == (torch.uint8, (3, 32, 32))
    assert len(found) == len(load_task(data).task.part(Split.VAL))


def test_a_task_without_validation_clips_gives_none(tmp_path: Path) -> None:
    write_tone_task(tmp_path / "tones", speakers=1)
    lines = ["path,label,split"]
    lines += [f"{path},{path.parent.name},test" for path in (tmp_path / "tones").rglob("*.wav")]
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(lines))
    assert validation_examples(manifest, SOUND) is None


def test_a_task_of_the_other_medium_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="takes pictures"):
        validation_examples(write_tone_task(tmp_path / "tones", speakers=1), PICTURES)
