"""Published weights of picture networks: where they are, and how they become installed backbones."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from workbench import locations
from workbench.backbones.card import WeightsCard
from workbench.backbones.checkpoints import import_checkpoint, install
from workbench.backbones.download import Progress, download
from workbench.backbones.registry import CARD_FILE, LoadedBackbone, default_input
from workbench.cancel import CancelToken
from workbench.errors import WorkbenchError
from workbench.images.config import PICTURE_INPUTS, PictureConfig

_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.\w+$")
_CIFAR10 = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)


@dataclass(frozen=True)
class Publisher:
    """Attributes: address that a file's name is put behind, licence of the weights, data they were trained on."""

    base: str
    licence: str
    attribution: str


TORCHVISION = Publisher(
    base="https://download.pytorch.org/models/",
    licence="BSD-3-Clause (torchvision)",
    attribution="ImageNet-1k, Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge (2015)",
)
IDELBAYEV = Publisher(
    base="https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/",
    licence="BSD-2-Clause (Y. Idelbayev)",
    attribution="CIFAR-10, Krizhevsky, Learning Multiple Layers of Features from Tiny Images (2009)",
)


@dataclass(frozen=True)
class PublicWeights:
    """One published file.

    Attributes:
        name: Of the backbone once it is installed, ``architecture.tag``.
        file: Name under which it is published; ends in the first digits of its SHA-256.
        labels: Classes in order; empty numbers them.
        input: What it was evaluated on where that is not the architecture's usual input.
    """

    name: str
    file: str
    publisher: Publisher
    labels: tuple[str, ...] = ()
    input: PictureConfig | None = None

    @property
    def architecture(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def sha256_start(self) -> str:
        digits = _HASH_IN_NAME.search(self.file)
        assert digits is not None
        return digits[1]


_LARGER_CROP = PICTURE_INPUTS["imagenet224"].model_copy(update={"shorter": 232})

PUBLIC_WEIGHTS = (
    PublicWeights("mobilenet_v2.imagenet", "mobilenet_v2-b0353104.pth", TORCHVISION),
    PublicWeights(
        "mobilenet_v2.imagenet-v2", "mobilenet_v2-7ebf99e0.pth", TORCHVISION, input=_LARGER_CROP
    ),
    PublicWeights("resnet18.imagenet", "resnet18-f37072fd.pth", TORCHVISION),
    PublicWeights("resnet34.imagenet", "resnet34-b627a593.pth", TORCHVISION),
    PublicWeights("resnet50.imagenet", "resnet50-0676ba61.pth", TORCHVISION),
    PublicWeights("resnet50.imagenet-v2", "resnet50-11ad3fa6.pth", TORCHVISION, input=_LARGER_CROP),
    PublicWeights("inception_v3.imagenet", "inception_v3_google-0cc3c7bd.pth", TORCHVISION),
    PublicWeights("resnet20.cifar10", "resnet20-12fca82f.th", IDELBAYEV, _CIFAR10),
    PublicWeights("resnet32.cifar10", "resnet32-d509ac18.th", IDELBAYEV, _CIFAR10),
    PublicWeights("resnet44.cifar10", "resnet44-014dd654.th", IDELBAYEV, _CIFAR10),
    PublicWeights("resnet56.cifar10", "resnet56-4bfd9763.th", IDELBAYEV, _CIFAR10),
)


def find_public(name: str) -> PublicWeights:
    """Published weights by backbone name, by file name, or by architecture, which takes its first.

    Raises:
        WorkbenchError: when none of that name are known; names the nearest.
    """
    for weights in PUBLIC_WEIGHTS:
        if name in (weights.name, weights.file, weights.architecture):
            return weights
    known = [weights.name for weights in PUBLIC_WEIGHTS]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or known
    raise WorkbenchError(
        f"No public weights named {name!r} are known.",
        data="Nothing was downloaded.",
        hint=f"Did you mean {', '.join(near)}? Any other file can be imported as a checkpoint.",
    )


def fetch(name: str, token: CancelToken, progress: Progress, base: str | None = None) -> Path:
    """The official file in the user's cache, downloaded where it is not there yet.

    Args:
        name: As ``find_public`` takes it.
        token: Stops the download; what arrived is used the next time.
        progress: Told the bytes that are there and, where known, all of them.
        base: Address of another place that has the same files; None is the publisher's.

    Raises:
        WorkbenchError: for an unknown name, without a connection, and for a file that is not the published one.
        Cancelled: when the token was stopped.
    """
    weights = find_public(name)
    target = locations.cache_dir() / "weights" / weights.file
    address = (weights.publisher.base if base is None else base) + weights.file
    download(address, target, weights.sha256_start, token, progress)
    return target


def get(
    name: str, token: CancelToken, progress: Progress, base: str | None = None
) -> LoadedBackbone:
    """Download published weights and install them among the user's backbones; arguments are those of ``fetch``.

    Raises:
        WorkbenchError: as ``fetch`` does, and when they are installed already.
        Cancelled: when the token was stopped.
    """
    weights = find_public(name)
    if (locations.user_models_dir() / weights.name / CARD_FILE).exists():
        raise WorkbenchError(
            f"{weights.name} is installed already.", hint="Use it, or remove its folder first."
        )
    path = fetch(weights.name, token, progress, base)
    loaded, _ = import_checkpoint(
        path,
        weights.architecture,
        weights.labels or None,
        weights.input or default_input(weights.architecture),
    )
    return install(LoadedBackbone(loaded.backbone, _card(loaded.card, weights)))


def _card(card: WeightsCard, weights: PublicWeights) -> WeightsCard:
    return card.model_copy(
        update={
            "name": weights.name,
            "licence": weights.publisher.licence,
            "attribution": (weights.publisher.attribution,),
            "recipe": f"Published as {weights.file}.",
        }
    )
