"""What tasks store on one backbone, by purpose, and what full copies would take instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.backbones.base import LayerInfo
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
