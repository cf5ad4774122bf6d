"""``workbench layers``: the layer table, with what a budget or a patch changes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from workbench.cli.output import JSON_OPTION, emit_json, number, table


def layers(
    backbone: str = typer.Argument(..., help="Backbone by name or folder."),
    budget: float | None = typer.Option(
        None, min=0.0, max=1.0, help="Share of the convolution weights."
    ),
    patch: Path | None = typer.Option(None, help="Show the layers that this patch changed."),
    json: str | None = JSON_OPTION,
) -> None:
    """Show every layer of a backbone; with a budget or a patch, which layers change."""
    from workbench.backbones.registry import load_backbone
    from workbench.budget.policy import adaptable, estimated_probabilities, exact_policy, shares
    from workbench.methods.patch import read_patch

    loaded = load_backbone(backbone)
    rows = loaded.backbone.layers()
    changed: dict[str, bool] = {}
    source = ""
    if patch is not None:
        card = read_patch(patch, loaded.card.sha256).card
        changed = {d.name: d.changed for d in card.decisions}
        source = "patch"
    elif budget is not None:
        chosen = exact_policy(estimated_probabilities(rows), shares(rows), budget)
        changed = {row.name: on for row, on in zip(adaptable(rows), chosen, strict=True)}
        source = "estimate"
    record = {
        "backbone": loaded.card.name,
        "decisions_from": source,
        "layers": [{**asdict(row), "changed": changed.get(row.name)} for row in rows],
    }
    if emit_json(record, json):
        return
    mark = {True: "changed", False: "", None: ""}
    table(
        loaded.card.name + (f", {source}" if source else ""),
        ["layer", "kind", "shape", "parameters", "multiplies", "group", "changed"],
        [
            [
                row.name,
                row.kind,
                "x".join(map(str, row.weight_shape)),
                number(row.parameters),
                number(row.multiplies),
                row.group,
                mark[changed.get(row.name)],
            ]
            for row in rows
        ],
    )
