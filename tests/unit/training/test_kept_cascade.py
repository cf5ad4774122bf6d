"""A kept cascade answers as its patches do alone, moves with them, and is refused when they are not its own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.helpers.tiny import tiny_backbone, tiny_patch
from tests.helpers.tones import write_tone_task
from workbench.errors import WorkbenchError
from workbench.methods.patch import read_patch_card
from workbench.training.assess import classify_files
from workbench.training.cascade_network import (
    CascadeNetwork,
    StageNetwork,
    assess_cascade,
    classify_files_in_stages,
    load_cascade,
)
from workbench.training.kept_cascade import SUFFIX, keep_cascade, read_cascade

CLASSES = ("high", "low", "middle")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a backbone, two patches on it and a task."""
    folder = tmp_path_factory.mktemp("made")
    loaded = tiny_backbone(folder / "bcresnet1.tiny")
    for method in ("patch", "residual_adapter"):
        tiny_patch(folder, loaded, method, CLASSES).rename(folder / f"{method}.patch.safetensors")
    write_tone_task(folder / "tones")
    return folder


def keep(folder: Path, threshold: float) -> Path:
    patches = [folder / f"{method}.patch.safetensors" for method in ("patch", "residual_adapter")]
    path = folder / f"two{SUFFIX}"
    keep_cascade((("first", patches[0], threshold), ("second", patches[1], 0.0)), path)
    return path


def in_widest_gap(values: list[float]) -> float:
    """A threshold that rounding moves nothing across."""
    ordered = sorted(values)
    low, high = max(pairwise(ordered), key=lambda pair: pair[1] - pair[0])
    assert high - low > 1e-4
    return (low + high) / 2


class LoudestBand(nn.Module):
    """Tells the three tones by the mean of the mel bands about each; unlike a random network it tells clips apart."""

    def __init__(self, steepness: float) -> None:
        super().__init__()
        self.steepness = steepness

    def forward(self, features: Tensor) -> Tensor:
        low, middle, high = features.mean(dim=(1, 3)).tensor_split(3, dim=1)
        return self.steepness * torch.stack([b.mean(dim=1) for b in (high, low, middle)], dim=1)


def with_model(stage: StageNetwork, model: nn.Module) -> StageNetwork:
    return replace(stage, network=replace(stage.network, model=model))


def test_each_clip_is_answered_by_the_first_network_that_is_sure(made: Path) -> None:
    clips = sorted((made / "tones").glob("*/*.wav"))
    loaded = load_cascade(keep(made, 0.5), str(made / "bcresnet1.tiny"))
    stages = [
        with_model(stage, LoudestBand(steepness))
        for stage, steepness in zip(loaded.stages, (1.0, 3.0), strict=True)
    ]
    alone = [classify_files(stage.network, clips) for stage in stages]
    middle = in_widest_gap([max(scores.values()) for scores in alone[0]])
    cascade = CascadeNetwork((replace(stages[0], threshold=middle), stages[1]))
    found = classify_files_in_stages(cascade, clips)
    by_first = [max(scores.values()) >= middle for scores in alone[0]]
    assert 0 < sum(by_first) < len(clips)
    for i, (name, scores) in enumerate(found):
        assert name == ("first" if by_first[i] else "second")
        assert scores == pytest.approx(alone[0 if by_first[i] else 1][i], abs=1e-6)

    measured = assess_cascade(cascade, made / "tones", None)
    right = [max(s, key=lambda k: s[k]) == clips[i].parent.name for i, (_, s) in enumerate(found)]
    assert measured["accuracy"] == pytest.approx(sum(right) / len(right))
    share = sum(by_first) / len(clips)
    assert measured["answered"] == pytest.approx({"first": share, "second": 1 - share})
    costs = [
        read_patch_card(made / f"{method}.patch.safetensors").cost["multiplies"]
        for method in ("patch", "residual_adapter")
    ]
    expected = costs[0] + (1 - share) * costs[1]
    assert measured["average_multiplies"] == pytest.approx(expected)


def test_a_first_stage_that_is_always_sure_leaves_nothing_to_ask(made: Path) -> None:
    clips = sorted((made / "tones").glob("*/*.wav"))
    found = classify_files_in_stages(
        load_cascade(keep(made, 0.0), str(made / "bcresnet1.tiny")), clips
    )
    assert {name for name, _ in found} == {"first"}


def test_it_moves_together_with_its_patches(made: Path, tmp_path: Path) -> None:
    path = keep(made, 0.5)
    kept = read_cascade(path)
    moved = tmp_path / "elsewhere"
    shutil.copytree(made, moved)
    assert read_cascade(moved / path.name) == kept
    (moved / "patch.patch.safetensors").unlink()
    with pytest.raises(WorkbenchError, match="needs the patch"):
        read_cascade(moved / path.name)
    shutil.copyfile(made / "residual_adapter.patch.safetensors", moved / "patch.patch.safetensors")
    with pytest.raises(WorkbenchError, match="not the one that two"):
        read_cascade(moved / path.name)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format_version": 2, "stages": []}', '{"format_version": 1, "stages": []}']
)
def test_anything_else_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / f"x{SUFFIX}"
    path.write_text(text)
    with pytest.raises(WorkbenchError, match="not a cascade that this version reads"):
        read_cascade(path)
