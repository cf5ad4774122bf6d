"""The adapter of one task: a narrow encoder beside the shared one, its gates, and its part of the head."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.backbones.audio_encoder import (
    DEPTH,
    FRAMES,
    MELS,
    AudioEncoder,
    EncoderLayer,
    EncoderShape,
    highest,
)
from workbench.methods.base import draw_parameters
from workbench.methods.norms import statistics
from workbench.methods.task_adapter.config import Unit
from workbench.methods.task_adapter.price import cost_of, positions

FIRST_LOGIT_DEVIATION = 0.01
OPEN_LOGIT = 1.0
"""A gate that is surely open, whatever its slope."""

EMBED = "embed"
"""Name of the fully connected layer."""

HEAD = "head/columns"
"""Name of the part of a task's head that reads the adapter."""


class NarrowEncoder(nn.Module):
    """Encoder whose layer i reads what the shared encoder's layer i reads, and behind it its own previous output.

    Its modules are named after those of the shared encoder. What nobody reads is not there: widths before the last
    zero are zero.

    Attributes:
        widths: Channels of the layers and of the embedding.
    """

    def __init__(self, shape: EncoderShape, widths: Sequence[int]) -> None:
        super().__init__()
        self.shape = shape
        self.widths = tuple(widths)
        self.encode = nn.ModuleDict()
        own = 0
        for i, (shared, width) in enumerate(
            zip((1, *shape.widths), self.widths[:DEPTH], strict=False)
        ):
            if width:
                self.encode[str(i)] = EncoderLayer(shape.block, shared + own, width)
            own = width
        self.embed = nn.Linear(shape.widths[-1] + own, self.widths[-1]) if self.widths[-1] else None

    def forward(self, shared: Sequence[Tensor], openings: Sequence[Tensor] | None = None) -> Tensor:
        """Embedding (batch, widths[-1]).

        Args:
            shared: ``AudioEncoder.activations``; tensors of the shared encoder come first wherever they are joined.
            openings: Of each layer's channels, (channel,); None leaves all open.
        """
        if self.embed is None:
            return shared[-1].new_zeros(len(shared[-1]), 0)
        own: Tensor | None = None
        for name, layer in self.encode.items():
            i = int(name)
            read = shared[i] if own is None else torch.cat([shared[i], own], 1)
            own = layer(read, openings[i] if openings else None)
        joined = [highest(shared[-1])] if own is None else [highest(shared[-1]), highest(own)]
        embedding = self.embed(torch.cat(joined, 1))
        return embedding * openings[-1] if openings else embedding  # type: ignore[no-any-return]


