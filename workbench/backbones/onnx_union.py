"""Several ONNX graphs as one, in which what they have in common is computed once.

Two nodes compute the same when they are of one kind and their inputs are the same, down to the bytes of the weights
(value numbering: Cocke and Schwartz, "Programming Languages and Their Compilers", 1970). One graph with several outputs
is faster than parts that run one after the other: ONNX Runtime keeps activations in a layout of its own, and would
put them into the plain one and back wherever a part ends.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from workbench.backbones.onnx_graph import INPUT, OUTPUT, layer_of


@dataclass(frozen=True)
class Common:
    """Something that several graphs compute alike.

    Attributes:
        users: Numbers of these graphs.
        layers: Names of the layers whose weights it holds, as ``layer_of`` gives them.
    """

    users: frozenset[int]
    layers: frozenset[str]


@dataclass(frozen=True)
class Union:
    """The graphs that have something in common with another, as one.

    Attributes:
        graph: Ready to run on ``INPUT``; None when no two graphs have anything in common.
        logits: Name of the output that holds each graph's logits, by the graph's number.
        common: What is computed once, by the graphs that need it.
    """

    graph: ModelProto | None
    logits: Mapping[int, str]
    common: tuple[Common, ...]


def unite(graphs: Mapping[int, ModelProto]) -> Union:
    """Unite graphs with equal inputs; the outputs have the bits of the graphs' own."""
    numbering = _Numbering(next(iter(graphs.values())))
    logits = {user: numbering.add(graph, user) for user, graph in graphs.items()}
    layers_of: dict[frozenset[int], set[str]] = {}
    for step in numbering.steps:
        if len(step.users) > 1:
            layers_of.setdefault(frozenset(step.users), set()).update(step.layers)
    sharers = frozenset[int]().union(*layers_of)
    common = tuple(Common(users, frozenset(layers)) for users, layers in layers_of.items())
    logits = {user: name for user, name in logits.items() if user in sharers}
    steps = [step for step in numbering.steps if step.users <= sharers]
    return Union(numbering.graph(steps, set(logits.values())) if steps else None, logits, common)


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
    """

    def __init__(self, like: ModelProto) -> None:
        self._like = like
        self._constants: dict[str, TensorProto] = {}
        self._known: dict[object, _Step] = {}

    @property
    def steps(self) -> tuple[_Step, ...]:
        return tuple(self._known.values())

    def add(self, model: ModelProto, user: int) -> str:
        """Take in a graph; returns the common name of its logits."""
        graph = model.graph
        names = {INPUT: INPUT, "": ""}
        names |= {tensor.name: self._constant(tensor) for tensor in graph.initializer}
        norms = _norms_behind(graph.node)
        for node in graph.node:
            # ONNX Runtime folds a norm into the convolution before it: apart, the last bits would differ.
            folded = norms[node.output[0]].input[1:] if node.output[0] in norms else ()
            inputs = tuple(names[name] for name in node.input)
            key = (_kind(node), inputs, tuple(names[name] for name in folded))
            if key not in self._known:
                self._known[key] = self._step(node, inputs)
            step = self._known[key]
            step.users.add(user)
            names.update(zip(node.output, step.node.output, strict=True))
        return names[OUTPUT]

    def graph(self, steps: Sequence[_Step], logits: Iterable[str]) -> ModelProto:
        """These steps as a graph with these outputs."""
        used = dict.fromkeys(name for step in steps for name in step.node.input)
        like = self._like
        graph = helper.make_graph(
            [step.node for step in steps],
            "union",
            like.graph.input,
            [
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None])
                for name in logits
            ],
            [self._constants[name] for name in used if name in self._constants],
        )
        return helper.make_model(graph, opset_imports=like.opset_import, ir_version=like.ir_version)

    def _constant(self, tensor: TensorProto) -> str:
        """Name of a tensor by its content."""
        values = numpy_helper.to_array(tensor)
        content = f"{values.dtype}{values.shape}".encode() + values.tobytes()
        name = hashlib.sha256(content).hexdigest()
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(values, name)
        return name

    def _step(self, node: NodeProto, inputs: Sequence[str]) -> _Step:
        outputs = [f"value_{len(self._known)}_{i}" for i, _ in enumerate(node.output)]
        renamed = NodeProto()
        renamed.CopyFrom(node)
        renamed.ClearField("name")
        renamed.input[:] = inputs
        renamed.output[:] = outputs
        layers = (layer_of(name) for name in node.input)
        return _Step(renamed, set(), frozenset(layer for layer in layers if layer))


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
