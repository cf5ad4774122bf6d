"""The patch file: what a task stores, with a card that says everything about it.

One ``.patch.safetensors``: tensors plus the card as JSON in the header. It is read back and compared before it
counts as saved.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from workbench.atomic import write_bytes
from workbench.backbones.inputs import InputConfig
from workbench.backbones.registry import LoadedBackbone, folder_with_weights
from workbench.data.findings import names
from workbench.errors import WorkbenchError
from workbench.methods.base import MethodConfig, TaskModel
from workbench.methods.decision import LayerDecision
from workbench.methods.int8 import SCALE
from workbench.methods.registry import get

FORMAT_VERSION = 1
SUFFIX = ".patch.safetensors"
_CARD_KEY = "card"
_BESIDE_BACKBONE = ("delta", "weight", "stat")
"""Purposes of tensors that are named after a tensor of the backbone and shaped like it."""


class StoredDecision(BaseModel):
    """What happened to one layer, as kept in the card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str
    group: str
    parameters: int
    changed: bool
    probability: float
    share: float
    delta_norm: float
    relative_norm: float

    @classmethod
    def of(cls, decision: LayerDecision) -> StoredDecision:
        return cls(**{**asdict(decision), "kind": str(decision.kind)})


class PatchCard(BaseModel):
    """Everything that is known about a patch.

    Attributes:
        backbone_sha256: Of the weights the patch belongs to; any other is refused.
        cost: ``Cost.as_record()``.
        metrics: Accuracy, n and ci95 per split.
        versions: Of this program and of torch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    task: str
    method: str
    config: dict[str, Any]
    backbone: str
    backbone_sha256: str
    classes: tuple[str, ...]
    frontend: InputConfig
    decisions: tuple[StoredDecision, ...]
    cost: dict[str, float | int]
    seed: int
    epochs: int
    versions: dict[str, str]
    metrics: dict[str, dict[str, Any]] = {}

    def method_config(self) -> MethodConfig:
        """Raises: WorkbenchError for settings that this version does not know or allow."""
        try:
            return get(self.method).Config.model_validate(self.config)
        except ValidationError as error:
            fields = [".".join(map(str, problem["loc"])) for problem in error.errors()]
            raise WorkbenchError(
                f"The patch for {self.task} has settings that this version does not understand: "
                f"{names(fields)}.",
                data="Nothing was loaded.",
                hint="Update the workbench; the patch was made by another version of it.",
            ) from error


@dataclass(frozen=True)
class Patch:
    card: PatchCard
    tensors: dict[str, Tensor]


def save_patch(patch: Patch, path: Path) -> None:
    """Write, read back, compare.

    Raises:
        WorkbenchError: when it cannot be written, or what was written is not what was meant.
    """
    tensors = {name: tensor.contiguous() for name, tensor in sorted(patch.tensors.items())}
    write_bytes(path, save(tensors, {_CARD_KEY: patch.card.model_dump_json()}))
    written = read_patch(path)
    same = written.card == patch.card and written.tensors.keys() == tensors.keys()
    if not same or any(not torch.equal(written.tensors[n], t) for n, t in tensors.items()):
        raise WorkbenchError(
            f"{path.name} does not read back as it was written.",
            data="The run and its checkpoints are intact.",
            hint="Check the disk, then save the patch again from the run.",
        )


def read_patch(path: Path, backbone_sha256: str | None = None) -> Patch:
    """Read a patch file.

    Args:
        path: File to read.
        backbone_sha256: When given, a patch for any other backbone is refused.

    Raises:
        WorkbenchError: for a missing, truncated or foreign file, a newer format, another backbone, or a layer that
            is changed according to the card and has no tensor.
    """
    card = read_patch_card(path)
    try:
        tensors = load(path.read_bytes())
    except (OSError, SafetensorError) as error:
        raise _incomplete(path, error) from error
    if backbone_sha256 is not None and card.backbone_sha256 != backbone_sha256:
        raise WorkbenchError(
            f"{path.name} belongs to {card.backbone} #{card.backbone_sha256[:8]}, not to the "
            f"loaded backbone #{backbone_sha256[:8]}.",
            data="Nothing was loaded.",
            hint=f"Load {card.backbone} first.",
        )
    patch = Patch(card, tensors)
    lost = [d.name for d in card.decisions if d.changed and not _is_stored(patch, d.name)]
    if lost:
        raise _damaged(path.name, lost, "missing")
    return patch


def read_patch_card(path: Path) -> PatchCard:
    """What a patch file says about itself; its tensors are left alone.

    Raises:
        WorkbenchError: for a missing, truncated or foreign file, or a newer format.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise _incomplete(path, error) from error
    return _read_card(path, metadata.get(_CARD_KEY, ""))


