"""A patched network as one ONNX file, proved before it gets its name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.backbones.inputs import sound_of
from workbench.backbones.onnx_graph import INPUT, OUTPUT, onnx_graph, open_session
from workbench.errors import WorkbenchError
from workbench.export.frontend_graph import WAVE, with_frontend
from workbench.export.readme import readme
from workbench.export.report import (
    Comparison,
    ExportReport,
    Logits,
    compare,
    network_input,
    random_examples,
    refuse_existing,
)
from workbench.methods.patch import PatchCard
from workbench.methods.registry import get
from workbench.training.assess import PatchedNetwork


def export_onnx(
    network: PatchedNetwork,
    path: Path,
    *,
    frontend: bool = False,
    waves: Tensor | None = None,
    replace: bool = False,
) -> ExportReport:
    """Write a patch, merged into its backbone, as ONNX, and a page about it beside the file.

    Args:
        network: Patch on its backbone.
        path: File to write; ``.onnx``.
        frontend: Include the front-end, so that the graph takes the waveform instead of features.
        waves: Clips (clip, sample) to verify with; without them generated examples are used.
        replace: Whether a file and its page that are there already may be replaced.

    Raises:
        WorkbenchError: when the place is taken, the file cannot be written, or what was
            written does not compute the same; nothing is left behind then.
    """
    page_path = path.with_suffix(".md")
    if not replace:
        refuse_existing(path, page_path)
    card = network.patch.card
    graph = onnx_graph(get(card.method).merged(network.model))
    if frontend:
        graph = with_frontend(graph, sound_of(card.frontend))
    _describe(graph, card)
    draft = path.with_name(f".{path.name}.draft")
    try:
        write_bytes(draft, graph.SerializeToString())
        check = _verify(draft, network, frontend, waves)
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


def _verify(
    draft: Path, network: PatchedNetwork, frontend: bool, waves: Tensor | None
) -> Comparison:
    """Read the file back and compare it with the patched network as torch computes it."""
    onnx.checker.check_model(onnx.load(draft))
    session = open_session(onnx.load(draft))
    config = network.patch.card.frontend
    features_of = network_input(config)

    def reference(batch: Tensor) -> Tensor:
        return network.model(features_of(batch))  # type: ignore[no-any-return]

    def exported(batch: Tensor) -> Logits:
        name, value = (WAVE, batch) if frontend else (INPUT, features_of(batch))
        (logits,) = session.run([OUTPUT], {name: np.ascontiguousarray(value.numpy())})
        return np.asarray(logits, dtype=np.float32)

    with torch.no_grad():
        examples = random_examples(config) if waves is None else waves
        return compare(reference, exported, examples, real=waves is not None)


def _usage(path: Path, card: PatchCard, frontend: bool) -> str:
    if frontend:
        config = sound_of(card.frontend)
        kind = f"mono at {config.rate_hz} Hz, from -1 to 1"
        what = f"Input `{WAVE}`: 32-bit floats (batch, {config.clip_samples}), {kind}."
    else:
        shape = ", ".join(map(str, card.frontend.shape))
        what = f"Input `{INPUT}`: 32-bit floats (batch, {shape}), made as described below."
    return (
        f"{what}\nOutput `{OUTPUT}`: (batch, {len(card.classes)}); softmax gives probabilities.\n\n"
        "```python\nimport onnxruntime\n\n"
        f'session = onnxruntime.InferenceSession("{path.name}")\n'
        f'(logits,) = session.run(["{OUTPUT}"], {{"{WAVE if frontend else INPUT}": batch}})\n```'
    )


def _unwritable(path: Path, error: OSError) -> WorkbenchError:
    return WorkbenchError(
        f"{path} could not be written: {error.strerror or error}.",
        data="The patch is intact.",
        hint="Free some disk space or choose a folder that you may write to.",
    )
