"""The small network of the task in the plane, 2 -> 8 -> 16 -> 16 -> 8 -> m -> 2, several copies at once."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from workbench.studies.disc_task import Mode

HIDDEN = (8, 16, 16, 8)
INPUTS = CLASSES = 2


class ScaledLinear(nn.Module):
    """``scale * (weight x) + bias`` per copy; the scale starts at 1 and could be folded into the weight.

    Args:
        inputs, outputs: Units.
        generator: Draws weights and biases as torch does by default for its linear layers.
    """

    def __init__(self, inputs: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = (6 / inputs) ** 0.5
        self.weight = nn.Parameter(_uniform((1, outputs, inputs), bound, generator))
        self.scale = nn.Parameter(torch.ones(1, outputs))
        self.bias = nn.Parameter(_uniform((1, outputs), inputs**-0.5, generator))

    def forward(self, x: Tensor) -> Tensor:
        scaled = self.scale[:, :, None] * self.weight
        return torch.baddbmm(self.bias[:, None, :], x, scaled.transpose(1, 2))


class DiscNetworks(nn.Module):
    """Hidden layers with ReLU, an embedding without, and the last layer, which gives one logit per class.

    Every parameter has a leading axis: the copies, which know nothing of each other.

    Args:
        width: Of the embedding.
        generator: Draws the parameters of the one copy that there is at first.
    """

    def __init__(self, width: int, generator: torch.Generator) -> None:
        super().__init__()
        sizes = (INPUTS, *HIDDEN, width)
        self.below = nn.ModuleList(
            ScaledLinear(inputs, outputs, generator) for inputs, outputs in pairwise(sizes)
        )
        self.logits = ScaledLinear(width, CLASSES, generator)

    @property
    def copies(self) -> int:
        return len(self.logits.scale)

    def embed(self, x: Tensor) -> Tensor:
        """Points (point, 2) to embeddings (copy, point, width)."""
        x = x.expand(self.copies, -1, -1)
        for layer in self.below[:-1]:
            x = torch.relu(layer(x))
        result: Tensor = self.below[-1](x)
        return result

    def forward(self, x: Tensor) -> Tensor:
        """Points (point, 2) to logits (copy, point, 2): outside, inside."""
        result: Tensor = self.logits(self.embed(x))
        return result

    def multiply(self, copies: int) -> None:
        """Put so many equal copies in the place of the one."""
        for tensor in self.parameters():
            tensor.data = tensor.data.repeat(copies, *[1] * (tensor.dim() - 1))
            tensor.grad = None

    def numbers(self) -> int:
        """Weights and biases of one copy: 600, 622 and 666 for widths 2, 4 and 8."""
        return self.count(trained_names(self, None))

    def count(self, names: frozenset[str]) -> int:
        """Numbers of one copy in the named tensors."""
        return sum(self.get_parameter(name)[0].numel() for name in names)


def trained_names(networks: DiscNetworks, mode: Mode | None) -> frozenset[str]:
    """Tensors that may change.

    Biases and scales are those below the last layer, which is a set of its own, so that D is C and E together.

    Args:
        networks: Whose tensors.
        mode: None for the first labelling: all weights and biases, while scales stay at 1.
    """
    names = [name for name, _ in networks.named_parameters()]
    if mode is None:
        return frozenset(name for name in names if not name.endswith("scale"))
    below = {
        Mode.BIASES: ("bias",),
        Mode.SCALES: ("scale",),
        Mode.BOTH: ("bias", "scale"),
        Mode.BOTH_AND_LOGITS: ("bias", "scale"),
        Mode.LOGITS: (),
    }[mode]
    chosen = {name for name in names if name.startswith("below.") and name.endswith(below)}
    if mode in (Mode.BOTH_AND_LOGITS, Mode.LOGITS):
        chosen |= {"logits.weight", "logits.bias"}
    return frozenset(chosen)


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> Tensor:
    return (2 * torch.rand(shape, generator=generator) - 1) * bound
