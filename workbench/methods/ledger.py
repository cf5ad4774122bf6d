"""What tasks store on one backbone, by purpose, and what full copies would take instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.backbones.base import Backbone, LayerInfo
from workbench.methods.patch import Patch
from workbench.methods.registry import get

LINES = ("weights", "statistics", "head")
_LINE_OF = {"stat": "statistics", "head": "head"}
"""First part of a tensor's name to its line of the ledger; whatever else a method stores are weights."""


@dataclass(frozen=True)
class LedgerLine:
    """Values and bytes of one purpose, which is one of ``LINES``."""

    purpose: str
    values: int
    size_bytes: int


@dataclass(frozen=True)
class Ledger:
    """One task's storage.

    Attributes:
        lines: In the order weights, statistics, head; each is there, even when it is zero.
        file_bytes: Size of the patch file: tensors and card.
        full_values, full_bytes: Tensors of a full copy of the backbone for this task: every weight, the statistics
            and the task's head.
    """

    lines: tuple[LedgerLine, ...]
    file_bytes: int
    full_values: int
    full_bytes: int

    @property
    def values(self) -> int:
        return sum(line.values for line in self.lines)

    @property
    def size_bytes(self) -> int:
        """Bytes of the tensors, without the card."""
        return sum(line.size_bytes for line in self.lines)

    @property
    def share_of_copy(self) -> float:
        return self.file_bytes / self.full_bytes


@dataclass(frozen=True)
class LedgerSum:
    """Several tasks on one backbone: values and files on disk, and as many full copies."""

    tasks: int
    values: int
    file_bytes: int
    full_values: int
    full_bytes: int

    @property
    def share_of_copies(self) -> float:
        return self.file_bytes / self.full_bytes


@dataclass(frozen=True)
class Together:
    """What a backbone and its tasks need all in all (K for the Price of 1, arXiv 1810.10703, Table 4).

    Attributes:
        params: Learnable values: those of the backbone that not every task replaces, and the tasks' own; what several
            tasks have in common counts once.
        stats: Running means and variances, counted likewise.
        independent_params, independent_stats: Of a full copy for each task.
    """

    params: int
    stats: int
    independent_params: int
    independent_stats: int


def together(backbone: Backbone, patches: Sequence[Patch]) -> Together:
    """Count what all patches on one backbone need.

    Args:
        backbone: As loaded.
        patches: All of them belong to it.
    """
    prefix = f"{backbone.head_name}."
    body = {n: p for n, p in backbone.named_parameters() if not n.startswith(prefix)}
    running = {n: b for n, b in backbone.named_buffers() if not n.endswith("num_batches_tracked")}
    own: dict[str, list[Tensor]] = {}
    for patch in patches:
        for name, tensor in patch.tensors.items():
            _add_distinct(own.setdefault(name, []), tensor)

    def needed(kept: dict[str, Tensor], purpose: str) -> int:
        return sum(
            tensor.numel()
            for name, tensor in kept.items()
            if not all(f"{purpose}/{name}" in patch.tensors for patch in patches)
        )

    def of_tasks(stats: bool) -> int:
        chosen = (found for name, found in own.items() if name.startswith("stat/") is stats)
        return sum(tensor.numel() for found in chosen for tensor in found)

    copies = [
        sum(p.numel() for p in body.values())
        + len(patch.card.classes) * (backbone.embedding_width + 1)
        for patch in patches
    ]
    return Together(
        needed(dict(body), "weight") + of_tasks(stats=False),
        needed(running, "stat") + of_tasks(stats=True),
        sum(copies),
        len(patches) * sum(b.numel() for b in running.values()),
    )


def _add_distinct(known: list[Tensor], tensor: Tensor) -> None:
    if not any(torch.equal(tensor, other) for other in known):
        known.append(tensor)


def ledger_of(patch: Patch, file_bytes: int, layers: Sequence[LayerInfo]) -> Ledger:
    """Count a patch's tensors by purpose.

    Args:
        patch: As read from its file.
        file_bytes: Size of that file.
        layers: Layer table of its backbone.
    """
    lines = {purpose: [0, 0] for purpose in LINES}
    for name, tensor in patch.tensors.items():
        line = lines[_LINE_OF.get(name.split("/")[0], "weights")]
        line[0] += tensor.numel()
        line[1] += tensor.numel() * tensor.element_size()
    copy = get("finetune")
    whole = copy.predicted_cost(layers, copy.Config(), len(patch.card.classes))
    return Ledger(
        tuple(LedgerLine(purpose, values, taken) for purpose, (values, taken) in lines.items()),
        file_bytes,
        whole.total_params,
        whole.stored_bytes,
    )


def ledger_sum(ledgers: Sequence[Ledger]) -> LedgerSum:
    """Storage of several tasks together."""
    return LedgerSum(
        len(ledgers),
        sum(ledger.values for ledger in ledgers),
        sum(ledger.file_bytes for ledger in ledgers),
        sum(ledger.full_values for ledger in ledgers),
        sum(ledger.full_bytes for ledger in ledgers),
    )
