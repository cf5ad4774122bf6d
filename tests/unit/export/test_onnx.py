"""ONNX files against the patched network in torch; a wrong or unwritable export leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from tests.helpers.tiny import spoken
from tests.unit.export.fixtures import network_of
from workbench.audio.frontend import FRONTENDS, FrontendConfig, build_frontend
from workbench.backbones.onnx_graph import INPUT
from workbench.errors import WorkbenchError
from workbench.export import onnx as module
from workbench.export.frontend_graph import WAVE, with_frontend
from workbench.export.onnx import export_onnx
from workbench.export.raw import random_waves
from workbench.methods.registry import names


def run(path: Path, name: str, value: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path))
    (logits,) = session.run(None, {name: value.numpy()})
    return np.asarray(logits)


@pytest.mark.parametrize("method", names())
def test_the_file_computes_what_the_patch_computes(tmp_path: Path, method: str) -> None:
    network = network_of(tmp_path, method)
    report = export_onnx(network, tmp_path / "words.onnx")
    features = build_frontend(network.patch.card.frontend)(
        random_waves(network.patch.card.frontend)
    )
    with torch.no_grad():
        wanted = network.model(features).numpy()
    found = run(report.path, INPUT, features)
    assert np.abs(found - wanted).max() <= max(2 * report.max_abs_diff, 1e-5)
    assert report.agreement == np.mean(found.argmax(1) == wanted.argmax(1)) == 1
    assert report.bytes == report.path.stat().st_size


def test_a_network_that_draws_its_paths_is_exported_with_the_likelier_ones(tmp_path: Path) -> None:
    network = network_of(tmp_path, "spottune", sampled=True)
    report = export_onnx(network, tmp_path / "words.onnx")
    assert report.agreement == 1
    assert report.max_abs_diff < 1e-4
    x = torch.randn(4, *network.loaded.backbone.input_spec.shape)
    with torch.no_grad():
        assert not torch.equal(network.model(x), network.model(x)), "the patch in use still draws"


@pytest.mark.parametrize("architecture", ["bcresnet1", "res8-narrow"])
def test_with_the_front_end_it_takes_the_waveform(tmp_path: Path, architecture: str) -> None:
    network = network_of(tmp_path, architecture=architecture)
    samples, _ = spoken(("go", "stop"), pause_s=0.0)
    waves = torch.from_numpy(samples).reshape(2, -1)
    report = export_onnx(network, tmp_path / "words.onnx", frontend=True, examples=waves)
    with torch.no_grad():
        wanted = network.model(build_frontend(network.patch.card.frontend)(waves)).numpy()
    assert np.allclose(run(report.path, WAVE, waves), wanted, atol=1e-3)
    assert (report.clips, report.real) == (2, True)


@pytest.mark.parametrize("config", FRONTENDS.values(), ids=FRONTENDS.keys())
def test_the_front_end_graph_gives_the_features_of_torch(
    config: FrontendConfig, tmp_path: Path
) -> None:
    shape = ["batch", 1, "row", "column"]
    nothing = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Identity", [INPUT], ["out"])],
            "same",
            [onnx.helper.make_tensor_value_info(INPUT, onnx.TensorProto.FLOAT, shape)],
            [onnx.helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, shape)],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.save(with_frontend(nothing, config), tmp_path / "front.onnx")
    waves = random_waves(config)
    wanted = build_frontend(config)(waves).numpy()
    found = run(tmp_path / "front.onnx", WAVE, waves)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-2
    assert np.abs(found - wanted).mean() < 1e-4


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    report = export_onnx(network, tmp_path / "words.onnx")
    facts = {entry.key: entry.value for entry in onnx.load(report.path).metadata_props}
    assert tuple(json.loads(facts["classes"])) == network.patch.card.classes
    assert FrontendConfig.model_validate_json(facts["frontend"]) == network.patch.card.frontend
    page = (tmp_path / "words.onnx.md").read_text()
    for wanted in (
        "`go`",
        "50.0 %",
        "35.0 to 65.0 %",
        "Random numbers, no data",
        "largest difference",
    ):
        assert wanted in page


def corrupted(graph: onnx.ModelProto) -> onnx.ModelProto:
    head = next(tensor for tensor in graph.graph.initializer if tensor.name == "head.bias")
    wrong = onnx.numpy_helper.to_array(head) + np.float32(0.5)
    head.CopyFrom(onnx.numpy_helper.from_array(wrong, head.name))
    return graph


def test_a_corrupt_converter_is_caught_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_of(tmp_path)
    patch = next(tmp_path.glob("*.patch.safetensors"))
    before, content = set(tmp_path.iterdir()), patch.read_bytes()
    right = module.onnx_graph
    monkeypatch.setattr(module, "onnx_graph", lambda backbone: corrupted(right(backbone)))
    with pytest.raises(WorkbenchError, match="does not compute"):
        export_onnx(network, tmp_path / "words.onnx")
    assert set(tmp_path.iterdir()) == before
    assert patch.read_bytes() == content


def test_a_failed_export_keeps_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_of(tmp_path)
    earlier = export_onnx(network, tmp_path / "words.onnx").path.read_bytes()
    right = module.onnx_graph
    monkeypatch.setattr(module, "onnx_graph", lambda backbone: corrupted(right(backbone)))
    with pytest.raises(WorkbenchError, match="does not compute"):
        export_onnx(network, tmp_path / "words.onnx", replace=True)
    assert (tmp_path / "words.onnx").read_bytes() == earlier


@pytest.mark.parametrize("taken", ["words.onnx", "words.onnx.md"])
def test_no_file_is_replaced_unasked(tmp_path: Path, taken: str) -> None:
    network = network_of(tmp_path)
    (tmp_path / taken).write_text("mine")
    before = set(tmp_path.iterdir())
    with pytest.raises(WorkbenchError, match="exists already"):
        export_onnx(network, tmp_path / "words.onnx")
    assert (tmp_path / taken).read_text() == "mine"
    assert set(tmp_path.iterdir()) == before
    report = export_onnx(network, tmp_path / "words.onnx", replace=True)
    assert report.agreement == 1


def test_replacing_an_export_leaves_a_page_of_the_same_stem_alone(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    (tmp_path / "words.onnx").write_text("an earlier export")
    (tmp_path / "words.md").write_text("my thesis")
    export_onnx(network, tmp_path / "words.onnx", replace=True)
    assert (tmp_path / "words.md").read_text() == "my thesis"
    assert "# words" in (tmp_path / "words.onnx.md").read_text()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    network = network_of(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(WorkbenchError, match="could not be written"):
        export_onnx(network, tmp_path / "file" / "words.onnx")
