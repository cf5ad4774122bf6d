"""Normalisation of pictures as ONNX operators."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from workbench.backbones.onnx_graph import INPUT
from workbench.images.config import PictureConfig
from workbench.images.normalise import FULL_SCALE

PICTURE = "picture"


def with_normalisation(graph: onnx.ModelProto, config: PictureConfig) -> onnx.ModelProto:
    """A graph that takes ``picture`` (batch, channel, height, width) from 0 to 255, not normalised."""
    mean, std = (
        np.asarray(values, np.float32).reshape(1, -1, 1, 1) * np.float32(FULL_SCALE)
        for values in (config.mean, config.std)
    )
    nodes = [
        helper.make_node("Sub", [PICTURE, "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "std"], [INPUT]),
    ]
    shape: list[str | int] = ["batch", *config.shape]
    front = helper.make_graph(
        nodes,
        "front",
        [helper.make_tensor_value_info(PICTURE, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(mean, "mean"), numpy_helper.from_array(std, "std")],
    )
    model = helper.make_model(front, opset_imports=graph.opset_import, ir_version=graph.ir_version)
    prefixed = compose.add_prefix(model, "front/", rename_inputs=False)
    return compose.merge_models(prefixed, graph, io_map=[(f"front/{INPUT}", INPUT)])