class TaskAdapter(nn.Module):
    """Narrow encoder with gates; ``forward`` takes the shared activations to what it adds to the task's logits.

    Attributes:
        narrow: With all its channels.
        columns: Part of the head that reads the adapter's embedding, (class, channel).
        logits: One for each gate, by layer; a gate's opening is ``hardtanh(slope * logit + 1/2)`` between 0 and 1.
        slope: As it stands.
        heard: Frames and bands of what it last heard, which its price in FLOPs depends on.
        hardened: 1 once channels that are closed count as gone, and the others' openings as parts of the weights
            behind them.
    """

    slope: Tensor
    hardened: Tensor

    def __init__(self, shape: EncoderShape, widths: Sequence[int], classes: int, seed: int) -> None:
        super().__init__()
        self.narrow = NarrowEncoder(shape, widths)
        self.columns = nn.Parameter(torch.empty(classes, widths[-1]))
        self.logits = nn.ParameterList(nn.Parameter(torch.empty(width)) for width in widths)
        self.heard = (FRAMES, MELS)
        self.register_buffer("slope", torch.tensor(1.0))
        self.register_buffer("hardened", torch.tensor(0.0))
        self._draw(seed)

    def _draw(self, seed: int) -> None:
        drawn = [m for m in self.narrow.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        draw_parameters(drawn, seed + 2)
        generator = torch.Generator().manual_seed(seed + 3)
        width = self.narrow.shape.widths[-1] + self.columns.shape[1]
        nn.init.uniform_(self.columns, -1 / math.sqrt(width), 1 / math.sqrt(width), generator)
        for logits in self.logits:
            nn.init.normal_(logits, 0, FIRST_LOGIT_DEVIATION, generator)

    def forward(self, shared: Sequence[Tensor]) -> Tensor:
        self.heard = (shared[0].shape[2], shared[0].shape[3])
        if self.hardened:
            narrow, columns = self.without_closed()
            return F.linear(narrow(shared), columns)
        return F.linear(self.narrow(shared, self.openings()), self.columns)

    def openings(self) -> list[Tensor]:
        """Of each layer's channels, 0 to 1; a gate at either end gets no gradient."""
        return [opening(logits, self.slope) for logits in self.logits]

    def cost(self, unit: Unit) -> Tensor:
        """Soft cost, with sums of openings in place of open channels."""
        opened = [gates.sum() for gates in self.openings()]
        return cost_of(self.narrow.shape, opened, unit, positions(*self.heard))

    def live(self) -> tuple[Tensor, ...]:
        """Indices of the channels that somebody reads, by layer."""
        found = [gates.detach().nonzero().flatten() for gates in self.openings()]
        for i in range(len(found) - 1, 0, -1):
            if not len(found[i]):
                found[i - 1] = found[i]
        return tuple(found)

    @torch.no_grad()
    def close(self, layer: str) -> None:
        """Close all gates beside a layer of the encoder: nobody reads what the adapter has there, nor before it."""
        self.logits[gated_by(layer)].fill_(-OPEN_LOGIT)

    def harden(self) -> None:
        self.hardened.fill_(1.0)

    @torch.no_grad()
    def without_closed(self) -> tuple[NarrowEncoder, Tensor]:
        """The encoder without its closed channels, with openings in the weights behind them, and its columns."""
        live = self.live()
        kept = [gates[rows] for gates, rows in zip(self.openings(), live, strict=True)]
        shape = self.narrow.shape
        with torch.device("meta"):
            slim = NarrowEncoder(shape, [len(rows) for rows in live])
        slim.to(self.columns.dtype).to_empty(device="cpu")
        tensors = self.narrow.state_dict()
        for name, target in slim.state_dict().items():
            source = tensors[name]
            target.copy_(_part(name, source, shape, live, kept) if source.dim() else source)
        slim.train(self.training)
        return slim, self.columns[:, live[-1]] * kept[-1]

    def tensors(self) -> dict[str, Tensor]:
        """What the task stores of it, by patch name: channels that are open, and nothing for an adapter without."""
        slim, columns = self.without_closed()
        if not columns.shape[1]:
            return {}
        found = {f"adapter/{name}": p.detach() for name, p in slim.named_parameters()}
        return found | statistics(slim, "adapter.") | {HEAD: columns.detach()}

    @classmethod
    def shaped_like(
        cls, tensors: Mapping[str, Tensor], encoder: AudioEncoder, classes: int
    ) -> TaskAdapter:
        """An adapter with room for what a patch stores, all gates open."""
        most = (*encoder.shape.widths, encoder.shape.widths[-1])
        widths = [min(width, limit) for width, limit in zip(_widths(tensors), most, strict=True)]
        adapter = cls(encoder.shape, widths, classes, 0)
        for logits in adapter.logits:
            nn.init.constant_(logits, OPEN_LOGIT)
        adapter.harden()
        return adapter

    @torch.no_grad()
    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what a patch stores; it fits an adapter that is ``shaped_like`` it."""
        if not self.columns.shape[1]:
            return
        for name, parameter in self.narrow.named_parameters():
            parameter.copy_(tensors[f"adapter/{name}"])
        for name, statistic in statistics(self.narrow, "adapter.").items():
            statistic.copy_(tensors[name])
        self.columns.copy_(tensors[HEAD])


def opening(logits: Tensor, slope: Tensor) -> Tensor:
    """``min(1, ReLU(slope * logit + 0.5))``; at and beyond both ends without gradient, as ``hardtanh`` has it."""
    return F.hardtanh(slope * logits + 0.5, 0.0, 1.0)


def gated_by(layer: str) -> int:
    """Index of the gates beside a layer of the encoder, which is named; all of a block's layers share theirs."""
    return int(layer.split(".")[1]) if layer.startswith("encode.") else DEPTH


def _widths(tensors: Mapping[str, Tensor]) -> list[int]:
    """Channels of each gated layer that most of its tensors speak for; one of them may be lost or damaged."""
    found = []
    for layer in (*(f"adapter/encode.{i}." for i in range(DEPTH)), "adapter/embed."):
        rows = [t.shape[0] for name, t in tensors.items() if name.startswith(layer) and t.dim()]
        if layer == "adapter/embed." and HEAD in tensors:
            rows += list(tensors[HEAD].shape[-1:])
        found.append(Counter(rows).most_common(1)[0][0] if rows else 0)
    return found


def _part(
    name: str,
    source: Tensor,
    shape: EncoderShape,
    live: Sequence[Tensor],
    kept: Sequence[Tensor],
) -> Tensor:
    """Rows of the live channels, and columns of the live ones before times their openings."""
    i = gated_by(name)
    rows = source[live[i]]
    if source.dim() == 1:
        return rows
    if name.endswith("mel.weight"):
        return rows[:, live[i]] * kept[i][:, None, None]
    shared = (1, *shape.widths)[i]
    before = live[i - 1] if i else live[i][:0]
    own = rows[:, shared + before] * kept[i - 1].view(-1, *[1] * (source.dim() - 2)) if i else None
    return rows[:, :shared] if own is None else torch.cat([rows[:, :shared], own], 1)
