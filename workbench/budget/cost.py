"""What a patch costs: parameters, bytes and multiplies. The one place where costs are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from torch import Tensor

from workbench.backbones.base import LayerInfo, LayerKind
from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Cost:
    """Storage and computing of one task.

    Attributes:
        backbone_params: Learnable elements of the backbone with its own head.
        stored_params: Learnable elements that the task stores besides its head (the papers' count); 32 stored bits
            are one element.
        head_params: Elements of the task's head.
        stat_params: Running means and variances that the task stores.
        stored_bytes: Bytes of all stored tensors, without the card.
        multiplies, backbone_multiplies: Multiply-accumulates for one example with and without the patch;
            both with the task's head.
        least_multiplies: As ``multiplies``, of the path that an input takes where the network computes several.
    """

    backbone_params: int
    stored_params: int
    head_params: int
    stat_params: int
    stored_bytes: int
    multiplies: int
    backbone_multiplies: int
    least_multiplies: int

    @property
    def ratio(self) -> float:
        """Stored share of the backbone's parameters, head and statistics left out."""
        return self.stored_params / self.backbone_params

    @property
    def total_params(self) -> int:
        """Everything stored, in elements."""
        return self.stored_params + self.head_params + self.stat_params

    def as_record(self) -> dict[str, float | int]:
        return {**asdict(self), "ratio": self.ratio}


@dataclass(frozen=True)
class StoredShape:
    """What a method plans to store, before anything is built: element counts by purpose and bytes per element.

    Attributes:
        head: Whether the head is stored, and not drawn again from the seed.
    """

    stored: int
    stats: int
    bytes_per_value: int = 4
    head: bool = True


def predict_cost(
    layers: Iterable[LayerInfo],
    plan: StoredShape,
    classes: int,
    extra_multiplies: int = 0,
    extra_bytes: int = 0,
) -> Cost:
    """Cost of a task from the layer table alone; the head's width is read off the table's head row."""
    rows = tuple(layers)
    head = head_row(rows)
    width = head.weight_shape[1]
    head_params = classes * (width + 1) if plan.head else 0
    body_multiplies = sum(row.multiplies for row in rows) - head.multiplies
    multiplies = body_multiplies + classes * width
    values = plan.stored + plan.stats
    return Cost(
        backbone_params=sum(row.parameters for row in rows),
        stored_params=plan.stored,
        head_params=head_params,
        stat_params=plan.stats,
        stored_bytes=(values + head_params) * plan.bytes_per_value + extra_bytes,
        multiplies=multiplies + extra_multiplies,
        backbone_multiplies=multiplies,
        least_multiplies=multiplies + extra_multiplies,
    )


def count_cost(
    layers: Iterable[LayerInfo], tensors: Mapping[str, Tensor], multiplies: int, classes: int
) -> Cost:
    """Cost of the tensors that are really in a patch; their names start with their purpose."""

    def elements(purpose: str) -> int:
        return sum(t.numel() for name, t in tensors.items() if name.startswith(f"{purpose}/"))

    head, stat = elements("head"), elements("stat")
    base = predict_cost(layers, StoredShape(0, 0), classes)
    return Cost(
        backbone_params=base.backbone_params,
        stored_params=sum(t.numel() for t in tensors.values()) - head - stat,
        head_params=head,
        stat_params=stat,
        stored_bytes=sum(t.numel() * t.element_size() for t in tensors.values()),
        multiplies=multiplies,
        backbone_multiplies=base.multiplies,
        least_multiplies=multiplies,
    )


def head_row(layers: Iterable[LayerInfo]) -> LayerInfo:
    return next(row for row in layers if row.group == "head")


def statistics_of(layers: Iterable[LayerInfo]) -> int:
    return sum(row.statistics for row in layers)


def affine_of(layers: Iterable[LayerInfo]) -> int:
    return sum(row.parameters for row in layers if row.kind is LayerKind.NORM)


def refuse_without_affine(layers: Iterable[LayerInfo]) -> None:
    """Raises: WorkbenchError for a network whose norms have nothing that a setting could train."""
    if not affine_of(layers):
        raise WorkbenchError(
            "The norms of this network have no scale and shift that could be trained.",
            data="Nothing was started.",
            hint="Turn that setting off, or use model patches, which give the norms a scale and shift.",
        )
