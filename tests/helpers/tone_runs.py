"""A tiny backbone and a task of tones: real runs in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.helpers.tones import write_tone_task
from workbench.backbones.card import WeightsCard
from workbench.backbones.registry import build, default_input, save_backbone
from workbench.training.job import AdaptationJob, TrainingConfig


@pytest.fixture(scope="session")
def tone_task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone_task(tmp_path_factory.mktemp("tones") / "tones")


@pytest.fixture(scope="session")
def backbone_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random BC-ResNet-1 whose statistics fit log-mel features."""
    folder = tmp_path_factory.mktemp("models") / "bcresnet1.random"
    torch.manual_seed(0)
    backbone = build("bcresnet1", 5).train()
    with torch.no_grad():
        for _ in range(8):
            backbone(3 * torch.randn(8, 1, 40, 101) - 6)
    frontend = default_input("bcresnet1")
    card = WeightsCard(
        name=folder.name, architecture="bcresnet1", labels=tuple("abcde"), frontend=frontend
    )
    save_backbone(backbone, card, folder)
    return folder


@pytest.fixture
def tone_job(backbone_folder: Path, tone_task: Path, tmp_path: Path) -> AdaptationJob:
    return AdaptationJob(
        backbone=str(backbone_folder),
        data=tone_task,
        method="swr",
        config={"budget": 0.3, "policy_epochs": 2},
        training=TrainingConfig(epochs=2, batch_size=16, learning_rate=3e-3, threads=1),
        out=tmp_path / "run",
    )
