"""Several ONNX graphs cut into parts, so that what they have in common is computed once.

Two nodes compute the same when they are of one kind and their inputs are the same, down to the bytes of the weights
(value numbering: Cocke and Schwartz, "Programming Languages and Their Compilers", 1970). Nodes that the same graphs
need form one part, which takes its inputs from parts that more graphs need.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper
from onnx.shape_inference import infer_shapes

from workbench.backbones.onnx_graph import INPUT, OUTPUT, layer_of


@dataclass(frozen=True)
class Part:
    """A piece that is computed once for all graphs that need it.

    Attributes:
        graph: Ready to run; its inputs and outputs are named after the values that pass between parts.
        users: Numbers of the graphs that need it.
        layers: Names of the layers inside, as ``layer_of`` gives them.
    """

    graph: ModelProto
    users: frozenset[int]
    layers: frozenset[str]

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(value.name for value in self.graph.graph.input)

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(value.name for value in self.graph.graph.output)


@dataclass(frozen=True)
class Cut:
    """Graphs in parts.

    Attributes:
        parts: In an order in which they can run; what goes into the first is ``INPUT``.
        logits: Name of the value that is each graph's output, by the graph's number.
    """

    parts: tuple[Part, ...]
    logits: Mapping[int, str]


def cut(graphs: Mapping[int, ModelProto]) -> Cut:
    """Cut graphs with equal inputs into parts; run one after the other they give every graph's logits bit for bit."""
    numbering = _Numbering(next(iter(graphs.values())))
    logits = {user: numbering.add(graph, user) for user, graph in graphs.items()}
    steps_of: dict[frozenset[int], list[_Step]] = {}
    for step in numbering.steps:
        steps_of.setdefault(frozenset(step.users), []).append(step)
    wanted = set(logits.values()).union(
        name
        for step in numbering.steps
        for name in step.node.input
        if name in numbering.made_by and numbering.made_by[name].users != step.users
    )
    most_users_first = sorted(steps_of, key=len, reverse=True)
    parts = (numbering.part(steps_of[users], wanted) for users in most_users_first)
    return Cut(tuple(parts), logits)


@dataclass(frozen=True)
class _Step:
    """A node in the names common to all graphs, the graphs that need it, and the layers whose weights it holds."""

    node: NodeProto
    users: set[int]
    layers: frozenset[str]


class _Numbering:
    """All different nodes of several graphs.

    Attributes:
        steps: In an order in which they can run.
        made_by: The step that makes a value.
    """

    def __init__(self, like: ModelProto) -> None:
        self._like = like
        self._constants: dict[str, TensorProto] = {}
        self._values = {INPUT: like.graph.input[0]}
        self._known: dict[object, _Step] = {}
        self.made_by: dict[str, _Step] = {}

    @property
    def steps(self) -> tuple[_Step, ...]:
        return tuple(self._known.values())

    def add(self, model: ModelProto, user: int) -> str:
        """Take in a graph; returns the common name of its logits."""
        graph = model.graph
        names = {INPUT: INPUT, "": ""}
        names |= {tensor.name: self._constant(tensor) for tensor in graph.initializer}
        shapes = {value.name: value for value in infer_shapes(model).graph.value_info}
        norms = _norms_behind(graph.node)
        for node in graph.node:
            # ONNX Runtime folds a norm into the convolution before it: apart, the last bits would differ.
            folded = norms[node.output[0]].input[1:] if node.output[0] in norms else ()
            inputs = tuple(names[name] for name in node.input)
            key = (_kind(node), inputs, tuple(names[name] for name in folded))
            if key not in self._known:
                self._known[key] = self._step(node, inputs, shapes)
            step = self._known[key]
            step.users.add(user)
            names.update(zip(node.output, step.node.output, strict=True))
        return names[OUTPUT]

    def part(self, steps: Sequence[_Step], wanted: set[str]) -> Part:
        """These steps as a graph of their own, which gives those of the wanted values that it makes."""
        made = [name for step in steps for name in step.node.output]
        used = tuple(dict.fromkeys(name for step in steps for name in step.node.input if name))
        taken = [n for n in used if n not in self._constants and n not in made]
        graph = helper.make_graph(
            [step.node for step in steps],
            "part",
            [self._values[name] for name in taken],
            [self._values[name] for name in made if name in wanted],
            [self._constants[name] for name in used if name in self._constants],
        )
        like = self._like
        model = helper.make_model(
            graph, opset_imports=like.opset_import, ir_version=like.ir_version
        )
        layers = frozenset().union(*(step.layers for step in steps))
        return Part(model, frozenset(steps[0].users), layers)

    def _constant(self, tensor: TensorProto) -> str:
        """Name of a tensor by its content."""
        values = numpy_helper.to_array(tensor)
        content = f"{values.dtype}{values.shape}".encode() + values.tobytes()
        name = hashlib.sha256(content).hexdigest()
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(values, name)
        return name

    def _step(
        self, node: NodeProto, inputs: Sequence[str], shapes: Mapping[str, ValueInfoProto]
    ) -> _Step:
        outputs = [f"value_{len(self._known)}_{i}" for i, _ in enumerate(node.output)]
        renamed = NodeProto()
        renamed.CopyFrom(node)
        renamed.ClearField("name")
        renamed.input[:] = inputs
        renamed.output[:] = outputs
        layers = (layer_of(name) for name in node.input)
        step = _Step(renamed, set(), frozenset(layer for layer in layers if layer))
        for name, output in zip(node.output, outputs, strict=True):
            self.made_by[output] = step
            self._values[output] = _value(output, shapes.get(name))
        return step


def _kind(node: NodeProto) -> tuple[object, ...]:
    """What a node does with its inputs."""
    attributes = tuple(sorted(one.SerializeToString() for one in node.attribute))
    return (node.domain, node.op_type, attributes, len(node.output))


def _norms_behind(nodes: Iterable[NodeProto]) -> Mapping[str, NodeProto]:
    """Norms by the convolution's output that no other node uses."""
    nodes = tuple(nodes)
    uses = Counter(name for node in nodes for name in node.input)
    convolved = {node.output[0] for node in nodes if node.op_type == "Conv"}
    norms = (node for node in nodes if node.op_type == "BatchNormalization")
    return {n.input[0]: n for n in norms if n.input[0] in convolved and uses[n.input[0]] == 1}


def _value(name: str, like: ValueInfoProto | None) -> ValueInfoProto:
    """Type and shape of a value that passes between parts; logits have no description."""
    if like is None:
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", None])
    value = ValueInfoProto()
    value.CopyFrom(like)
    value.name = name
    return value
