"""A backbone as an ONNX graph.

Tracing takes many seconds and depends on the structure alone, so each architecture, and each form of it with tensors of
a method's own, is traced once per machine, without its weights. A graph is that template filled with a backbone's
weights, which takes milliseconds. Networks that differ in numbers of channels alone use one template where the network
says that they can.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions
from torch import Tensor, nn

from workbench import __version__, locations
from workbench.atomic import write_bytes
from workbench.backbones.base import Backbone

INPUT, OUTPUT = "features", "logits"
HEAD = "head"
"""What graphs call the last layer, whatever its name in the backbone."""
OPSET = 20
TOLERANCE = 1e-3
_EMBEDDING = "embedding"
_HEAD_WEIGHT, _HEAD_BIAS = f"{HEAD}.weight", f"{HEAD}.bias"
_PREFIX = "backbone."
_lock = threading.Lock()
_templates: dict[str, onnx.ModelProto] = {}


def onnx_graph(backbone: Backbone) -> onnx.ModelProto:
    """The graph of a backbone in evaluation mode, proved on one random example.

    Input ``features`` (batch, *input_spec.shape), output ``logits`` (batch, class), both 32-bit floats. Weights keep
    the names of the backbone's own tensors.
    """
    return running_graph(backbone)[0]


def running_graph(backbone: Backbone) -> tuple[onnx.ModelProto, InferenceSession]:
    """What ``onnx_graph`` gives, and a session that runs it; made from the first template that leads to both."""
    with _lock:
        for template in _candidates(backbone):
            graph = _filled(template, backbone)
            session = open_session(graph)
            if _computes_the_same(session, backbone):
                _templates[_structure(backbone)] = template
                return graph, session
    raise RuntimeError(f"the graph of {backbone.architecture} differs from the network")


def layer_of(weight: str) -> str | None:
    """Name of the layer that a tensor of a graph belongs to; None for constants of the structure."""
    if weight in (_HEAD_WEIGHT, _HEAD_BIAS):
        return HEAD
    if not weight.startswith(_PREFIX):
        return None
    return weight.removeprefix(_PREFIX).rpartition(".")[0]


def open_session(graph: onnx.ModelProto, threads: int = 1) -> InferenceSession:
    """ONNX Runtime on the CPU; one thread leaves the others to the window and to training."""
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


def save_template(backbone: Backbone, path: Path) -> None:
    """Trace an architecture and write its template, to be shipped in ``resources/graphs``."""
    write_bytes(path, _trace(backbone).SerializeToString())


def _candidates(backbone: Backbone) -> Iterator[onnx.ModelProto]:
    """Templates that fit: in memory, shipped, cached by an earlier start; at last one traced now and cached."""
    name = _structure(backbone)
    if name in _templates:
        yield _templates[name]
    shipped = locations.resources_dir() / "graphs" / f"{backbone.architecture}.onnx"
    cached = locations.cache_dir() / "graphs" / f"{name}-{__version__}-{torch.__version__}.onnx"
    for path in (shipped, cached):
        template = _read(path)
        if template is not None and _inputs_fit(template, backbone):
            yield template
    traced = _trace(backbone)
    write_bytes(cached, traced.SerializeToString())
    yield traced


def _structure(backbone: Backbone) -> str:
    """Architecture and a hash of its tensors' names and shapes, the input's among them."""
    shapes = sorted(_input_shapes(backbone).items())
    return f"{backbone.architecture}-{hashlib.sha256(repr(shapes).encode()).hexdigest()[:8]}"


def _read(path: Path) -> onnx.ModelProto | None:
    """A template; None when there is none, or it is damaged and will be made again."""
    try:
        return onnx.load_from_string(path.read_bytes())
    except (OSError, DecodeError):
        return None


class _Features(nn.Module):
    """``features`` as a module of its own: the head is added by hand, so any number of classes fits."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, x: Tensor) -> Tensor:
        return self.backbone.features(x)


