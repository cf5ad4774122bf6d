"""The small network of the task in the plane: 2 -> 8 -> 16 -> 16 -> 8 -> m -> 2, with a scale for every unit."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from workbench.studies.disc_task import Mode

HIDDEN = (8, 16, 16, 8)
INPUTS = CLASSES = 2


class ScaledLinear(nn.Module):
    """``scale * (weight x) + bias``; the scale starts at 1 and could be folded into the weight.

    Args:
        inputs, outputs: Units.
        generator: Draws weights and biases as torch does by default for its linear layers.
    """

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(_uniform((outputs, inputs), bound, generator))
        self.scale = nn.Parameter(torch.ones(outputs))
        self.bias = nn.Parameter(_uniform((outputs,), bound, generator))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * (x @ self.weight.T) + self.bias


class DiscNetwork(nn.Module):
    """Hidden layers with ReLU, an embedding without, and the last layer, which gives one logit per class.

    Args:
        width: Of the embedding.
        generator: Draws the parameters.
    """

    def __init__(self, width: int, generator: torch.Generator) -> None:
        super().__init__()
        sizes = (INPUTS, *HIDDEN, width)
        self.below = nn.ModuleList(
            ScaledLinear(inputs, outputs, generator)
            for inputs, outputs in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.logits = ScaledLinear(width, CLASSES, generator)

    def embed(self, x: Tensor) -> Tensor:
        """Points (point, 2) to embeddings (point, width)."""
        for layer in self.below[:-1]:
            x = torch.relu(layer(x))
        return self.below[-1](x)

    def forward(self, x: Tensor) -> Tensor:
        """Points (point, 2) to logits (point, 2): outside, inside."""
        return self.logits(self.embed(x))

    def numbers(self) -> int:
        """Weights and biases: 600, 622 and 666 for widths 2, 4 and 8."""
        return sum(tensor.numel() for name, tensor in self.named_parameters() if not _is(name, "scale"))


def trained_names(network: DiscNetwork, mode: Mode | None) -> frozenset[str]:
    """Tensors that may change.

    Biases and scales are those below the last layer, which is a set of its own, so that D is C and E together.

    Args:
        mode: None for the first labelling: all weights and biases, while scales stay at 1.
    """
    if mode is None:
        return frozenset(name for name, _ in network.named_parameters() if not _is(name, "scale"))
    chosen = set()
    for name, _ in network.named_parameters():
        is_last = name.startswith("logits.")
        if is_last:
            wanted = mode in (Mode.BOTH_AND_LOGITS, Mode.LOGITS) and not _is(name, "scale")
        elif _is(name, "bias"):
            wanted = mode in (Mode.BIASES, Mode.BOTH, Mode.BOTH_AND_LOGITS)
        elif _is(name, "scale"):
            wanted = mode in (Mode.SCALES, Mode.BOTH, Mode.BOTH_AND_LOGITS)
        else:
            wanted = False
        if wanted:
            chosen.add(name)
    return frozenset(chosen)


def _is(name: str, kind: str) -> bool:
    return name.rpartition(".")[2] == kind


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> Tensor:
    return (2 * torch.rand(shape, generator=generator) - 1) * bound
