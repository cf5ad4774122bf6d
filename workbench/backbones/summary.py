"""What a backbone is in a few numbers, for lists of backbones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.backbones.base import LayerInfo
from workbench.backbones.card import WeightsCard
from workbench.backbones.registry import build, readable_cards
from workbench.errors import WorkbenchError

HEAD = "head"


@dataclass(frozen=True)
class BackboneSummary:
    """A card with the layer table of its architecture.

    Attributes:
        layers: In forward order, norms and head included.
        parameters: Learnable elements, head included.
        multiplies: Multiply-accumulates for one clip.
    """

    card: WeightsCard
    layers: tuple[LayerInfo, ...]
    parameters: int
    multiplies: int


def summarise(card: WeightsCard) -> BackboneSummary:
    """Read the layer table off a freshly built network; the weights are not loaded.

    Raises:
        WorkbenchError: when the card names an unknown architecture.
    """
    layers = build(card.architecture, len(card.labels)).layers()
    parameters = sum(row.parameters for row in layers)
    multiplies = sum(row.multiplies for row in layers)
    return BackboneSummary(card, layers, parameters, multiplies)


def summaries() -> tuple[dict[str, BackboneSummary], tuple[WorkbenchError, ...]]:
    """Shipped backbones, then the user's own, by name; what cannot be read is told and left out."""
    found: dict[str, BackboneSummary] = {}
    cards, unreadable = readable_cards()
    problems = list(unreadable)
    for folder, card in cards.items():
        try:
            found[folder.name] = summarise(card)
        except WorkbenchError as error:
            problems.append(error)
    return found, tuple(problems)


def parameters_by_kind(layers: Sequence[LayerInfo]) -> dict[str, int]:
    """Learnable elements per kind, most first; the last layer counts as ``head``, whatever it computes."""
    totals: Counter[str] = Counter()
    for row in layers:
        totals[HEAD if row.group == HEAD else str(row.kind)] += row.parameters
    return {kind: total for kind, total in totals.most_common() if total}
