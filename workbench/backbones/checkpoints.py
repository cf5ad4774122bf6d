"""Importing public checkpoints: recognised by keys and shapes, complete or refused.

loaded, report = import_checkpoint(Path("res8.pt"))
loaded = install(loaded)          # now known to ``list_backbones`` under ``loaded.card.name``
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from workbench import locations
from workbench.audio.frontend import FRONTENDS, FrontendConfig, build_frontend
from workbench.backbones.base import Backbone
from workbench.backbones.card import WeightsCard
from workbench.backbones.checkpoint_files import read_tensors
from workbench.backbones.checkpoint_layouts import (
    Layout,
    fold_scales,
    not_finite,
    recognise,
    without_prefix,
)
from workbench.backbones.registry import (
    CARD_FILE,
    LoadedBackbone,
    architectures,
    build,
    default_frontend,
    save_backbone,
)
from workbench.errors import WorkbenchError

_COUNTER = "num_batches_tracked"


@dataclass(frozen=True)
class Reshaped:
    """A tensor of the right name and the wrong shape."""

    name: str
    found: tuple[int, ...]
    expected: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} {_shape(self.found)} instead of {_shape(self.expected)}"


@dataclass(frozen=True)
class MatchReport:
    """What became of each tensor of a checkpoint.

    Attributes:
        matched: Found under the name that the architecture uses.
        renamed: Pairs (name in the file, name in the architecture).
        missing: Needed and not in the file; batch counters of norms, which nothing reads, are not counted.
        unexpected: In the file and not used.
        reshaped: Of another shape than the architecture's.
        folded: Pairs (factor in the file, weight that it was multiplied into).
    """

    matched: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[Reshaped, ...]
    folded: tuple[tuple[str, str], ...] = ()

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.reshaped


class CheckpointMismatchError(WorkbenchError):
    """A checkpoint that does not fill its architecture; ``report`` says where."""

    def __init__(self, file_name: str, architecture: str, report: MatchReport) -> None:
        problems = []
        if report.missing:
            problems.append(f"missing: {', '.join(report.missing)}")
        if report.reshaped:
            problems.append(f"another shape: {', '.join(map(str, report.reshaped))}")
        super().__init__(
            f"{file_name} does not fill {architecture}; {'; '.join(problems)}.",
            data="Nothing was loaded.",
            hint="Name the right architecture, or choose a complete checkpoint.",
        )
        self.report = report


@dataclass(frozen=True)
class Examination:
    """What a checkpoint holds, before names are given to its classes.

    Attributes:
        architecture: Recognised, or as asked for.
        classes: Outputs of its head.
        labels: Label order of the public checkpoints with as many classes; empty when there is none.
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
    layout = recognise(found, path.name)
    architecture = architecture or layout.architecture
    if architecture not in architectures():
        raise WorkbenchError(
            f"{path.name} is a {architecture}, and no architecture of that name is known.",
            data="Nothing was loaded.",
            hint=f"Known are {', '.join(architectures())}.",
        )
    tensors, folded = fold_scales(without_prefix(found, layout.prefix), path.name)
    broken = not_finite(tensors)
    if broken:
        raise WorkbenchError(
            f"{path.name} holds values that are not numbers, in {', '.join(broken)}.",
            data="Nothing was loaded.",
            hint="Choose a checkpoint from before its training went wrong.",
        )
    head = tensors.get(f"{layout.head}.weight")
    classes = head.shape[0] if head is not None else len(layout.labels)
    network = build(architecture, classes)
    report = _match(network, tensors, folded, found, layout)
    labels = layout.labels if classes == len(layout.labels) else ()
    return Examination(architecture, classes, labels, tensors, report)


def import_checkpoint(
    path: Path,
    architecture: str | None = None,
    labels: Sequence[str] | None = None,
    frontend: FrontendConfig | str | None = None,
) -> tuple[LoadedBackbone, MatchReport]:
    """Load a public checkpoint; it is complete or it is refused.

    Args:
        path: ``.safetensors``, or what ``torch.save`` wrote.
        architecture: Registry name; None recognises it by keys and shapes.
        labels: Classes in the order of the head; None takes the public order for 12 classes.
        frontend: Features that it was trained on, or their name in ``FRONTENDS``; None takes the architecture's.

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
    features = _frontend(frontend, examined.architecture)
    _check_fit(features, network)
    state = {n: t for n, t in examined.tensors.items() if n in network.state_dict()}
    counters = {n: t for n, t in network.state_dict().items() if n.endswith(_COUNTER)}
    network.load_state_dict({**counters, **state})
    network.eval()
    card = WeightsCard(
        name=suggested_name(path, examined.architecture),
        architecture=examined.architecture,
        labels=names,
        frontend=features,
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


def _match(
    network: Backbone,
    tensors: Mapping[str, Tensor],
    folded: tuple[tuple[str, str], ...],
    found: Mapping[str, Tensor],
    layout: Layout,
) -> MatchReport:
    wanted = network.state_dict()
    common = [name for name in wanted if name in tensors]
    fits = {name for name in common if tensors[name].shape == wanted[name].shape}
    used = {layout.prefix + name for name in common} | {layout.prefix + key for key, _ in folded}
    return MatchReport(
        matched=tuple(n for n in common if n in fits and not layout.prefix),
        renamed=tuple((layout.prefix + n, n) for n in common if n in fits and layout.prefix),
        missing=tuple(n for n in wanted if n not in tensors and not n.endswith(_COUNTER)),
        unexpected=tuple(sorted(found.keys() - used)),
        reshaped=tuple(
            Reshaped(n, tuple(tensors[n].shape), tuple(wanted[n].shape))
            for n in common
            if n not in fits
        ),
        folded=tuple((layout.prefix + key, target) for key, target in folded),
    )


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


def _frontend(frontend: FrontendConfig | str | None, architecture: str) -> FrontendConfig:
    if frontend is None:
        return default_frontend(architecture)
    if isinstance(frontend, FrontendConfig):
        return frontend
    if frontend not in FRONTENDS:
        raise WorkbenchError(
            f"There is no front-end named {frontend!r}.", hint=f"Known are {', '.join(FRONTENDS)}."
        )
    return FRONTENDS[frontend]


def _check_fit(frontend: FrontendConfig, network: Backbone) -> None:
    """Compare shapes on one example; that a network runs is not enough.

    Res networks average over whatever they are given, but their exported graph takes one shape only.
    """
    example = build_frontend(frontend)(torch.zeros(1, frontend.clip_samples))
    found = tuple(example.shape[1:])
    if found != network.input_spec.shape:
        raise WorkbenchError(
            f"The front-end gives examples of {_shape(found)}, but {network.architecture} takes "
            f"{_shape(network.input_spec.shape)}, which is {network.input_spec.layout}.",
            data="Nothing was loaded.",
            hint="Choose another front-end, or leave it out to take the architecture's own.",
        )


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"
