"""Names of architectures and of backbones with weights, and how to get either."""

from __future__ import annotations

import copy
import difflib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save

from workbench import locations
from workbench.atomic import write_bytes
from workbench.backbones.audio_encoder import ENCODER_SHAPES, AudioEncoder
from workbench.backbones.base import Backbone
from workbench.backbones.bcresnet import BCResNet
from workbench.backbones.card import WeightsCard
from workbench.backbones.cifar_resnet import CIFAR_RESNET_BLOCKS, CifarResNet
from workbench.backbones.densenet import DENSENET_SHAPES, DenseNet
from workbench.backbones.extend import make_room
from workbench.backbones.inception import InceptionV3
from workbench.backbones.inputs import INPUTS, InputConfig
from workbench.backbones.lenet import LeNet
from workbench.backbones.mobilenet import MobileNetV2, name_of
from workbench.backbones.res import RES_SHAPES, Res
from workbench.backbones.resnet import RESNET_SHAPES, ResNet
from workbench.errors import WorkbenchError
from workbench.images.config import PictureConfig

WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "card.json"
TRAINED_FOLDER = "backbone"
"""Where a run keeps a backbone that it trained, beside the patches for it."""

BCRESNET_TAUS = (1, 1.5, 2, 3, 6, 8)
MOBILENET_WIDTHS = (1, 0.25, 0.35, 0.5, 0.75, 1.3, 1.4)
"""Widths that have been published with weights."""

_BUILDERS: dict[str, tuple[Callable[[int], Backbone], str]] = {
    **{f"bcresnet{tau:g}": (partial(BCResNet, tau), "logmel40") for tau in BCRESNET_TAUS},
    **{name: (partial(Res, name), "mfcc40") for name in RES_SHAPES},
    **{name: (partial(AudioEncoder, name), "logmel64") for name in ENCODER_SHAPES},
    **{name_of(width): (partial(MobileNetV2, width), "imagenet224") for width in MOBILENET_WIDTHS},
    **{name: (partial(ResNet, name), "imagenet224") for name in RESNET_SHAPES},
    "inception_v3": (InceptionV3, "inception299"),
    **{name: (partial(CifarResNet, name), "cifar32-imagenet") for name in CIFAR_RESNET_BLOCKS},
    **{name: (partial(DenseNet, name), "cifar32") for name in DENSENET_SHAPES},
    "lenet5_small": (LeNet, "mnist28"),
}


@dataclass(frozen=True)
class LoadedBackbone:
    """Network in evaluation mode together with its card."""

    backbone: Backbone
    card: WeightsCard

    def taking(self, frontend: InputConfig) -> Backbone:
        """The same weights as a network of examples of another shape than the card's: coarser or finer features,
        larger or smaller pictures.

        Raises:
            WorkbenchError: when the network has no place for examples of that shape.
        """
        if frontend == self.card.frontend:
            return self.backbone
        other = copy.copy(self.backbone)
        other.input_spec = replace(self.backbone.input_spec, shape=frontend.shape)
        try:
            other.layers()
        except RuntimeError as error:
            raise WorkbenchError(
                f"{self.card.architecture} cannot take examples of {' x '.join(map(str, frontend.shape))}.",
                data="Nothing was started.",
                hint=f"Leave them at {' x '.join(map(str, self.card.frontend.shape))}, or choose another backbone.",
            ) from error
        return other


def architectures() -> tuple[str, ...]:
    return tuple(_BUILDERS)


def build(architecture: str, classes: int) -> Backbone:
    """A freshly initialised backbone.

    Raises:
        WorkbenchError: for an unknown architecture; names the nearest ones.
    """
    return _entry(architecture)[0](classes)


def default_input(architecture: str) -> InputConfig:
    """Features or pictures that an architecture is made for.

    Raises:
        WorkbenchError: for an unknown architecture; names the nearest ones.
    """
    return INPUTS[_entry(architecture)[1]]


def takes_pictures(backbone: str | Path) -> bool:
    """Whether a backbone, or an architecture that starts from random weights, sees.

    One that is gone counts as hearing; whoever loads it says that it is gone.
    """
    if str(backbone) in _BUILDERS:
        return isinstance(default_input(str(backbone)), PictureConfig)
    try:
        return isinstance(read_card(backbone_folder(backbone)).frontend, PictureConfig)
    except WorkbenchError:
        return False


def list_backbones() -> tuple[WeightsCard, ...]:
    """Cards of the shipped backbones, then of the user's own; unreadable ones are left out."""
    return tuple(readable_cards()[0].values())


