"""A patch folded into its backbone: a folder that loads like any other backbone."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.backbones.card import MeasuredAccuracy, WeightsCard
from workbench.backbones.registry import load_backbone, save_backbone
from workbench.errors import WorkbenchError
from workbench.export.readme import readme
from workbench.export.report import (
    Comparison,
    ExportReport,
    Logits,
    compare,
    network_input,
    random_examples,
)
from workbench.methods.registry import get
from workbench.training.assess import PatchedNetwork

README_FILE = "README.md"


def export_merged(
    network: PatchedNetwork, folder: Path, *, waves: Tensor | None = None
) -> ExportReport:
    """Write weights, card and page into a folder that ``load_backbone`` reads.

    Args:
        network: Patch on its backbone.
        folder: To be made, or empty.
        waves: Clips (clip, sample) to verify with; without them generated examples are used.

    Raises:
        WorkbenchError: when the method cannot be merged, the folder is in use or cannot be written, or what was
            written does not compute the same; nothing is left behind then.
    """
    _refuse_occupied(folder)
    method = get(network.patch.card.method)
    if not method.is_mergeable(network.model):
        raise WorkbenchError(
            f"{method.title} adds layers to {network.loaded.card.name} that its kernels cannot take up.",
            data="Nothing was written; the patch is intact.",
            hint="Export it as ONNX, which holds the added layers as well.",
        )
    backbone = method.merged(network.model)
    card = _card(network, folder)
    draft = folder.with_name(f".{folder.name}.draft")
    try:
        _clear(draft)
        written = save_backbone(backbone, card, draft)
        check = _verify(draft, network, waves)
        page = readme(written.name, _usage(folder), network.patch.card, network.loaded.card, check)
        write_bytes(draft / README_FILE, page.encode())
        _put_in_place(draft, folder)
    except OSError as error:
        raise WorkbenchError(
            f"{folder} could not be written: {error.strerror or error}.",
            data="The patch is intact.",
            hint="Free some disk space or choose a folder that you may write to.",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    size = sum(file.stat().st_size for file in folder.iterdir())
    return ExportReport(folder, check.max_abs_diff, check.agreement, size, check.clips, check.real)


def _card(network: PatchedNetwork, folder: Path) -> WeightsCard:
    base, patch = network.loaded.card, network.patch.card
    metrics = tuple(
        MeasuredAccuracy(
            dataset=f"{patch.task}, {part}",
            accuracy=found["accuracy"],
            ci95=tuple(found["ci95"]),
            n=found["n"],
        )
        for part, found in patch.metrics.items()
    )
    return base.model_copy(
        update={
            "name": folder.name,
            "labels": patch.classes,
            "metrics": metrics,
            "recipe": f"Patch {patch.task} ({patch.method}, seed {patch.seed}) merged into {base.name} "
            f"#{base.sha256[:12]}.",
        }
    )


def _verify(draft: Path, network: PatchedNetwork, waves: Tensor | None) -> Comparison:
    """Load the folder as anybody would, and compare it with the patched network."""
    loaded = load_backbone(draft)
    config = network.patch.card.frontend
    features_of, read_features_of = network_input(config), network_input(loaded.card.frontend)

    def reference(batch: Tensor) -> Tensor:
        return network.model(features_of(batch))  # type: ignore[no-any-return]

    def exported(batch: Tensor) -> Logits:
        return np.asarray(loaded.backbone(read_features_of(batch)).numpy())

    examples = random_examples(config) if waves is None else waves
    return compare(reference, exported, examples, real=waves is not None)


def _refuse_occupied(folder: Path) -> None:
    """A backbone may lie there, and nothing tells an earlier export from one that cannot be made again."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise WorkbenchError(
            f"{folder} holds something already.",
            data="Nothing was written there.",
            hint="Choose a new or an empty folder.",
        )


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename the finished folder; an empty one gives way."""
    if folder.exists():
        folder.rmdir()
    draft.replace(folder)


def _clear(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _usage(folder: Path) -> str:
    return (
        "Use it like any other backbone:\n\n"
        f"```\nworkbench evaluate --backbone {folder.name} --data DIR\n```\n\n"
        "The weights are plain `safetensors`; every tensor has the name that it has in the architecture."
    )
