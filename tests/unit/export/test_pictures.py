"""Patches on picture networks as files: ONNX and merged backbones."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest
import torch

from tests.helpers.tiny import tiny_backbone, tiny_patch
from tests.unit.export.fixtures import network_of
from workbench.backbones.inputs import picture_of
from workbench.backbones.onnx_graph import INPUT
from workbench.backbones.registry import LoadedBackbone, load_backbone
from workbench.export.merged import export_merged
from workbench.export.onnx import export_onnx
from workbench.export.picture_graph import PICTURE
from workbench.training.assess import load_patched


@pytest.mark.parametrize("architecture", ["resnet20", "mobilenet_v2-0.35"])
def test_a_patched_picture_network_as_onnx(tmp_path: Path, architecture: str) -> None:
    network = network_of(tmp_path, "patch", architecture)
    report = export_onnx(network, tmp_path / "pictures.onnx")
    shape = network.loaded.backbone.input_spec.shape
    pictures = torch.randn(2, *shape, generator=torch.Generator().manual_seed(4))
    with torch.no_grad():
        wanted = network.model(pictures)
    session = onnxruntime.InferenceSession(str(report.path))
    (found,) = session.run(None, {INPUT: pictures.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), wanted, rtol=1e-4, atol=1e-3)
    page = (tmp_path / "pictures.onnx.md").read_text("utf-8")
    assert f"(batch, {shape[0]}, {shape[1]}, {shape[2]})" in page
    assert "generated pictures" in page
    assert "How a picture becomes the input" in page
    assert "sound" not in page.partition("## Measured")[0]


def test_a_patched_picture_network_merged(tmp_path: Path) -> None:
    network = network_of(tmp_path, "finetune", "lenet5_small")
    export_merged(network, tmp_path / "lenet5_small.mine")
    merged = load_backbone(tmp_path / "lenet5_small.mine")
    assert merged.card.frontend == network.loaded.card.frontend
    pictures = torch.randn(3, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(merged.backbone(pictures), network.model(pictures))


def test_a_patch_for_smaller_pictures_merges_into_a_backbone_for_them(tmp_path: Path) -> None:
    loaded = tiny_backbone(tmp_path / "resnet20.tiny", architecture="resnet20")
    config = picture_of(loaded.card.frontend).at(16)
    card = loaded.card.model_copy(update={"frontend": config})
    patch = tiny_patch(tmp_path, LoadedBackbone(loaded.taking(config), card), "finetune")
    network = load_patched(patch, str(tmp_path / "resnet20.tiny"))
    export_merged(network, tmp_path / "resnet20.small")
    assert load_backbone(tmp_path / "resnet20.small").card.frontend == config


def test_with_normalisation_it_takes_the_picture_from_0_to_255(tmp_path: Path) -> None:
    network = network_of(tmp_path, "finetune", "resnet20")
    config = picture_of(network.patch.card.frontend)
    generator = torch.Generator().manual_seed(5)
    pictures = torch.randint(0, 256, (4, *config.shape), generator=generator, dtype=torch.uint8)
    report = export_onnx(network, tmp_path / "pictures.onnx", frontend=True, examples=pictures)
    assert (report.clips, report.real) == (4, True)
    assert "on 4 real pictures" in (tmp_path / "pictures.onnx.md").read_text("utf-8")
    mean, std = (torch.tensor(values).view(1, -1, 1, 1) for values in (config.mean, config.std))
    with torch.no_grad():
        wanted = network.model((pictures / 255 - mean) / std)
    session = onnxruntime.InferenceSession(str(report.path))
    (found,) = session.run(None, {PICTURE: pictures.float().numpy()})
    torch.testing.assert_close(torch.from_numpy(found), wanted, rtol=1e-4, atol=1e-3)