def _trace(backbone: Backbone) -> onnx.ModelProto:
    """Template of an architecture: its weights are inputs of the graph."""
    example = torch.zeros(2, *backbone.input_spec.shape)
    was_training = backbone.training
    backbone.eval()
    try:
        with _quiet_exporter():
            program = torch.onnx.export(
                _Features(backbone),
                (example,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                input_names=[INPUT],
                output_names=[_EMBEDDING],
                opset_version=OPSET,
                optimize=False,
                verbose=False,
            )
    finally:
        backbone.train(was_training)
    assert program is not None
    return _without_weights(program.model_proto, backbone)


def _without_weights(model: onnx.ModelProto, backbone: Backbone) -> onnx.ModelProto:
    """Turn initializers that are weights into inputs, then simplify what is left."""
    from onnxscript import optimizer

    weights = {_PREFIX + name for name in _weights(backbone)}
    kept = []
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            model.graph.input.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
        else:
            kept.append(tensor)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    simple = optimizer.optimize(model)
    del simple.graph.value_info[:]
    for node in simple.graph.node:
        node.ClearField("metadata_props")
        node.ClearField("doc_string")
    for value in (*simple.graph.input, *simple.graph.output):
        value.ClearField("metadata_props")
    return simple


def _filled(template: onnx.ModelProto, backbone: Backbone) -> onnx.ModelProto:
    """A copy of the template with weights inside and the head at its end."""
    model = onnx.ModelProto()
    model.CopyFrom(template)
    graph = model.graph
    for name, tensor in _weights(backbone).items():
        graph.initializer.append(numpy_helper.from_array(tensor.numpy(), _PREFIX + name))
    features = next(value for value in graph.input if value.name == INPUT)
    kept = onnx.ValueInfoProto()
    kept.CopyFrom(features)
    del graph.input[:]
    graph.input.append(kept)
    head = backbone.head_layer
    weight = head.weight.detach().flatten(1)
    assert head.bias is not None
    bias = head.bias.detach()
    graph.initializer.append(numpy_helper.from_array(weight.numpy(), _HEAD_WEIGHT))
    graph.initializer.append(numpy_helper.from_array(bias.numpy(), _HEAD_BIAS))
    inputs = [_EMBEDDING, _HEAD_WEIGHT, _HEAD_BIAS]
    graph.node.append(helper.make_node("Gemm", inputs, [OUTPUT], transB=1))
    del graph.output[:]
    shape: list[str | int | None] = ["batch", len(weight)]
    graph.output.append(helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, shape))
    return model


def _weights(backbone: Backbone) -> Mapping[str, Tensor]:
    """Tensors that ``features`` uses, by their own names."""
    head = backbone.head_name + "."
    return {
        name: tensor.detach()
        for name, tensor in backbone.state_dict().items()
        if not name.startswith(head) and not name.endswith("num_batches_tracked")
    }


def _inputs_fit(template: onnx.ModelProto, backbone: Backbone) -> bool:
    """Whether the template asks for exactly the weights that the backbone has, and for examples of its shape."""
    asked = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in template.graph.input
    }
    wanted = _input_shapes(backbone)
    return asked.keys() == wanted.keys() and all(
        len(shape) == len(asked[name])
        and all(size in (0, found) for size, found in zip(shape, asked[name], strict=True))
        for name, shape in wanted.items()
    )


def _input_shapes(backbone: Backbone) -> dict[str, tuple[int, ...]]:
    """Of a template's inputs; 0 stands for any number of examples, or of channels in a network of any width."""
    shapes = {_PREFIX + name: tuple(tensor.shape) for name, tensor in _weights(backbone).items()}
    if backbone.any_width:
        shapes = {name: (0, 0, *shape[2:])[: len(shape)] for name, shape in shapes.items()}
    return {INPUT: (0, *backbone.input_spec.shape), **shapes}


def _computes_the_same(session: InferenceSession, backbone: Backbone) -> bool:
    shape = (1, *backbone.input_spec.shape)
    example = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    was_training = backbone.training
    with torch.no_grad():
        wanted = backbone.eval()(torch.from_numpy(example)).numpy()
    backbone.train(was_training)
    (found,) = session.run([OUTPUT], {INPUT: example})
    return bool(np.abs(found - wanted).max() <= TOLERANCE * max(1.0, np.abs(wanted).max()))


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """The exporter warns about optional packages and about torch's own internals."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
