"""What the shipped backbones reach."""

from __future__ import annotations

from sections.text import interval, percent, table, thousands
from workbench.backbones.registry import list_backbones, load_backbone

SPEAKERS = ", validation speakers"

JOINED = "english-12+english-extra+arabic-40"

BACKBONES_NOTE = (
    "Trained by `packaging/pretrain.sh`, each by the recipe on its card; each clip is assigned to\n"
    "one of all 55 classes. The sets are small "
    "parts of public corpora with this project's own speaker split: compare among this project's backbones only.\n\n"
)


def backbones() -> str:
    cards = [card for card in list_backbones() if card.metrics]
    datasets = [metric.dataset for metric in cards[0].metrics]
    rows = []
    for card in cards:
        found = {metric.dataset: metric for metric in card.metrics}
        cells = [f"{percent(found[d].accuracy)} ({interval(found[d].ci95)})" for d in datasets]
        parameters = sum(layer.parameters for layer in load_backbone(card.name).backbone.layers())
        rows.append([card.name, thousands(parameters), *cells])
    sizes = {metric.dataset: metric.n for metric in cards[0].metrics}
    titles = [
        f"{d.removesuffix(SPEAKERS).replace(JOINED, 'all')} (n = {sizes[d]})" for d in datasets
    ]
    return table(["backbone", "parameters", *titles], rows)
