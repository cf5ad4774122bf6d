"""Graphs against the network in torch; templates that no longer fit are never used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from tests.helpers.tiny import tiny_backbone
from workbench import locations
from workbench.backbones import onnx_graph as module
from workbench.backbones.onnx_graph import INPUT, OUTPUT, onnx_graph, running_graph
from workbench.backbones.registry import architectures, build


def shipped(name: str) -> Path:
    return locations.resources_dir() / "graphs" / f"{name}.onnx"


def never(*_: object) -> None:
    raise AssertionError("traced although a template was there")


@pytest.mark.parametrize("name", architectures())
def test_every_architecture_has_a_template_that_fits(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_trace", never)
    backbone = tiny_backbone(tmp_path / "one", architecture=name).backbone
    example = torch.randn(3, *backbone.input_spec.shape, generator=torch.Generator().manual_seed(2))
    (found,) = running_graph(backbone)[1].run([OUTPUT], {INPUT: example.numpy()})
    with torch.no_grad():
        assert np.allclose(found, backbone(example).numpy(), rtol=1e-4, atol=1e-4)


def test_the_graph_is_valid_and_holds_the_weights_by_name() -> None:
    backbone = build("bcresnet1", 5).eval()
    graph = onnx_graph(backbone)
    onnx.checker.check_model(graph)
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
    for name, parameter in backbone.named_parameters():
        if not name.startswith(backbone.head_name):
            assert np.array_equal(stored[f"backbone.{name}"], parameter.detach().numpy())
    shape = graph.graph.output[0].type.tensor_type.shape.dim
    assert (shape[0].dim_param, shape[1].dim_value) == ("batch", 5)


def test_a_template_of_another_network_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A template whose arithmetic changed is traced again, and the new one is kept for the next time."""
    stale = onnx.load(shipped("res8"))
    pool = next(node for node in stale.graph.node if node.op_type == "AveragePool")
    pool.op_type = "MaxPool"
    del pool.attribute[:]
    fresh = onnx.load(shipped("res8"))
    attributes = next(n for n in fresh.graph.node if n.op_type == "AveragePool").attribute
    pool.attribute.extend(a for a in attributes if a.name in ("kernel_shape", "strides"))
    traced: list[str] = []

    def trace(backbone: module.Backbone) -> onnx.ModelProto:
        traced.append(backbone.architecture)
        return fresh

    monkeypatch.setattr(module, "_templates", {})
    monkeypatch.setattr(module, "_read", lambda path: stale if path == shipped("res8") else None)
    monkeypatch.setattr(module, "_trace", trace)
    backbone = tiny_backbone(tmp_path / "one", architecture="res8").backbone
    for _ in range(2):
        onnx_graph(backbone)
    assert traced == ["res8"]
    assert [path.name.split("-")[0] for path in (locations.cache_dir() / "graphs").iterdir()] == [
        "res8"
    ]


def test_a_template_of_another_resolution_does_not_fit(tmp_path: Path) -> None:
    template = module._read(shipped("res8"))
    assert template is not None
    loaded = tiny_backbone(tmp_path / "one", architecture="res8")
    coarse = loaded.card.frontend.model_copy(update={"hop_samples": 320})
    assert module._inputs_fit(template, loaded.backbone)
    assert not module._inputs_fit(template, loaded.taking(coarse))
    assert module._structure(loaded.backbone) != module._structure(loaded.taking(coarse))


def test_a_damaged_template_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(shipped("res8").read_bytes()[:1000])
    assert module._read(tmp_path / "broken.onnx") is None
    assert module._read(tmp_path / "absent.onnx") is None


@pytest.mark.recipe
def test_tracing_gives_what_is_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real tracer once, on the smallest network."""
    monkeypatch.setattr(module, "_templates", {})
    monkeypatch.setattr(module, "_read", lambda _: None)
    backbone = tiny_backbone(tmp_path / "one", architecture="res8-narrow").backbone
    operators = [node.op_type for node in onnx_graph(backbone).graph.node]
    shipped_operators = [node.op_type for node in onnx.load(shipped("res8-narrow")).graph.node]
    assert operators == [*shipped_operators, "Gemm"]
