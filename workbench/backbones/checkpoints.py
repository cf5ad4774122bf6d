"""Importing public checkpoints: recognised by keys and shapes, complete or refused.

loaded, report = import_checkpoint(Path("res8.pt"))
loaded = install(loaded)          # now known to ``list_backbones`` under ``loaded.card.name``
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from workbench import locations
from workbench.backbones.base import Backbone
from workbench.backbones.card import WeightsCard
from workbench.backbones.checkpoint_files import read_tensors
from workbench.backbones.checkpoint_layouts import (
    COUNTER,
    Layout,
    fold_scales,
    not_finite,
    recognise_sound,
    refusal,
)
from workbench.backbones.checkpoint_match import (
    CheckpointMismatchError,
    MatchReport,
    match,
    shape_text,
)
from workbench.backbones.inputs import InputConfig, input_named
from workbench.backbones.picture_layouts import recognise_picture
from workbench.backbones.registry import (
    CARD_FILE,
    LoadedBackbone,
    architectures,
    build,
    default_input,
    save_backbone,
)
from workbench.errors import WorkbenchError
from workbench.images.config import PictureConfig


@dataclass(frozen=True)
class Examination:
    """What a checkpoint holds, before names are given to its classes.

    Attributes:
        architecture: Recognised, or as asked for.
        classes: Outputs of its head.
        labels: Label order of the public checkpoints of speech with as many classes, numbers for classes of
            pictures; empty when there is neither.
        tensors: By the names that the architecture uses; complete when ``report`` is.
    """

    architecture: str
    classes: int
    labels: tuple[str, ...]
    tensors: Mapping[str, Tensor]
    report: MatchReport


def examine_checkpoint(path: Path, architecture: str | None = None) -> Examination:
    """Recognise a checkpoint and match it tensor by tensor; an incomplete one is reported, not refused.

    Raises:
        WorkbenchError: for an unreadable file, an unknown layout, a pruned network or an unknown architecture.
    """
    found = read_tensors(path)
    layout = _recognise(found, path.name)
    architecture = architecture or layout.architecture
    if architecture not in architectures():
        raise WorkbenchError(
            f"{path.name} is a {architecture}, and no architecture of that name is known.",
            data="Nothing was loaded.",
            hint=f"Known are {', '.join(architectures())}.",
        )
    named = {name: found[key] for key, name in layout.names.items()}
    tensors, folded = fold_scales(named, path.name)
    broken = not_finite(tensors)
    if broken:
        raise WorkbenchError(
            f"{path.name} holds values that are not numbers, in {', '.join(broken)}.",
            data="Nothing was loaded.",
            hint="Choose a checkpoint from before its training went wrong.",
        )
    classes = _classes(tensors, layout)
    network = build(architecture, classes)
    report = match(network.state_dict(), tensors, folded, found, layout)
    surplus = [key for key in report.unexpected if layout.is_layer(layout.names.get(key, key))]
    if report.is_complete and surplus:
        raise WorkbenchError(
            f"{path.name} has {len(surplus)} tensors of layers beyond {architecture}: {', '.join(surplus[:4])}…",
            data="Nothing was loaded.",
            hint="Name the right architecture; a part of a network is not taken for a whole one.",
        )
    return Examination(
        architecture, classes, _labels(architecture, classes, layout), tensors, report
    )


def import_checkpoint(
    path: Path,
    architecture: str | None = None,
    labels: Sequence[str] | None = None,
    frontend: InputConfig | str | None = None,
) -> tuple[LoadedBackbone, MatchReport]:
    """Load a public checkpoint; it is complete or it is refused.

    Args:
        path: ``.safetensors``, or what ``torch.save`` wrote.
        architecture: Registry name; None recognises it by keys and shapes.
        labels: Classes in the order of the head; None takes the public order for 12 classes of speech and numbers
            the classes of pictures, whose head is replaced by adaptation anyway.
        frontend: Features or pictures that it was trained on, or their name in ``INPUTS``; None takes the
            architecture's.

    Returns:
        The backbone in evaluation mode with a card (its hash is set by ``install``), and the matching report.

    Raises:
        CheckpointMismatchError: when tensors are missing or of another shape; lists exactly those.
        WorkbenchError: when the file cannot be read or recognised, the labels do not fit its head, or the front-end
            gives examples of another shape than the architecture takes.
    """
    examined = examine_checkpoint(path, architecture)
    if not examined.report.is_complete:
        raise CheckpointMismatchError(path.name, examined.architecture, examined.report)
    names = tuple(labels) if labels is not None else examined.labels
    _check_labels(names, examined.classes, path.name)
    network = build(examined.architecture, examined.classes)
    chosen = _input(frontend, examined.architecture)
    _check_fit(chosen, network)
    state = {n: t for n, t in examined.tensors.items() if n in network.state_dict()}
    counters = {n: t for n, t in network.state_dict().items() if n.endswith(COUNTER)}
    network.load_state_dict({**counters, **state})
    network.eval()
    card = WeightsCard(
        name=suggested_name(path, examined.architecture),
        architecture=examined.architecture,
        labels=names,
        frontend=chosen,
        recipe=f"Imported from {path.name}.",
    )
    return LoadedBackbone(network, card), examined.report


def install(loaded: LoadedBackbone, folder: Path | None = None) -> LoadedBackbone:
    """Keep an imported backbone with the user's own.

    Args:
        loaded: What ``import_checkpoint`` gave.
        folder: Where its files go, and with its last part the backbone's name; None uses the card's name
            in the user's folder of backbones.

    Raises:
        WorkbenchError: when there is a backbone already, or the folder cannot be written.
    """
    folder = folder or locations.user_models_dir() / loaded.card.name
    if (folder / CARD_FILE).exists():
        raise WorkbenchError(
            f"There is already a backbone named {folder.name}.",
            hint="Give the imported one another name.",
        )
    card = loaded.card.model_copy(update={"name": folder.name})
    return LoadedBackbone(loaded.backbone, save_backbone(loaded.backbone, card, folder))


def suggested_name(path: Path, architecture: str) -> str:
    """``architecture.tag`` with the tag from the name of the file."""
    rest = re.sub(r"[^a-z0-9]+", "-", path.stem.lower().removeprefix(architecture)).strip("-")
    return f"{architecture}.{rest or 'imported'}"


def _recognise(tensors: Mapping[str, Tensor], file_name: str) -> Layout:
    layout = recognise_sound(tensors, file_name) or recognise_picture(tensors, file_name)
    if layout is None:
        raise refusal(
            f"{file_name} has none of the known layouts; its first tensors are "
            f"{', '.join(sorted(tensors)[:4])}.",
            "For sound, BC-ResNet, Res8, Res15 and Res26 checkpoints with their public key names are understood, and "
            "the audio encoders of this program; for pictures, MobileNetV2, ResNet, InceptionV3, DenseNet and LeNet.",
        )
    return layout


def _classes(tensors: Mapping[str, Tensor], layout: Layout) -> int:
    """Outputs of the head; where the file has none, what its layout is known for, or one."""
    for leaf in ("weight", "bias"):
        tensor = tensors.get(f"{layout.head}.{leaf}")
        if tensor is not None and tensor.dim() > 0:
            return tensor.shape[0]
    return len(layout.labels) or 1


def _labels(architecture: str, classes: int, layout: Layout) -> tuple[str, ...]:
    if isinstance(default_input(architecture), PictureConfig):
        return tuple(f"class {number}" for number in range(classes))
    return layout.labels if classes == len(layout.labels) else ()


def _check_labels(labels: tuple[str, ...], classes: int, file_name: str) -> None:
    if classes and not labels:
        raise WorkbenchError(
            f"{file_name} has {classes} classes, and their names are not in the file.",
            data="Nothing was loaded.",
            hint="Give the labels in the order of its outputs.",
        )
    if len(labels) != classes or len(set(labels)) != classes:
        raise WorkbenchError(
            f"{file_name} has {classes} classes, but {len(set(labels))} different labels were given.",
            data="Nothing was loaded.",
            hint="Give one label per output, in their order.",
        )


def _input(given: InputConfig | str | None, architecture: str) -> InputConfig:
    if given is None:
        return default_input(architecture)
    return input_named(given) if isinstance(given, str) else given


def _check_fit(given: InputConfig, network: Backbone) -> None:
    """Compare shapes; that a network runs is not enough.

    Res networks average over whatever they are given, but their exported graph takes one shape only.
    """
    if given.shape != network.input_spec.shape:
        raise WorkbenchError(
            f"The front-end gives examples of {shape_text(given.shape)}, but {network.architecture} takes "
            f"{shape_text(network.input_spec.shape)}, which is {network.input_spec.layout}.",
            data="Nothing was loaded.",
            hint="Choose another front-end, or leave it out to take the architecture's own.",
        )
