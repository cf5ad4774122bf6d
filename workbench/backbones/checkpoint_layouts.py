"""Public key layouts of keyword-spotting checkpoints: which network a set of tensors belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.backbones.audio_encoder import ENCODER_SHAPES, AudioEncoder
from workbench.backbones.bcresnet import BCResNet
from workbench.backbones.res import RES_SHAPES, Res
from workbench.errors import WorkbenchError

BCRESNET_ANCHOR = "cnn_head.0.weight"
RES_ANCHOR = "conv0.weight"
ENCODER_ANCHOR = "encode.0.norm.weight"
BCRESNET_LABELS = (
    *("_silence_", "_unknown_"),
    *("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"),
)
RES_LABELS = (
    *("_silence_", "_unknown_"),
    *("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"),
)
"""Label orders of the public 12-class training programs."""

_SCALE = re.compile(r"scale(\d+)\.scale")
_CONV = re.compile(r"conv(\d+)\.weight")


@dataclass(frozen=True)
class Layout:
    """A recognised layout.

    Attributes:
        architecture: Registry name; not every width that the layout allows is registered.
        head: Name of the last layer.
        labels: Label order of the public 12-class checkpoints.
        prefix: What every key of the network starts with in the file, such as ``module.``.
    """

    architecture: str
    head: str
    labels: tuple[str, ...]
    prefix: str


def recognise(tensors: Mapping[str, Tensor], file_name: str) -> Layout:
    """Tell the network from keys and shapes.

    Raises:
        WorkbenchError: for an unknown layout, for several networks in one file, and for a pruned network.
    """
    anchors = (
        (BCRESNET_ANCHOR, 4, _bcresnet),
        (RES_ANCHOR, 4, _res),
        (ENCODER_ANCHOR, 1, _audio_encoder),
    )
    for anchor, dim, describe in anchors:
        found = [k for k, t in tensors.items() if f".{k}".endswith(f".{anchor}") and t.dim() == dim]
        if len(found) > 1:
            raise _refusal(
                f"{file_name} holds {len(found)} networks: {', '.join(sorted(found))}.",
                "Save one of them to a file of its own.",
            )
        if found:
            prefix = found[0].removesuffix(anchor)
            return describe(without_prefix(tensors, prefix), prefix, file_name)
    raise _refusal(
        f"{file_name} has none of the known layouts; its first tensors are "
        f"{', '.join(sorted(tensors)[:4])}.",
        "BC-ResNet and Res8, Res15 and Res26 checkpoints with their public key names are understood, and the audio "
        "encoders of this program.",
    )


def without_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Tensors below a prefix, by their name after it."""
    return {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}


def fold_scales(
    tensors: Mapping[str, Tensor], file_name: str
) -> tuple[dict[str, Tensor], tuple[tuple[str, str], ...]]:
    """Fold ``scaleN.scale`` (channel,) into the layer that reads the output of norm N.

    The scale multiplies what comes out of norm N. Only the next convolution reads that (the skip path carries sums
    from before the norm), and zero padding commutes with a factor per channel, so scaling the input channels of
    the next weight, or of the output layer after the last norm, computes the same.

    Returns:
        The tensors without scales, and pairs (scale, weight that took it up).

    Raises:
        WorkbenchError: for a scale that has no such place.
    """
    kept = {key: tensor for key, tensor in tensors.items() if not _SCALE.fullmatch(key)}
    depth = max((int(m[1]) for key in kept if (m := _CONV.fullmatch(key))), default=0)
    folded = []
    for key in sorted(tensors.keys() - kept.keys()):
        number = int(_SCALE.fullmatch(key)[1])  # type: ignore[index]
        scale = tensors[key].flatten()
        target = "output.weight" if number == depth else f"conv{number + 1}.weight"
        weight = kept.get(target)
        if number == 0 or weight is None or weight.shape[1:2] != scale.shape:
            raise _refusal(
                f"{file_name} has a scale, {key}, that fits no layer.",
                "Only scales after a norm are understood.",
            )
        kept[target] = weight * scale.view(1, -1, *(1,) * (weight.dim() - 2))
        folded.append((key, target))
    return kept, tuple(folded)


def _bcresnet(tensors: Mapping[str, Tensor], prefix: str, file_name: str) -> Layout:
    tau = tensors[BCRESNET_ANCHOR].shape[0] / 16
    return Layout(f"bcresnet{tau:g}", BCResNet.head_name, BCRESNET_LABELS, prefix)


def _res(tensors: Mapping[str, Tensor], prefix: str, file_name: str) -> Layout:
    _refuse_pruned(tensors, file_name)
    depth = max(int(m[1]) for key in tensors if (m := _CONV.fullmatch(key)))
    maps = tensors[RES_ANCHOR].shape[0]
    fitting = [n for n, shape in RES_SHAPES.items() if (shape.layers, shape.maps) == (depth, maps)]
    if not fitting:
        raise _refusal(
            f"{file_name} is a residual network of {depth} layers with {maps} maps, which is no known size.",
            f"Known are {', '.join(RES_SHAPES)}.",
        )
    return Layout(fitting[0], Res.head_name, RES_LABELS, prefix)


def _audio_encoder(tensors: Mapping[str, Tensor], prefix: str, file_name: str) -> Layout:
    block = "conv3x3" if "encode.0.block.conv.weight" in tensors else "sepres"
    first = len(tensors[ENCODER_ANCHOR])
    fitting = [n for n, s in ENCODER_SHAPES.items() if (s.block, s.widths[0]) == (block, first)]
    if not fitting:
        raise _refusal(
            f"{file_name} is an audio encoder whose first layer has {first} channels, which is no known size.",
            f"Known are {', '.join(ENCODER_SHAPES)}.",
        )
    return Layout(fitting[0], AudioEncoder.head_name, (), prefix)


def _refuse_pruned(tensors: Mapping[str, Tensor], file_name: str) -> None:
    widths = {}
    for key, tensor in tensors.items():
        match = _CONV.fullmatch(key)
        mean = tensors.get(f"bn{match[1]}.running_mean") if match else None
        if match and mean is not None and mean.shape != tensor.shape[:1]:
            widths[f"bn{match[1]}"] = f"{mean.numel()} of {len(tensor)} channels"
    if widths:
        listed = ", ".join(f"{name} ({what})" for name, what in sorted(widths.items()))
        raise _refusal(
            f"{file_name} is a pruned network: {listed}.",
            "Import the network it was pruned from; pruned layers have no place in the architecture.",
        )


def not_finite(tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Names of tensors with infinite or undefined values."""
    return tuple(name for name, tensor in tensors.items() if not torch.isfinite(tensor).all())


def _refusal(message: str, hint: str) -> WorkbenchError:
    return WorkbenchError(message, data="Nothing was loaded.", hint=hint)
