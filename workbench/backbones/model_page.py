"""The page that lies beside shipped weights, written from their card."""

from __future__ import annotations

from workbench.backbones.base import Backbone
from workbench.backbones.card import WeightsCard
from workbench.backbones.inputs import described
from workbench.images.config import PictureConfig


def model_page(card: WeightsCard, backbone: Backbone) -> str:
    """Markdown for people: what it is, how well it does, where it comes from."""
    rows = backbone.layers()
    lines = [
        f"# {card.name}",
        "",
        f"{card.architecture}, {sum(row.parameters for row in rows):,} parameters, "
        f"{sum(row.multiplies for row in rows):,} multiplies for {_example(card)}.",
        "",
        f"Takes: {described(card.frontend)}",
        "",
        *_measured(card),
        "## Made from",
        "",
        card.recipe + "." if card.recipe else "",
        "",
        *(f"- {source}" for source in card.attribution),
        "",
        f"Licence of the weights: {card.licence}. SHA-256 of `weights.safetensors`: `{card.sha256}`.",
        "",
        *_classes(card),
    ]
    return "\n".join(lines)


def _example(card: WeightsCard) -> str:
    config = card.frontend
    if isinstance(config, PictureConfig):
        return f"one picture of {config.height} x {config.width} pixels"
    return f"one clip of {config.clip_s:g} s"


def _measured(card: WeightsCard) -> list[str]:
    if not card.labels:
        return [
            "It saw no labels and has no outputs of its own: adapt it to a task, which gives it a last layer.",
            "",
        ]
    examples = "picture" if isinstance(card.frontend, PictureConfig) else "clip"
    return [
        "## Measured",
        "",
        f"| set | accuracy | 95 % | {examples}s |",
        "| --- | --- | --- | --- |",
        *(
            f"| {m.dataset} | {100 * m.accuracy:.1f} % | {100 * m.ci95[0]:.1f} to {100 * m.ci95[1]:.1f} % | {m.n} |"
            for m in card.metrics
        ),
        "",
        f"Each {examples} is assigned to one of all {len(card.labels)} classes. The sets are small parts of public "
        "corpora with a split of this project's own: compare these figures among this project's backbones "
        "only, never with published ones.",
        "",
    ]


def _classes(card: WeightsCard) -> list[str]:
    if not card.labels:
        return []
    return ["## Classes", "", ", ".join(f"`{label}`" for label in card.labels), ""]
