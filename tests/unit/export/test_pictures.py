"""Patches on picture networks as files: ONNX and merged backbones."""

from __future__ import annotations

from pathlib import Path

import onnxruntime
import pytest
import torch

from tests.unit.export.fixtures import network_of
from workbench.backbones.onnx_graph import INPUT
from workbench.backbones.registry import load_backbone
from workbench.errors import WorkbenchError
from workbench.export.merged import export_merged
from workbench.export.onnx import export_onnx


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
    page = (tmp_path / "pictures.md").read_text("utf-8")
    assert f"(batch, {shape[0]}, {shape[1]}, {shape[2]})" in page
    assert "What becomes of a picture" in page
    assert "sound" not in page.partition("## Measured")[0]


def test_a_patched_picture_network_merged(tmp_path: Path) -> None:
    network = network_of(tmp_path, "finetune", "lenet5_small")
    export_merged(network, tmp_path / "lenet5_small.mine")
    merged = load_backbone(tmp_path / "lenet5_small.mine")
    assert merged.card.frontend == network.loaded.card.frontend
    pictures = torch.randn(3, 1, 28, 28)
    with torch.no_grad():
        torch.testing.assert_close(merged.backbone(pictures), network.model(pictures))


def test_a_picture_network_has_no_front_end_to_include(tmp_path: Path) -> None:
    network = network_of(tmp_path, "head", "lenet5_small")
    with pytest.raises(WorkbenchError, match="needs a backbone for sound"):
        export_onnx(network, tmp_path / "pictures.onnx", frontend=True)
    assert not (tmp_path / "pictures.onnx").exists()
