"""What the shipped backbones reach."""

from __future__ import annotations

from collections.abc import Sequence

from sections.text import interval, percent, table, thousands
from workbench.backbones.card import WeightsCard
from workbench.backbones.registry import list_backbones, load_backbone

SPEAKERS = ", validation speakers"

JOINED = "english-12+english-extra+arabic-40"

BACKBONES_NOTE = (
    "Trained by `packaging/pretrain.sh`, each by the recipe on its card; each clip is assigned to\n"
    "one of all 55 classes, each digit to one of ten. The sets are small "
    "parts of public corpora with this project's own split: compare among this project's backbones only.\n\n"
)


def backbones() -> str:
    """One table for the backbones that were measured on the same sets."""
    measured = [card for card in list_backbones() if card.metrics]
    alike: dict[tuple[str, ...], list[WeightsCard]] = {}
    for card in measured:
        alike.setdefault(tuple(metric.dataset for metric in card.metrics), []).append(card)
    return "\n\n".join(_measured_alike(cards) for cards in alike.values())


def _measured_alike(cards: Sequence[WeightsCard]) -> str:
    rows = []
    for card in cards:
        cells = [f"{percent(metric.accuracy)} ({interval(metric.ci95)})" for metric in card.metrics]
        parameters = sum(layer.parameters for layer in load_backbone(card.name).backbone.layers())
        rows.append([card.name, thousands(parameters), *cells])
    titles = [
        f"{metric.dataset.removesuffix(SPEAKERS).replace(JOINED, 'all')} (n = {metric.n})"
        for metric in cards[0].metrics
    ]
    return table(["backbone", "parameters", *titles], rows)
