"""Where a patch keeps what it stores: in a layer, beside a layer, or in networks of the task's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from workbench.methods.patch import Patch

IN_LAYERS = ("delta", "weight", "mask", "adapter")
"""Purposes of tensors that belong to a layer of the backbone; ``adapter`` is a branch beside or behind it."""

BESIDE = ("side", "agent", "head")
"""Purposes of tensors that belong to none: networks of the task's own, and its last layer."""


class LayerStorage(NamedTuple):
    """What is stored for one layer: its purpose and the elements of its tensors."""

    purpose: str
    values: int


def stored_in_layers(patch: Patch, layers: Collection[str]) -> dict[str, LayerStorage]:
    """What a patch stores for each of some layers; those it stores nothing for are left out.

    Args:
        patch: Of any method.
        layers: Names as in the layer table; scale and shift of a norm are found under its own.
    """
    found: dict[str, LayerStorage] = {}
    for name, tensor in patch.tensors.items():
        purpose, _, place = name.partition("/")
        layer = place.rpartition(".")[0]
        if purpose in IN_LAYERS and layer in layers:
            before = found[layer].values if layer in found else 0
            found[layer] = LayerStorage(purpose, before + tensor.numel())
    return found


def stored_beside(patch: Patch) -> dict[str, int]:
    """Elements of each of ``BESIDE`` that a patch stores, without those it does not have."""
    found = dict.fromkeys(BESIDE, 0)
    for name, tensor in patch.tensors.items():
        purpose = name.partition("/")[0]
        if purpose in found:
            found[purpose] += tensor.numel()
    return {purpose: values for purpose, values in found.items() if values}
