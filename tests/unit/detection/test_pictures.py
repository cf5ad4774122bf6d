"""What patches see in a picture, against the networks in torch; heat lies where the network looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.helpers.tiny import CLASSES, tiny_backbone, tiny_patch
from workbench.backbones.inputs import picture_of
from workbench.backbones.registry import LoadedBackbone
from workbench.detection.pictures import Answer, look, speaks_for
from workbench.detection.scorer import ScorerPool
from workbench.detection.side_by_side import SideBySide, share
from workbench.errors import WorkbenchError
from workbench.evaluation.saliency import grad_cam
from workbench.images.decode import Pixels
from workbench.training.assess import load_patched

METHODS = ("finetune", "spottune")
"""One whose network runs as a graph, and one whose network runs in torch."""


@pytest.fixture
def sees(tmp_path: Path) -> LoadedBackbone:
    return tiny_backbone(tmp_path / "resnet20.tiny", architecture="resnet20")


def noise(height: int, width: int) -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)


def by_hand(picture: Pixels, loaded: LoadedBackbone) -> torch.Tensor:
    """Input (1, channel, height, width) of a picture that has its size already."""
    config = picture_of(loaded.card.frontend)
    values = (picture / 255 - np.array(config.mean)) / np.array(config.std)
    return torch.from_numpy(values.transpose(2, 0, 1)[None]).float()


def test_answers_are_those_of_the_networks(tmp_path: Path, sees: LoadedBackbone) -> None:
    backbone, picture = str(tmp_path / "resnet20.tiny"), noise(32, 32)
    paths = [tiny_patch(tmp_path, sees, method) for method in METHODS]
    pool = ScorerPool(backbone)
    seen = look(picture, share([pool.open(path) for path in paths]))
    assert seen.seconds > 0
    for path, answer in zip(paths, seen.answers, strict=True):
        with torch.no_grad():
            logits = load_patched(path, backbone).model(by_hand(picture, sees))
        assert answer.classes == CLASSES
        wanted = torch.softmax(logits, dim=1)[0].numpy()
        assert answer.probabilities == pytest.approx(wanted, abs=1e-5)


def test_the_likeliest_come_first() -> None:
    answer = Answer("mine", ("a", "b", "c"), np.array([0.25, 0.5, 0.25], np.float32))
    assert answer.best(2) == (("b", 0.5), ("a", 0.25))


def test_nobody_answers_where_nobody_is_asked() -> None:
    assert look(noise(8, 8), SideBySide([])).answers == ()


def test_a_patch_that_hears_is_refused(tmp_path: Path) -> None:
    hears = tiny_backbone(tmp_path / "bcresnet1.tiny")
    scorer = ScorerPool(str(tmp_path / "bcresnet1.tiny")).open(tiny_patch(tmp_path, hears))
    with pytest.raises(WorkbenchError, match="needs a backbone for pictures"):
        look(noise(32, 32), share([scorer]))


def test_heat_is_that_of_what_the_network_is_shown(tmp_path: Path, sees: LoadedBackbone) -> None:
    path = tiny_patch(tmp_path, sees, "finetune")
    model = load_patched(path, str(tmp_path / "resnet20.tiny")).model
    config, picture = picture_of(sees.card.frontend), noise(32, 32)
    heats = [speaks_for(model, picture, config, label) for label in range(len(CLASSES))]
    for label, heat in enumerate(heats):
        wanted = grad_cam(model, by_hand(picture, sees), label)
        torch.testing.assert_close(torch.from_numpy(heat), wanted, rtol=0, atol=1e-4)
    assert any(heat.max() == pytest.approx(1) for heat in heats)


def test_outside_of_what_is_shown_nothing_is_hot(tmp_path: Path, sees: LoadedBackbone) -> None:
    path = tiny_patch(tmp_path, sees, "finetune")
    model = load_patched(path, str(tmp_path / "resnet20.tiny")).model
    config = picture_of(sees.card.frontend).model_copy(update={"fit": "crop"})
    wide = np.zeros((32, 64, 3), np.uint8)
    wide[:, 16:48] = noise(32, 32)
    for label in range(len(CLASSES)):
        heat = speaks_for(model, wide, config, label)
        assert heat.shape == (32, 64)
        assert not heat[:, :16].any() and not heat[:, 48:].any()
        alone = speaks_for(model, wide[:, 16:48], config, label)
        assert heat[:, 16:48] == pytest.approx(alone, abs=1e-4)
