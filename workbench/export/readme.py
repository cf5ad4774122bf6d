"""The page that goes with an export: what it is, how to feed it, how good it is, what it is made of."""

from __future__ import annotations

import json
from typing import Any

from workbench.backbones.card import WeightsCard
from workbench.backbones.inputs import InputConfig
from workbench.export.report import Comparison
from workbench.images.config import PictureConfig
from workbench.methods.patch import PatchCard

_PARTS = {"val": "validation", "test": "test"}


def readme(
    title: str, usage: str, patch: PatchCard, backbone: WeightsCard, check: Comparison
) -> str:
    """Markdown for people.

    Args:
        title: Heading.
        usage: How to load it and what goes in and out.
        patch, backbone: What it was made of.
        check: How it was verified.
    """
    sections = [
        f"# {title}",
        f"Made by the Adaptation Workbench from the patch **{patch.task}** "
        f"({patch.method}) and the backbone **{backbone.name}** (`{backbone.sha256[:12]}`).",
        "## Use",
        usage,
        "## Classes",
        "In the order of the outputs: " + ", ".join(f"`{label}`" for label in patch.classes) + ".",
        "## Input",
        _input(patch.frontend),
        "```json\n" + json.dumps(patch.frontend.model_dump(mode="json"), indent=2) + "\n```",
        "## Measured",
        _measured(patch.metrics),
        "## Verified",
        _verified(check),
        "## Licence and data",
        _origin(backbone),
    ]
    return "\n\n".join(sections) + "\n"


def _input(config: InputConfig) -> str:
    if isinstance(config, PictureConfig):
        return (
            "What becomes of a picture before it goes in, with every number: it is resized and cut to the size, values "
            "go from 0 to 1, and each channel has its mean taken off and is divided by its deviation."
        )
    return (
        "The front-end, with every number; sound must arrive at about the loudness of the training clips, because "
        "nothing here normalises it."
    )


def _measured(metrics: dict[str, dict[str, Any]]) -> str:
    rows = [
        f"| {_PARTS.get(part, part)} | {100 * found['accuracy']:.1f} % | "
        f"{100 * found['ci95'][0]:.1f} to {100 * found['ci95'][1]:.1f} % | {found['n']} |"
        for part, found in metrics.items()
    ]
    if not rows:
        return "Nothing was measured on this task."
    return "\n".join(["| clips | accuracy | 95 % interval | n |", "|---|---|---|---|", *rows])


def _verified(check: Comparison) -> str:
    kind = "clips" if check.real else "generated examples"
    return (
        f"After writing, the result was read back and compared with the patched network on {check.clips} {kind}: "
        f"largest difference of a logit {check.max_abs_diff:.1e}, {100 * check.agreement:.1f} % equal decisions."
    )


def _origin(backbone: WeightsCard) -> str:
    lines = [f"Backbone: {backbone.licence or 'licence not stated'}.", *backbone.attribution]
    return "\n".join(f"- {line}" for line in lines)
