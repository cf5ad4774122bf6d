"""What a method did to one layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from workbench.backbones.base import LayerInfo, LayerKind


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
