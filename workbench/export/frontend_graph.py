"""A front-end as ONNX operators that every runtime has: the spectrum is a convolution with cosines and sines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from workbench.audio.frontend import Frontend, FrontendConfig, FrontendKind, build_frontend
from workbench.backbones.onnx_graph import INPUT

WAVE = "waveform"


def with_frontend(graph: onnx.ModelProto, config: FrontendConfig) -> onnx.ModelProto:
    """A graph that takes ``waveform`` (batch, sample) in [-1, 1] at ``config.rate_hz`` instead of features."""
    front = _frontend_model(config, graph)
    return compose.merge_models(front, graph, io_map=[(f"front/{INPUT}", INPUT)])


def _frontend_model(config: FrontendConfig, like: onnx.ModelProto) -> onnx.ModelProto:
    frontend = build_frontend(config)
    constants, nodes = _steps(config, frontend)
    wave = helper.make_tensor_value_info(WAVE, TensorProto.FLOAT, ["batch", config.clip_samples])
    features = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, None)
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "front", [wave], [features], initializers)
    model = helper.make_model(graph, opset_imports=like.opset_import, ir_version=like.ir_version)
    return compose.add_prefix(model, "front/", rename_inputs=False)


def _steps(
    config: FrontendConfig, frontend: Frontend
) -> tuple[dict[str, npt.NDArray[np.generic]], list[onnx.NodeProto]]:
    """Constants and operators, in the order of ``Frontend.forward``."""
    reach = config.fft_samples // 2 if config.centered else 0
    constants: dict[str, npt.NDArray[np.generic]] = {
        "padding": np.array([0, 0, reach, 0, 0, reach]),
        "one": np.array([1]),
        "kernels": _fourier_kernels(config, frontend),
        "filters": frontend.filters.numpy(),
    }
    node = helper.make_node
    nodes = [
        node("Unsqueeze", [WAVE, "one"], ["channel"]),
        node("Pad", ["channel", "padding"], ["padded"], mode="reflect"),
        node("Conv", ["padded", "kernels"], ["spectrum"], strides=[config.hop_samples]),
        node("Mul", ["spectrum", "spectrum"], ["squares"]),
        node("Split", ["squares"], ["real", "imaginary"], axis=1, num_outputs=2),
        node("Add", ["real", "imaginary"], ["power"]),
        node("Transpose", ["power"], ["rows"], perm=[0, 2, 1]),
        node("MatMul", ["rows", "filters"], ["mel"]),
        *_lifted(config, constants),
        node("Log", ["lifted"], ["log"]),
    ]
    last = "log"
    if config.kind is FrontendKind.MFCC:
        constants["cosines"] = frontend.cosines.numpy()
        nodes.append(node("MatMul", [last, "cosines"], ["cepstrum"]))
        last = "cepstrum"
    if config.layout == "mel_first":
        nodes.append(node("Transpose", [last], ["mel_first"], perm=[0, 2, 1]))
        last = "mel_first"
    nodes.append(node("Unsqueeze", [last, "one"], [INPUT]))
    return constants, nodes


def _lifted(
    config: FrontendConfig, constants: dict[str, npt.NDArray[np.generic]]
) -> list[onnx.NodeProto]:
    """What the logarithm is taken of: ``mel`` raised by the offset, or one where a band is empty."""
    if config.log_offset:
        constants["offset"] = np.array(config.log_offset, np.float32)
        return [helper.make_node("Add", ["mel", "offset"], ["lifted"])]
    constants["nothing"] = np.array(0, np.float32)
    constants["unit"] = np.array(1, np.float32)
    return [
        helper.make_node("Greater", ["mel", "nothing"], ["sounds"]),
        helper.make_node("Where", ["sounds", "mel", "unit"], ["lifted"]),
    ]


def _fourier_kernels(config: FrontendConfig, frontend: Frontend) -> npt.NDArray[np.float32]:
    """Windowed cosines, then sines: (2 * bin, 1, sample). The window sits in the middle of the transform."""
    size = config.fft_samples
    before = (size - config.window_samples) // 2
    window = np.zeros(size)
    window[before : before + config.window_samples] = frontend.window.numpy()
    phase = 2 * np.pi * np.outer(np.arange(size // 2 + 1), np.arange(size)) / size
    kernels = np.concatenate([np.cos(phase), -np.sin(phase)]) * window
    return kernels[:, None, :].astype(np.float32)
