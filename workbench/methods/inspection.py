"""Looking into a patch: the distribution of a layer's weights, and the patch with some changes taken out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from workbench.backbones.registry import LoadedBackbone
from workbench.errors import WorkbenchError
from workbench.methods.int8 import DELTA, SCALE, stored_delta
from workbench.methods.patch import Patch, apply_patch
from workbench.methods.piggyback.bits import pack, unpack
from workbench.methods.task_adapter.method import TaskAdapterMethod
from workbench.methods.task_adapter.model import TaskAdapterModel

WEIGHT, MASK, ADAPTER = "weight/", "mask/", "adapter/"
BINS = 61
_WIDE_QUANTILE = 0.999


@dataclass(frozen=True)
class LayerWeights:
    """A layer's pretrained weight and what a patch adds to it, as histograms over the same bins.

    Attributes:
        edges: (bin + 1,) values, symmetric around zero; what lies outside is counted in the outermost bins.
        pretrained: (bin,) counts of pretrained weights.
        delta: (bin,) counts of changes; None where the patch leaves the layer alone.
        relative_norm: Frobenius norm of the change over that of the pretrained weight; 0 without a change.
    """

    name: str
    shape: tuple[int, ...]
    edges: npt.NDArray[np.float64]
    pretrained: npt.NDArray[np.int64]
    delta: npt.NDArray[np.int64] | None
    pretrained_norm: float
    delta_norm: float

    @property
    def relative_norm(self) -> float:
        return self.delta_norm / self.pretrained_norm if self.pretrained_norm else 0.0


def layer_weights(patch: Patch, loaded: LoadedBackbone, layer: str) -> LayerWeights:
    """Histograms of one layer.

    Args:
        patch: Of a task on this backbone.
        loaded: The backbone the patch belongs to.
        layer: Module name inside the backbone.
    """
    names = _tensor_names(loaded, layer)
    base = _side_by_side([_pretrained(loaded, name) for name in names])
    change = layer_change(patch, loaded, layer)
    widest = max(_reach(base), _reach(change) if change is not None else 0.0)
    edges = np.linspace(-widest, widest, BINS + 1)
    return LayerWeights(
        name=layer,
        shape=tuple(base.shape),
        edges=edges,
        pretrained=_counts(base, edges),
        delta=_counts(change, edges) if change is not None else None,
        pretrained_norm=float(base.norm()),
        delta_norm=float(change.norm()) if change is not None else 0.0,
    )


def layer_change(patch: Patch, loaded: LoadedBackbone, layer: str) -> Tensor | None:
    """What a patch adds to a layer's weight, or the weight of the adapter beside it; None where it leaves it alone.

    For a norm: what it adds to scale and shift, one after the other.
    """
    names = _tensor_names(loaded, layer)
    changes = [_tensor_change(patch, loaded, name) for name in names]
    if all(change is None for change in changes):
        return None
    return _side_by_side(
        [
            torch.zeros_like(_pretrained(loaded, name)) if change is None else change
            for name, change in zip(names, changes, strict=True)
        ]
    )


def _tensor_change(patch: Patch, loaded: LoadedBackbone, name: str) -> Tensor | None:
    delta = stored_delta(patch.tensors, name)
    if delta is not None:
        return delta
    if WEIGHT + name in patch.tensors:
        return patch.tensors[WEIGHT + name].float() - _pretrained(loaded, name)
    if MASK + name in patch.tensors:
        weight = _pretrained(loaded, name)
        return -weight * ~unpack(patch.tensors[MASK + name], weight.shape)
    adapter = patch.tensors.get(ADAPTER + name)
    return None if adapter is None else adapter.float()


def without_layers(patch: Patch, loaded: LoadedBackbone, layers: Collection[str]) -> Patch:
    """The same patch with the pretrained weight back in some layers; statistics and head stay the task's.

    A task adapter closes the gates beside them, with all that only they would read.

    Raises:
        WorkbenchError: for a layer that the patch does not change.
    """
    for layer in layers:
        if layer_change(patch, loaded, layer) is None:
            raise WorkbenchError(
                f"The patch does not change {layer}.",
                hint="Choose a layer that is filled in the map.",
            )
    if patch.card.method == TaskAdapterMethod.name:
        return _closed(patch, loaded, layers)
    tensors = dict(patch.tensors)
    for layer in layers:
        for name in _tensor_names(loaded, layer):
            _take_out(tensors, loaded, name)
    return Patch(patch.card, tensors)


def _closed(patch: Patch, loaded: LoadedBackbone, layers: Collection[str]) -> Patch:
    model = apply_patch(patch, loaded)
    assert isinstance(model, TaskAdapterModel)
    for layer in layers:
        model.adapter.close(layer)
    return Patch(patch.card, model.stored())


def _take_out(tensors: dict[str, Tensor], loaded: LoadedBackbone, name: str) -> None:
    """Undo the change of one tensor of the backbone, if there is one."""
    if DELTA + name in tensors:
        del tensors[DELTA + name]
        tensors.pop(SCALE + name, None)
    elif WEIGHT + name in tensors:
        tensors[WEIGHT + name] = _pretrained(loaded, name)
    elif MASK + name in tensors:
        tensors[MASK + name] = pack(torch.ones_like(_pretrained(loaded, name)).bool())
    elif ADAPTER + name in tensors:
        tensors[ADAPTER + name] = torch.zeros_like(tensors[ADAPTER + name])


def _tensor_names(loaded: LoadedBackbone, layer: str) -> tuple[str, ...]:
    """A convolution's weight, or a norm's scale and shift."""
    is_norm = isinstance(loaded.backbone.get_submodule(layer), nn.BatchNorm2d)
    return tuple(f"{layer}.{leaf}" for leaf in (("weight", "bias") if is_norm else ("weight",)))


def _pretrained(loaded: LoadedBackbone, name: str) -> Tensor:
    """A tensor of the backbone; 1 and 0 for scale and shift of a norm that has none."""
    layer, _, leaf = name.rpartition(".")
    module = loaded.backbone.get_submodule(layer)
    if isinstance(module, nn.BatchNorm2d) and not module.affine:
        return torch.full((module.num_features,), float(leaf == "weight"))
    return loaded.backbone.get_parameter(name).detach()


def _side_by_side(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat([t.flatten() for t in tensors])


def _reach(values: Tensor) -> float:
    """A bound that nearly all magnitudes stay below, so that a few far values do not flatten the rest."""
    magnitudes = values.abs().flatten().double()
    return max(float(torch.quantile(magnitudes[:1_000_000], _WIDE_QUANTILE)), 1e-9)


def _counts(values: Tensor, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    inside = values.flatten().double().clamp(edges[0], edges[-1]).numpy()
    counts: npt.NDArray[np.int64] = np.histogram(inside, edges)[0]
    return counts
