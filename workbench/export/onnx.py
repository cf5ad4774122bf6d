"""A patched network as one ONNX file, proved before it gets its name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.backbones.inputs import InputConfig
from workbench.backbones.onnx_graph import INPUT, OUTPUT, onnx_graph, open_session
from workbench.errors import WorkbenchError
from workbench.export.frontend_graph import WAVE, with_frontend
from workbench.export.picture_graph import PICTURE, with_normalisation
from workbench.export.raw import random_examples, reader
from workbench.export.readme import readme
from workbench.export.report import (
    Comparison,
    ExportReport,
    Logits,
    compare,
    refuse_existing,
)
from workbench.images.config import PictureConfig
from workbench.methods.patch import PatchCard
from workbench.methods.registry import get
from workbench.training.assess import PatchedNetwork


def export_onnx(
    network: PatchedNetwork,
    path: Path,
    *,
    frontend: bool = False,
    examples: Tensor | None = None,
    replace: bool = False,
) -> ExportReport:
    """Write a patch, merged into its backbone, as ONNX, and a page about it beside the file.

    Args:
        network: Patch on its backbone.
        path: File to write; ``.onnx``.
        frontend: Include what makes the input, so that the graph takes the waveform instead of features, or the
            picture from 0 to 255 instead of normalised values.
        examples: To verify with, as ``raw.reader`` takes them; without them sounds or pictures are generated.
        replace: Whether a file and its page that are there already may be replaced.

    Raises:
        WorkbenchError: when the place is taken, the file cannot be written, or what was
            written does not compute the same; nothing is left behind then.
    """
    page_path = path.with_name(f"{path.name}.md")
    if not replace:
        refuse_existing(path, page_path)
    card = network.patch.card
    graph = onnx_graph(get(card.method).merged(network.model))
    if frontend:
        graph = _from_raw(graph, card.frontend)
    _describe(graph, card)
    draft = path.with_name(f".{path.name}.draft")
    try:
        write_bytes(draft, graph.SerializeToString())
        check = _verify(draft, network, frontend, examples)
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if draft.exists():
            draft.unlink()
    page = readme(path.stem, _usage(path, card, frontend), card, network.loaded.card, check)
    write_bytes(page_path, page.encode())
    size = path.stat().st_size
    return ExportReport(path, check.max_abs_diff, check.agreement, size, check.clips, check.real)


def _describe(graph: onnx.ModelProto, card: PatchCard) -> None:
    """Put into the file what a program needs to use it."""
    facts = {
        "classes": json.dumps(card.classes, ensure_ascii=False),
        "frontend": card.frontend.model_dump_json(),
        "task": card.task,
        "method": card.method,
        "backbone": card.backbone,
        "backbone_sha256": card.backbone_sha256,
    }
    onnx.helper.set_model_props(graph, facts)
    graph.producer_name = "Adaptation Workbench"


def _from_raw(graph: onnx.ModelProto, config: InputConfig) -> onnx.ModelProto:
    if isinstance(config, PictureConfig):
        return with_normalisation(graph, config)
    return with_frontend(graph, config)


def _raw_name(config: InputConfig) -> str:
    return PICTURE if isinstance(config, PictureConfig) else WAVE


def _verify(
    draft: Path, network: PatchedNetwork, frontend: bool, examples: Tensor | None
) -> Comparison:
    """Read the file back and compare it with the patched network as torch computes it."""
    onnx.checker.check_model(onnx.load(draft))
    session = open_session(onnx.load(draft))
    config = network.patch.card.frontend
    input_of = reader(config)
    model = network.model.without_chance()

    def reference(batch: Tensor) -> Tensor:
        return model(input_of(batch))  # type: ignore[no-any-return]

    def exported(batch: Tensor) -> Logits:
        name, value = (_raw_name(config), batch.float()) if frontend else (INPUT, input_of(batch))
        (logits,) = session.run([OUTPUT], {name: np.ascontiguousarray(value.numpy())})
        return np.asarray(logits, dtype=np.float32)

    with torch.no_grad():
        used = random_examples(config) if examples is None else examples
        return compare(reference, exported, used, real=examples is not None)


def _usage(path: Path, card: PatchCard, frontend: bool) -> str:
    name = _raw_name(card.frontend) if frontend else INPUT
    return (
        f"{_input_text(card.frontend, frontend)}\nOutput `{OUTPUT}`: (batch, {len(card.classes)}); softmax gives "
        "probabilities.\n\n"
        "```python\nimport onnxruntime\n\n"
        f'session = onnxruntime.InferenceSession("{path.name}")\n'
        f'(logits,) = session.run(["{OUTPUT}"], {{"{name}": batch}})\n```'
    )


def _input_text(config: InputConfig, frontend: bool) -> str:
    if isinstance(config, PictureConfig):
        shape = ", ".join(map(str, config.shape))
        scale = "from 0 to 255" if frontend else "normalised as described below"
        name = PICTURE if frontend else INPUT
        return f"Input `{name}`: 32-bit floats (batch, {shape}), {scale}."
    if frontend:
        return (
            f"Input `{WAVE}`: 32-bit floats (batch, {config.clip_samples}), mono at {config.rate_hz} Hz, "
            "from -1 to 1."
        )
    return f"Input `{INPUT}`: 32-bit floats, the features described below."


def _unwritable(path: Path, error: OSError) -> WorkbenchError:
    return WorkbenchError(
        f"{path} could not be written: {error.strerror or error}.",
        data="The patch is intact.",
        hint="Free some disk space or choose a folder that you may write to.",
    )
