"""Networks of another library as independent truth: sizes, key names and logits under a fixed filling."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers.folders import SHARED_DATA

WEIGHTS = SHARED_DATA / "weights"
REFERENCE = WEIGHTS / "torchvision-reference.json"
PICTURE_SEED = 1000


@dataclass(frozen=True)
class Reference:
    """What torchvision's network of a name has and computes.

    Attributes:
        parameters: Learnable elements.
        keys: Shapes of the state dict, in its order.
        side: Of the picture that gives the logits, in pixels.
        logits: First eight of the picture.
        mean, deviation: Of all logits.
    """

    parameters: int
    keys: dict[str, tuple[int, ...]]
    side: int
    logits: tuple[float, ...]
    mean: float
    deviation: float


@cache
def _entries() -> dict[str, dict[str, object]]:
    if not REFERENCE.is_file():
        return {}
    found: dict[str, dict[str, object]] = json.loads(REFERENCE.read_text("utf-8"))
    return found


def reference(name: str, keys_of: str | None = None) -> Reference:
    """An entry of the reference; the test is skipped, and says so, where it is not beside the project.

    Args:
        name: Of the entry.
        keys_of: Entry to take the keys from, for one that leaves them out.
    """
    entries = _entries()
    if not entries:
        pytest.skip(
            "the reference networks are not beside the project; published counts are tested"
        )
    entry, keys = entries[name], entries[keys_of or name]["keys"]
    assert isinstance(keys, dict)
    return Reference(
        parameters=entry["parameters"],  # type: ignore[arg-type]
        keys={key: tuple(shape) for key, shape in keys.items()},
        side=entry["side"],  # type: ignore[arg-type]
        logits=tuple(entry["logits_first_8"]),  # type: ignore[arg-type]
        mean=entry["logits_mean"],  # type: ignore[arg-type]
        deviation=entry["logits_std"],  # type: ignore[arg-type]
    )


def filled(network: nn.Module) -> nn.Module:
    """Fill tensor number i from ``RandomState(i)``, as the reference networks were, and go to evaluation mode."""
    for number, (name, tensor) in enumerate(network.state_dict().items()):
        tensor.copy_(_values(number, name, tensor))
    return network.eval()


def reference_picture(side: int) -> Tensor:
    """(1, 3, side, side)"""
    draws = np.random.RandomState(PICTURE_SEED).standard_normal((1, 3, side, side))
    return torch.from_numpy(draws.astype(np.float32))


def _values(number: int, name: str, tensor: Tensor) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros_like(tensor)
    drawn = np.random.RandomState(number).standard_normal(tensor.numel())
    draws = torch.from_numpy(drawn).reshape(tensor.shape)
    if name.endswith(("running_mean", "bias")):
        return 0.05 * draws
    if name.endswith("running_var"):
        return 0.3 + 0.2 * draws**2
    if tensor.dim() == 1:
        return 1 + 0.1 * draws
    return draws * math.sqrt(2 / tensor[0].numel())