def readable_cards() -> tuple[dict[Path, WeightsCard], tuple[WorkbenchError, ...]]:
    """Cards by folder, shipped backbones first, and what is wrong with the cards that cannot be read."""
    cards: dict[Path, WeightsCard] = {}
    problems: list[WorkbenchError] = []
    for folder in _folders().values():
        try:
            cards[folder] = read_card(folder)
        except WorkbenchError as error:
            problems.append(error)
    return cards, tuple(problems)


def folder_with_weights(sha256: str, preferred: str, beside: Path | None = None) -> Path | None:
    """Folder of a backbone with exactly these weights.

    Args:
        sha256: Of the weights.
        preferred: Name that goes before others among the installed ones.
        beside: Folder of a run, which may have trained a backbone of its own; asked last.
    """
    fitting = [folder for folder, card in readable_cards()[0].items() if card.sha256 == sha256]
    if not fitting and beside is not None:
        own = beside / TRAINED_FOLDER
        if (own / CARD_FILE).is_file() and read_card(own).sha256 == sha256:
            return own
    return min(fitting, key=lambda folder: folder.name != preferred, default=None)


def load_backbone(name_or_path: str | Path) -> LoadedBackbone:
    """Load weights by name (``bcresnet8.multilingual``) or from a folder with card and weights.

    Raises:
        WorkbenchError: when there is no such backbone, or its files do not belong together.
    """
    folder = backbone_folder(name_or_path)
    card = read_card(folder)
    weights = folder / WEIGHTS_FILE
    if _sha256_of_weights(weights) != card.sha256:
        raise WorkbenchError(
            f"The weights of {card.name} are not the ones its card describes.",
            data="Nothing was loaded.",
            hint="Reinstall the backbone or import the checkpoint again.",
        )
    backbone = build(card.architecture, len(card.labels))
    try:
        tensors = load_file(weights)
        make_room(backbone, tensors)
        backbone.load_state_dict(tensors)
    except RuntimeError as error:
        raise WorkbenchError(
            f"The weights of {card.name} do not fit its card, which describes {card.architecture} "
            f"with {len(card.labels)} labels.",
            data="Nothing was loaded.",
            hint="Give the card one label per class of the weights, or import the checkpoint again.",
        ) from error
    backbone.input_spec = replace(backbone.input_spec, shape=card.frontend.shape)
    backbone.eval()
    return LoadedBackbone(backbone, card)


def backbone_folder(name_or_path: str | Path) -> Path:
    as_path = Path(name_or_path)
    if (as_path / CARD_FILE).is_file():
        return as_path
    known = _folders()
    if str(name_or_path) not in known:
        raise _unknown("backbone", str(name_or_path), tuple(known))
    return known[str(name_or_path)]


def read_card(folder: Path) -> WeightsCard:
    """Raises: WorkbenchError when the card is missing or malformed."""
    try:
        return WeightsCard.model_validate_json((folder / CARD_FILE).read_text("utf-8"))
    except (OSError, ValidationError) as error:
        raise WorkbenchError(
            f"{folder / CARD_FILE} is not a readable weights card.",
            data="Nothing was loaded.",
            hint="Import the checkpoint again; that writes a new card.",
        ) from error


def save_backbone(backbone: Backbone, card: WeightsCard, folder: Path) -> WeightsCard:
    """Write weights, then the card that names their hash; returns the completed card."""
    tensors = {name: tensor.contiguous() for name, tensor in backbone.state_dict().items()}
    content = save(tensors)
    card = card.model_copy(update={"sha256": hashlib.sha256(content).hexdigest()})
    write_bytes(folder / WEIGHTS_FILE, content)
    write_bytes(folder / CARD_FILE, card.model_dump_json(indent=2).encode())
    return card


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256_of_weights(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise WorkbenchError(
            f"The weights {path} cannot be read: {error.strerror or error}.",
            data="Nothing was loaded.",
            hint="Copy the whole folder of the backbone again, or import the checkpoint again.",
        ) from error


def count_parameters(backbone: torch.nn.Module) -> int:
    """Learnable elements; running statistics are not counted."""
    return sum(parameter.numel() for parameter in backbone.parameters())


def _entry(architecture: str) -> tuple[Callable[[int], Backbone], str]:
    if architecture not in _BUILDERS:
        raise _unknown("architecture", architecture, tuple(_BUILDERS))
    return _BUILDERS[architecture]


def _folders() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for root in (locations.models_dir(), locations.user_models_dir()):
        for card in sorted(root.glob(f"*/{CARD_FILE}")):
            found.setdefault(card.parent.name, card.parent)
    return found


def _unknown(kind: str, name: str, known: tuple[str, ...]) -> WorkbenchError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or list(known)
    return WorkbenchError(
        f"There is no {kind} named {name!r}.",
        data="Nothing was changed.",
        hint=f"Did you mean {', '.join(near)}?" if near else f"No {kind} is installed.",
    )
