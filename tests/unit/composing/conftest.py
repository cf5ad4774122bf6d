"""A tiny backbone and words with random rows for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers.tiny import tiny_backbone
from workbench.backbones.registry import LoadedBackbone
from workbench.composing.fit import FitConfig
from workbench.composing.keyword import BinaryAccuracy, KeywordCard, KeywordHead
from workbench.composing.losses import Loss


def random_head(
    loaded: LoadedBackbone, label: str, task: str = "task", loss: Loss = Loss.SIGMOID_BCE
) -> KeywordHead:
    """A word whose row follows from its label."""
    generator = torch.Generator().manual_seed(sum(label.encode()))
    width = loaded.backbone.head_layer.weight[0].numel()
    card = KeywordCard(
        label=label,
        task=task,
        fit=FitConfig(loss=loss),
        backbone=loaded.card.name,
        backbone_sha256=loaded.card.sha256,
        frontend=loaded.card.frontend,
        clips=5,
        others=5,
        validation=BinaryAccuracy(accuracy=0.9, ci95=(0.7, 0.97), n=20),
        versions={},
    )
    weight = torch.randn(width, generator=generator)
    return KeywordHead(card, weight, torch.randn((), generator=generator))


@pytest.fixture(scope="session", params=["res8-narrow", "bcresnet1"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> LoadedBackbone:
    folder: Path = tmp_path_factory.mktemp("backbones") / f"{request.param}.tiny"
    return tiny_backbone(folder, architecture=request.param)
