"""What a method did to one layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from workbench.backbones.base import LayerInfo, LayerKind
from workbench.budget.policy import adaptable, weight_count
from workbench.methods.norms import affine_of, norms


@dataclass(frozen=True)
class LayerDecision:
    """What happened to one layer.

    Attributes:
        probability: Policy probability, or 1 and 0 for methods without a policy.
        share: Share of the layer in the adaptable weights.
        delta_norm: Frobenius norm of the change.
        relative_norm: ``delta_norm`` over the norm of the pretrained weight.
    """

    name: str
    kind: LayerKind
    group: str
    parameters: int
    changed: bool
    probability: float
    share: float
    delta_norm: float
    relative_norm: float


def decide(
    row: LayerInfo,
    share: float,
    base: Tensor,
    change: Tensor | None,
    probability: float | None = None,
) -> LayerDecision:
    """What happened to a layer.

    Args:
        row: The layer.
        share: Its share in the adaptable weights.
        base: Its pretrained weight.
        change: What was added to it, in any shape; None where nothing was.
        probability: Of the change; by default 1 or 0.
    """
    norm = 0.0 if change is None else float(change.detach().norm())
    return LayerDecision(
        row.name,
        row.kind,
        row.group,
        row.parameters,
        change is not None,
        float(change is not None) if probability is None else probability,
        share,
        norm,
        norm / max(float(base.detach().norm()), 1e-12),
    )


def changed_norms(
    network: nn.Module, pretrained: Mapping[str, Tensor], table: Sequence[LayerInfo]
) -> Iterator[LayerDecision]:
    """The norms whose scale or shift changed.

    Args:
        network: As adapted.
        pretrained: ``affine_of`` each norm before, by name; norms that a method has added are not among them.
        table: Layers of the backbone; shares are in its convolution weights.
    """
    weights = sum(weight_count(row) for row in adaptable(table))
    rows = {row.name: row for row in table}
    for name, norm in norms(network):
        if name in pretrained:
            change = affine_of(norm) - pretrained[name]
            if change.any():
                share = change.numel() / weights
                yield decide(rows[name], share, pretrained[name], change)
