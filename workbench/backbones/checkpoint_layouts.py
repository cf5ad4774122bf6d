"""Public key layouts of checkpoints: which network a set of tensors belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
COUNTER = "num_batches_tracked"
"""How many batches a norm has seen; nothing reads it, and old checkpoints lack it."""
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
        labels: Label order of the public 12-class checkpoints; empty where there is none.
        names: What the network calls each tensor of it, by key in the file.
        is_layer: Whether a network's tensor of this name would be part of a layer; such a tensor left over is a sign
            of a larger network.
    """

    architecture: str
    head: str
    labels: tuple[str, ...]
    names: Mapping[str, str]
    is_layer: Callable[[str], bool] = lambda name: False


def recognise_sound(tensors: Mapping[str, Tensor], file_name: str) -> Layout | None:
    """Tell a network for sound from keys and shapes; None when it is none of them.

    Raises:
        WorkbenchError: for several networks in one file, and for a pruned network.
    """
    anchors = (
        (BCRESNET_ANCHOR, 4, _bcresnet),
        (RES_ANCHOR, 4, _res),
        (ENCODER_ANCHOR, 1, _audio_encoder),
    )
    for anchor, dim, describe in anchors:
        found = [k for k, t in tensors.items() if f".{k}".endswith(f".{anchor}") and t.dim() == dim]
        if len(found) > 1:
            raise several_networks(file_name, found)
        if found:
            prefix = found[0].removesuffix(anchor)
            names = {k: k.removeprefix(prefix) for k in tensors if k.startswith(prefix)}
            return describe({name: tensors[k] for k, name in names.items()}, names, file_name)
    return None


def several_networks(file_name: str, found: list[str]) -> WorkbenchError:
    return refusal(
        f"{file_name} holds {len(found)} networks: {', '.join(sorted(found))}.",
        "Save one of them to a file of its own.",
    )


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
            raise refusal(
                f"{file_name} has a scale, {key}, that fits no layer.",
                "Only scales after a norm are understood.",
            )
        kept[target] = weight * scale.view(1, -1, *(1,) * (weight.dim() - 2))
        folded.append((key, target))
    return kept, tuple(folded)


def _bcresnet(tensors: Mapping[str, Tensor], names: Mapping[str, str], file_name: str) -> Layout:
    tau = tensors[BCRESNET_ANCHOR].shape[0] / 16
    return Layout(f"bcresnet{tau:g}", BCResNet.head_name, BCRESNET_LABELS, names)


def _res(tensors: Mapping[str, Tensor], names: Mapping[str, str], file_name: str) -> Layout:
    _refuse_pruned(tensors, file_name)
    depth = max(int(m[1]) for key in tensors if (m := _CONV.fullmatch(key)))
    maps = tensors[RES_ANCHOR].shape[0]
    fitting = [n for n, shape in RES_SHAPES.items() if (shape.layers, shape.maps) == (depth, maps)]
    if not fitting:
        raise refusal(
            f"{file_name} is a residual network of {depth} layers with {maps} maps, which is no known size.",
            f"Known are {', '.join(RES_SHAPES)}.",
        )
    return Layout(fitting[0], Res.head_name, RES_LABELS, names)


def _audio_encoder(
    tensors: Mapping[str, Tensor], names: Mapping[str, str], file_name: str
) -> Layout:
    block = "conv3x3" if "encode.0.block.conv.weight" in tensors else "sepres"
    first = len(tensors[ENCODER_ANCHOR])
    fitting = [n for n, s in ENCODER_SHAPES.items() if (s.block, s.widths[0]) == (block, first)]
    if not fitting:
        raise refusal(
            f"{file_name} is an audio encoder whose first layer has {first} channels, which is no known size.",
            f"Known are {', '.join(ENCODER_SHAPES)}.",
        )
    return Layout(fitting[0], AudioEncoder.head_name, (), names)


def _refuse_pruned(tensors: Mapping[str, Tensor], file_name: str) -> None:
    widths = {}
    for key, tensor in tensors.items():
        match = _CONV.fullmatch(key)
        mean = tensors.get(f"bn{match[1]}.running_mean") if match else None
        if match and mean is not None and mean.shape != tensor.shape[:1]:
            widths[f"bn{match[1]}"] = f"{mean.numel()} of {len(tensor)} channels"
    if widths:
        listed = ", ".join(f"{name} ({what})" for name, what in sorted(widths.items()))
        raise refusal(
            f"{file_name} is a pruned network: {listed}.",
            "Import the network it was pruned from; pruned layers have no place in the architecture.",
        )


def not_finite(tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Names of tensors with infinite or undefined values."""
    return tuple(name for name, tensor in tensors.items() if not torch.isfinite(tensor).all())


def refusal(message: str, hint: str) -> WorkbenchError:
    return WorkbenchError(message, data="Nothing was loaded.", hint=hint)