def _incomplete(path: Path, error: Exception) -> WorkbenchError:
    return WorkbenchError(
        f"{path.name} is not a complete patch file ({error}).",
        data="Nothing was loaded.",
        hint="Copy the file again, or save the patch again from its run.",
    )


def _is_stored(patch: Patch, layer: str) -> bool:
    """Whether a changed layer has a tensor; without it the layer would pass for unchanged."""
    return any(name.partition("/")[2].rpartition(".")[0] == layer for name in patch.tensors)


def _read_card(path: Path, text: str) -> PatchCard:
    try:
        version = int(json.loads(text)["format_version"])
        if version > FORMAT_VERSION:
            raise WorkbenchError(
                f"{path.name} was written by a newer version (format {version}).",
                data="Nothing was loaded.",
                hint="Update the workbench.",
            )
        return PatchCard.model_validate_json(text)
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise WorkbenchError(
            f"{path.name} has no readable card; it is not a patch of this program.",
            data="Nothing was loaded.",
            hint="Choose a file that ends in .patch.safetensors.",
        ) from error


def backbone_source(
    card: PatchCard, otherwise: str | None = None, beside: Path | None = None
) -> str | Path:
    """Folder of the backbone that a patch belongs to, whatever its name is there.

    Args:
        card: Of the patch.
        otherwise: Name or folder to use when none is found.
        beside: Folder of the patch, where the run may have left the backbone that it trained.

    Raises:
        WorkbenchError: when none is installed and nothing else is named.
    """
    source = folder_with_weights(card.backbone_sha256, card.backbone, beside) or otherwise
    if source is None:
        raise WorkbenchError(
            f"The patch for {card.task} belongs to {card.backbone} #{card.backbone_sha256[:8]}, and no "
            "installed backbone has those weights.",
            data="Nothing was loaded.",
            hint="Install or import that backbone; on the command line --backbone FOLDER names one "
            "that lies elsewhere.",
        )
    return source


def apply_patch(patch: Patch, loaded: LoadedBackbone) -> TaskModel:
    """The task's model in evaluation mode.

    Raises:
        WorkbenchError: when the patch belongs to another backbone, was made with settings of another version, or
            its tensors are not the ones that its card promises.
    """
    if patch.card.backbone_sha256 != loaded.card.sha256:
        raise WorkbenchError(
            f"The patch belongs to {patch.card.backbone} #{patch.card.backbone_sha256[:8]}, not to "
            f"{loaded.card.name} #{loaded.card.sha256[:8]}.",
            data="Nothing was loaded.",
            hint=f"Load {patch.card.backbone} first.",
        )
    card = patch.card
    method = get(card.method)
    config = card.method_config()
    backbone = loaded.taking(card.frontend)
    model: TaskModel = method.attach(backbone, card.classes, config, card.seed)
    method.make_room(model, patch.tensors)
    _check_tensors(patch, loaded, method.patch_tensors(model, config))
    method.load(model, patch.tensors)
    model.eval()
    model.requires_grad_(False)
    return model


def _check_tensors(patch: Patch, loaded: LoadedBackbone, always: dict[str, Tensor]) -> None:
    """Refuse a patch whose tensors are missing, foreign or of another shape, before any is loaded.

    Args:
        patch: As read.
        loaded: Its backbone, whose tensors give the shapes of what a patch may store beside them.
        always: What the method stores before training; of these only the ``delta`` of a layer may be left out.
    """
    backbone = loaded.backbone.state_dict()
    shapes = {f"{kind}/{n}": t.shape for kind in _BESIDE_BACKBONE for n, t in backbone.items()}
    shapes |= {f"{SCALE}{n}": t[:, :1, :1, :1].shape for n, t in backbone.items() if t.dim() == 4}
    shapes |= {name: tensor.shape for name, tensor in always.items()}
    missing = [n for n in always if n not in patch.tensors and not n.startswith("delta/")]
    unfit = [name for name, tensor in patch.tensors.items() if shapes.get(name) != tensor.shape]
    if missing:
        raise _damaged(f"The patch for {patch.card.task}", missing, "missing")
    if unfit:
        raise _damaged(f"The patch for {patch.card.task}", unfit, "not fitting")


def _damaged(what: str, tensors: Sequence[str], state: str) -> WorkbenchError:
    return WorkbenchError(
        f"{what} is damaged; {state}: {names(tensors)}.",
        data="Nothing was loaded.",
        hint="Copy the file again, or save the patch again from its run.",
    )
