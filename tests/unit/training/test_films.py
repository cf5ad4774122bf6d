"""The films of TAPS and SpotTune, of real short runs: what they show is what the gates and the paths were."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.helpers.tone_runs import backbone_folder, tone_job, tone_task
from workbench.backbones.registry import load_backbone
from workbench.budget.policy import adaptable
from workbench.cancel import CancelToken
from workbench.methods.patch import read_patch
from workbench.methods.spottune.model import Paths
from workbench.training.events import (
    CheckpointSaved,
    LayerDecisions,
    RunFinished,
    RunStarted,
    StepLogged,
)
from workbench.training.job import AdaptationJob
from workbench.training.run import run

__all__ = ["backbone_folder", "tone_job", "tone_task"]


def test_taps_shows_its_scores_and_stores_the_share_of_what_is_open(
    tone_job: AdaptationJob, backbone_folder: Path
) -> None:
    """A score of twice the threshold 0.1 is a probability of 1; a layer is open and stored from 0.1 on."""
    training = tone_job.training.model_copy(update={"epochs": 6})
    config = {"penalty": 0.5, "penalty_from": 0, "start": 0.12}
    job = tone_job.model_copy(update={"method": "taps", "config": config, "training": training})
    table = adaptable(load_backbone(str(backbone_folder)).backbone.layers())
    weights = torch.tensor([torch.Size(row.weight_shape).numel() for row in table])
    shown: LayerDecisions | None = None
    costs = set()
    for event in run(job, CancelToken()):
        if isinstance(event, RunStarted):
            assert event.layer_names == tuple(row.name for row in table)
        elif isinstance(event, LayerDecisions):
            shown = event
        elif isinstance(event, CheckpointSaved):
            assert shown is not None
            scores = _scores(event.path)
            assert shown.probabilities == pytest.approx((scores / 0.2).clamp(0, 1).tolist())
            opened = weights[scores >= 0.1].sum() / weights.sum()
            assert shown.hard_cost == pytest.approx(float(opened))
            assert shown.budget is None
            costs.add(shown.hard_cost)
        elif isinstance(event, RunFinished):
            names = read_patch(event.patch).tensors
            deltas = sum(t.numel() for name, t in names.items() if name.startswith("delta/"))
            assert shown is not None
            assert deltas == round(shown.hard_cost * int(weights.sum()))
    assert any(0 < cost < 1 for cost in costs)


def test_spottune_shows_how_many_inputs_took_each_blocks_tuned_path(
    tone_job: AdaptationJob, backbone_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the agent chooses, the tuned copy of every layer is stored, so the cost is all of it."""
    taken: list[Tensor] = []
    choose = Paths.choose

    def watched(paths: Paths, scores: Tensor) -> None:
        choose(paths, scores)
        assert paths.chosen is not None
        taken.append(paths.chosen.detach().clone())

    monkeypatch.setattr(Paths, "choose", watched)
    job = tone_job.model_copy(update={"method": "spottune", "config": {}})
    table = adaptable(load_backbone(str(backbone_folder)).backbone.layers())
    blocks = list(dict.fromkeys(row.block for row in table if row.group.startswith("stage")))
    last: StepLogged | None = None
    films = 0
    for event in run(job, CancelToken()):
        if isinstance(event, StepLogged):
            last = event
        elif isinstance(event, LayerDecisions):
            share = dict(zip(blocks, taken[-1].mean(0).tolist(), strict=True))
            wanted = tuple(share.get(row.block, 1.0) for row in table)
            assert event.probabilities == pytest.approx(wanted)
            assert last is not None
            mean = sum(share.values()) / len(share)
            assert last.extras["tuned_paths"] == pytest.approx(mean)
            assert event.hard_cost == 1.0
            films += 1
        elif isinstance(event, RunFinished):
            names = read_patch(event.patch).tensors
            stored = [n for n in names if n.startswith(("delta/", "weight/"))]
            kernels = {row.name for row in table}
            assert kernels <= {n.partition("/")[2].rpartition(".")[0] for n in stored}
    assert films
    assert 0 < min(float(chosen.mean()) for chosen in taken) < 1


def _scores(checkpoint: Path) -> Tensor:
    kept: Tensor = torch.load(checkpoint, weights_only=True)["tensors"]["scores"]
    return kept
